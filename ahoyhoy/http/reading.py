"""Answers that are read within bounds, to their last byte, however late the caller reads it."""

from __future__ import annotations

import io
import weakref
from collections.abc import Generator
from typing import Any

from urllib3 import HTTPResponse
from urllib3.exceptions import ReadTimeoutError

from .._core import Deadline
from ..exceptions import DeadlineExceeded
from .bounds import Bounds


class BoundedRead(io.RawIOBase):
    """What http.client reads an answer from: a socket that asks the bounds before each `recv`.

    Args:
        connection: whose socket it is.
        sock: the socket, with the timeout that each wait has by itself.
        bounds: of the attempt.
    """

    def __init__(self, connection: Any, sock: Any, bounds: Bounds) -> None:
        # Weakly: the connection knows its answer, and an answer that nobody reads must go at once.
        self._connection = weakref.ref(connection)
        self._sock = sock
        self._timeout = sock.gettimeout()
        self._raw = sock.makefile("rb", buffering=0)
        self._bounds = bounds

    def readable(self) -> bool:
        """It is."""
        return True

    def fileno(self) -> int:
        """The socket's."""
        number: int = self._raw.fileno()
        return number

    def readinto(self, buffer: Any) -> int | None:
        """Read what is there, or wait for it as long as the bounds allow."""
        self._bounds.wait_on(self._sock, self._timeout)
        count: int | None = self._raw.readinto(buffer)
        if not count:
            self._bounds.check()  # an end that was made here is not the answer's
        return count

    def close(self) -> None:
        """The answer is read, or given up: only now may the connection carry another request."""
        if self.closed:
            return
        super().close()
        self._bounds.disarm()
        self._raw.close()
        connection = self._connection()
        if self._bounds.cancelled and connection is not None:
            connection.close()  # it was, or may have been, shut down


class _Readable:
    """Stands in for a socket where http.client makes a file of it."""

    def __init__(self, connection: Any, sock: Any, bounds: Bounds) -> None:
        self._raw = BoundedRead(connection, sock, bounds)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self._raw)


def bounded_answer(
    connection: Any, bounds: Bounds, stock: Any, sock: Any, *args: Any, **settings: Any
) -> Any:
    """An http.client response (of class `stock`) that is read within the bounds."""
    return stock(_Readable(connection, sock, bounds), *args, **settings)


class BoundedResponse(HTTPResponse):
    """An answer whose body has a deadline. Reading `raw` itself gives urllib3's ReadTimeoutError."""

    deadline: Deadline

    def stream(
        self, amt: int | None = 2**16, decode_content: bool | None = None
    ) -> Generator[bytes, None, None]:
        """The body in pieces.

        Raises:
            DeadlineExceeded: where requests, which reads by this, would find a ConnectionError.
        """
        try:
            yield from super().stream(amt, decode_content)
        except ReadTimeoutError as error:
            if self.deadline.remaining():
                raise  # the attempt's own timeout was shorter
            raise DeadlineExceeded(
                "the deadline passed while the body of the answer was read"
            ) from error


def with_deadline(response: Any, deadline: Deadline) -> Any:
    """The same answer, whose body has a deadline."""
    # urllib3 makes its answers itself; a subclass adds nothing to one but a method.
    response.__class__ = BoundedResponse
    response.deadline = deadline
    return response
