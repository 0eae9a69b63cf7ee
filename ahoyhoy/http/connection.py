"""Connections that know when they were last used, and keep to the bounds of an attempt.

What they remember of the request under way is kept per thread (`under_way`): a connection carries
one request at a time, and leaves no trace of it when it goes back to its pool.
"""

from __future__ import annotations

import functools
import queue
import socket
import ssl
import threading
import time
from typing import Any, NamedTuple

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from . import fast
from .bounds import Bounds, current
from .connecting import can_connect, connect
from .fast.answers import Answer, is_stock
from .reading import bounded_answer, with_deadline

#: Seconds a connection may have been idle to carry a request that must not be repeated.
MAX_IDLE = 0.5

#: Reset, broken pipe, closed without an answer; and the same as TLS says it.
_DIED = (ConnectionError, ssl.SSLError)

#: Of this thread's request: `once_only`, whether it must not be repeated; `stale`, whether a reused
#: connection died under it before the first byte of an answer; and `taken`, the connection it is
#: on already.
under_way = threading.local()


class Begun(NamedTuple):
    """How far a request got that stock code is to take over.

    Args:
        is_sent: whether it was sent.
        error: what ended it.
        answer: of which the head has been read.
    """

    is_sent: bool
    error: Exception | None = None
    answer: Any = None

    def answer_to(self, *_: Any, **__: Any) -> Any:
        """In the place of the class of answers."""
        return self.answer


class KeepAliveConnection(HTTPConnection):
    """A connection that knows when it was last used, and whether it was used before."""

    _answers = 0
    _used_at = 0.0
    #: more is to come than the answer to the last request: the next one must not be given it
    _is_spent = False
    watched: tuple[Any, Any] = (None, None)  # a socket, and what says whether anything came there
    #: for stock code to take over; it then finds what has been done or has happened
    begun: Begun | None = None

    @property
    def is_connected(self) -> bool:
        """Whether the connection is fit to be used again."""
        return self.is_fresh and super().is_connected

    @property
    def is_fresh(self) -> bool:
        """Whether it would be, if the server has not closed it."""
        if getattr(under_way, "once_only", False) and time.monotonic() - self._used_at > MAX_IDLE:
            return False
        return not self._is_spent

    @property
    def is_idle(self) -> bool:
        """Whether it could carry a request now, directly and with nobody watching."""
        before = self._HTTPConnection__response
        return (
            isinstance(self.sock, socket.socket)
            and self._HTTPConnection__state == "Idle"  # type: ignore[attr-defined]
            and (before is None or before.isclosed())
            and self.proxy is None
            and self._tunnel_host is None
            and not self.debuglevel
            and self.is_encrypted_as_told
        )

    is_encrypted_as_told = True  # it is to speak in the clear

    @property
    def response_class(self) -> Any:  # type: ignore[override]
        """What http.client makes of an answer: bounded, if the attempt is."""
        if self.begun is not None:
            begun, self.begun = self.begun, None
            return begun.answer_to
        stock = super().response_class
        if fast.ENABLED and is_stock(stock):
            stock = Answer
        bounds = current()
        return stock if bounds is None else functools.partial(bounded_answer, self, bounds, stock)

    def connect(self) -> None:
        """Connect; nothing was answered here yet."""
        self._answers = 0
        self._is_spent = False
        bounds = current()
        try:
            if bounds is None:
                super().connect()
            else:
                self._connect_within(bounds)
        except OSError as error:
            # A TLS handshake that fails looks like a failing request; only here it is known.
            error.unsent = True  # type: ignore[attr-defined]
            raise

    def _connect_within(self, bounds: Bounds) -> None:
        bounds.check()
        try:
            super().connect()
        except Exception as error:
            bounds.check(error)
            raise
        finally:
            bounds.disarm()
        bounds.check()  # where nothing could be woken, it is noticed now

    def _new_conn(self) -> socket.socket:
        bounds = current()
        if bounds is None or not can_connect():
            return super()._new_conn()
        return connect(self, bounds)

    def _tunnel(self) -> None:
        super()._tunnel()
        bounds = current()
        if bounds is not None:  # TLS comes next
            bounds.limit(self.sock, self.timeout)
            bounds.guard(self.sock)

    def send(self, data: Any) -> None:
        """Send a piece of the request."""
        if self.begun is not None:
            self._resume_sending()
            return
        bounds = current()
        if bounds is None:
            super().send(data)
        else:
            self._send_within(bounds, data)

    def _send_within(self, bounds: Bounds, data: Any) -> None:
        if self.sock is None:
            self.connect()
        bounds.wait_on(self.sock, self.timeout)
        try:
            super().send(data)
        except BaseException:
            bounds.disarm()  # before the socket is closed
            raise

    def _resume_sending(self) -> None:
        begun = self.begun
        if begun is not None and not begun.is_sent and begun.error is not None:
            self.begun = None  # what comes may be read
            raise begun.error

    def getresponse(self, *args: Any, **kwargs: Any) -> Any:
        """Read the head of the answer, and remember if a reused connection gave none."""
        try:
            if self.begun is not None and self.begun.error is not None:
                error, self.begun = self.begun.error, None
                raise error
            response = super().getresponse(*args, **kwargs)
        except _DIED:
            under_way.stale = self._answers > 0
            raise
        # http.client takes an interim answer for the answer, except 100.
        self._is_spent = response.status < 200 or _has_more(response._original_response)
        return self.answered(response)

    def take(self, answer: Any) -> None:
        """Know the http.client answer whose head was read, as http.client does."""
        self._is_spent = _has_more(answer)
        if answer.will_close:
            self.close()  # it is the answer's now
        else:
            self._HTTPConnection__response = answer

    def answered(self, response: Any) -> Any:
        """Remember that there was an answer; the answer, within the bounds."""
        self._answers += 1
        self._used_at = time.monotonic()
        bounds = current()
        if bounds is not None and bounds.deadline is not None:
            return with_deadline(response, bounds.deadline)
        return response

    def request(self, *args: Any, **kwargs: Any) -> None:
        """Send the request, and remember if a reused connection did not take it."""
        try:
            super().request(*args, **kwargs)
        except _DIED:
            under_way.stale = self._answers > 0
            raise


