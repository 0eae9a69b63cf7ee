"""Reading what a registry answers: no more than it can mean, and not for ever."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import requests
from urllib3.exceptions import ReadTimeoutError

from ...._core import Deadline
from ....exceptions import DeadlineExceeded, ProviderError
from ....http.bounds import Bounds, bounding

#: Bytes, unpacked, of an answer or of a line of it. Consul says a tenth of that of ten thousand hosts.
_LARGEST = 64 * 2**20
_PIECE = 2**16
#: Of a stream without chunks, of which so much is waited for.
_SMALL_PIECE = 2**9


class TooLargeError(ProviderError):
    """An answer, or a line of it, that is larger than a list of hosts can be."""

    def __init__(self) -> None:
        super().__init__(f"more than {_LARGEST >> 20} MB")


@contextmanager
def within(seconds: float, bounds: Bounds) -> Iterator[None]:
    """Within it, all that this thread waits for from a registry ends after so long in all.

    The timeouts of sockets are those of single waits: who sends a byte now and then outlives them.

    Args:
        seconds: so long.
        bounds: of the conversation, which an answer is read by however late.
    """
    bounds.deadline = Deadline.after(seconds, time.monotonic)
    try:
        with bounding(bounds):
            yield
    finally:
        bounds.deadline = None


def read_whole(response: requests.Response) -> None:
    """Read the body, so that it is the response's `content`.

    Raises:
        TooLargeError: for one without an end, or that unpacks to too much.
    """
    pieces: list[bytes] = []
    size = 0
    for piece in response.iter_content(_PIECE):
        pieces.append(piece)
        size = _checked(size + len(piece))
    # As requests itself does, but without a limit.
    response._content = b"".join(pieces)


def beginning_of(response: requests.Response, size: int) -> str:
    """The first so many characters of the body; the rest is not read."""
    read = b""
    for piece in response.iter_content(_SMALL_PIECE):
        read += piece
        if len(read) >= 4 * size:  # which no character is longer than
            break
    return read.decode(errors="replace")[:size]


def lines_of(response: requests.Response) -> Iterator[bytes]:
    """The lines of the body that are not empty, each as soon as it is there.

    Raises:
        TooLargeError: for one without an end.
    """
    begun: list[bytes] = []
    size = 0
    # Of a chunk what is there is given at once, of anything else no less than was asked for.
    wanted = _PIECE if getattr(response.raw, "chunked", False) else _SMALL_PIECE
    for piece in response.iter_content(wanted):
        *ends, rest = piece.split(b"\n")
        for end in ends:
            begun.append(end)
            line = b"".join(begun).strip()
            begun, size = [], 0
            if line:
                yield line
        begun.append(rest)
        size = _checked(size + len(rest))
    line = b"".join(begun).strip()
    if line:
        yield line


def is_silence(error: Exception) -> bool:
    """Whether an error of requests means that nothing came for too long."""
    cause = error.args[0] if error.args else None
    return isinstance(error, DeadlineExceeded) or isinstance(cause, ReadTimeoutError)


def _checked(size: int) -> int:
    if size > _LARGEST:
        raise TooLargeError
    return size