def _has_more(answer: Any) -> bool:
    """Whether more came with the head than its body."""
    length = getattr(answer, "length", None)
    return length is not None and getattr(answer, "arrived", 0) > length


class KeepAliveTLSConnection(KeepAliveConnection, HTTPSConnection):
    """The same over TLS."""

    @property
    def is_fresh(self) -> bool:
        """Whether it is fit to be used again, if the server has not closed it."""
        # What was decrypted already cannot be waited for.
        pending = getattr(self.sock, "pending", None)
        return super().is_fresh and not (pending is not None and pending())

    @property
    def is_encrypted_as_told(self) -> bool:  # type: ignore[override]
        """Whether urllib3 has nothing to warn of."""
        return self.is_verified


class IdleConnections(queue.LifoQueue[Any]):
    """The queue of a pool; where nobody waits it is a list with a lock, and no interrupt leaves it locked."""

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """The connection that was used last.

        Raises:
            queue.Empty: when there is none.
        """
        if block:
            return super().get(block, timeout)
        with self.mutex:
            if not self.queue:
                raise queue.Empty
            return self.queue.pop()

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        """Keep a connection.

        Raises:
            queue.Full: when there is no room.
        """
        if block:
            super().put(item, block, timeout)
            return
        with self.mutex:
            if len(self.queue) >= self.maxsize > 0:
                raise queue.Full
            self.queue.append(item)
            if self.not_empty._waiters:  # type: ignore[attr-defined]
                self.not_empty.notify()


class _Taking(HTTPConnectionPool):
    """A pool that gives a thread the connection its request is on already."""

    QueueCls = IdleConnections

    def _get_conn(self, timeout: float | None = None) -> Any:
        taken = vars(under_way).pop("taken", None)
        return super()._get_conn(timeout) if taken is None else taken


class KeepAlivePool(_Taking):
    """A pool of such connections."""

    @property
    def ConnectionCls(self) -> Any:  # type: ignore[override]  # noqa: N802
        """Such connections, unless the stock class was replaced: recorders of traffic do that."""
        stock = HTTPConnectionPool.ConnectionCls
        return KeepAliveConnection if stock is HTTPConnection else stock


class KeepAliveTLSPool(_Taking, HTTPSConnectionPool):
    """The same over TLS."""

    @property
    def ConnectionCls(self) -> Any:  # type: ignore[override]  # noqa: N802
        """As in `KeepAlivePool`."""
        stock = HTTPSConnectionPool.ConnectionCls
        return KeepAliveTLSConnection if stock is HTTPSConnection else stock


#: What an adapter's pools are told to be, if they are stock.
POOL_CLASSES = {"http": KeepAlivePool, "https": KeepAliveTLSPool}
