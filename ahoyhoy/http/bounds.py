"""What ends an attempt before its time: its deadline, or somebody who no longer wants its answer.

`requests` bounds single waits on a socket. A server that sends a byte a second, or a name with ten
dead addresses, outlives any such timeout. So the library's connections ask the bounds of the attempt
that is made in their thread, before each wait, how long it may last.

That holds for every connection of an `HTTPAdapter` with urllib3's own pools, proxies' included. Not
bounded, and not woken by a cancellation, are:

* looking up a name (`getaddrinfo` knows no timeout) and code of the user's own: callbacks, hooks,
  the iterator of a streamed upload;
* waiting for a connection of a pool that was made with `pool_block=True`, and the pauses of an
  adapter's own urllib3 `Retry`;
* adapters that connect in a way of their own (SOCKS, recorders of traffic, stand-ins): they are
  given a `timeout` no longer than what is left, and do with it what they do;
* sessions that are no `requests.Session`, or one whose `send` was replaced on the object.
"""

from __future__ import annotations

import functools
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from .._core import Cancellation, Deadline

_thread = threading.local()

T = TypeVar("T")


class AttemptCancelledError(Exception):
    """Nobody wants the answer any more.

    No OSError: urllib3 would take that for the network's, and an adapter with a `Retry` of its own
    would send the request again.
    """


class Bounds:
    """The bounds of one attempt.

    Args:
        deadline: until when somebody waits; None: for ever.
        cancellation: ends the attempt from another thread; None: nobody will.

    Threading: belongs to the thread that makes the attempt.
    """

    __slots__ = ("_cancellation", "_guard", "deadline")

    def __init__(
        self, deadline: Deadline | None = None, cancellation: Cancellation | None = None
    ) -> None:
        self.deadline = deadline
        self._cancellation = cancellation
        self._guard: socket.socket | None = None

    @property
    def cancelled(self) -> bool:
        """Whether nobody wants the answer any more."""
        return self._cancellation is not None and self._cancellation.cancelled

    def check(self, cause: BaseException | None = None) -> None:
        """Raise AttemptCancelledError if nobody wants the answer any more."""
        if self.cancelled:
            raise AttemptCancelledError("the attempt was cancelled") from cause

    def clip(self, timeout: Any) -> Any:
        """A timeout as `requests` takes it, no longer than what is left."""
        return timeout if self.deadline is None else self.deadline.clip(timeout)

    def limit(self, sock: Any, timeout: float | None) -> None:
        """Set the socket's timeout, so that its next wait ends in time.

        Args:
            sock: the socket; one of TLS too.
            timeout: what it may take at most, in seconds; None: no limit of its own.

        Raises:
            TimeoutError: when nothing is left.
        """
        if self.deadline is not None:
            left = self.deadline.remaining()
            if not left:
                raise TimeoutError("the deadline passed")
            timeout = left if timeout is None else min(timeout, left)
        sock.settimeout(timeout)

    def wait_on(self, sock: Any, timeout: float | None) -> None:
        """Have the socket's next wait end in time, and at once when the attempt is cancelled.

        Raises:
            TimeoutError: when nothing is left.
            AttemptCancelledError: when nobody wants the answer any more.
        """
        self.limit(sock, timeout)
        self.check()
        self.arm(functools.partial(_shut_down, sock))

    def arm(self, abort: Callable[[], None]) -> None:
        """Have `abort()` end the wait when the attempt is cancelled, until `disarm`; at once if it was."""
        if self._cancellation is not None:
            self._cancellation.arm(abort)

    def guard(self, sock: socket.socket) -> None:
        """Have the socket shut down when cancelled, also while TLS takes it out of its object."""
        if self._cancellation is not None:
            self.disarm()
            self._guard = sock.dup()
            # For reading only: `ssl` loses a socket whose peer left before it could wrap it.
            self.arm(functools.partial(_shut_down, self._guard, socket.SHUT_RD))

    def disarm(self) -> None:
        """The wait is over: a cancellation shuts nothing down until the next one."""
        if self._cancellation is not None:
            self._cancellation.disarm()
        if self._guard is not None:
            self._guard.close()
            self._guard = None

    def let_go(self) -> None:
        """The attempt has ended. What is left of a streamed body can no longer be cancelled."""
        self.disarm()
        self._cancellation = None


def current() -> Bounds | None:
    """The bounds of the attempt that is made in this thread; None: it has none."""
    return getattr(_thread, "bounds", None)


@contextmanager
def bounding(bounds: Bounds) -> Iterator[None]:
    """Within it, what this thread sends over the library's connections keeps to the bounds."""
    before = current()
    try:
        _thread.bounds = bounds
        yield
    finally:
        _thread.bounds = before


def run_within(bounds: Bounds, function: Callable[[], T]) -> T:
    """Call the function within the bounds, and leave them wherever an interrupt comes."""
    before = current()
    # No context manager: an interrupt may come before the end of one is run.
    try:
        _thread.bounds = bounds
        return function()
    finally:
        _thread.bounds = before


def _shut_down(sock: Any, how: int = socket.SHUT_RDWR) -> None:
    while not isinstance(sock, socket.socket):  # TLS within TLS, or TLS by another library
        sock = sock.socket
    with suppress(OSError):  # not connected yet, or no longer
        # Not the method of an SSLSocket: that forgets its TLS object, which the reader is using.
        socket.socket.shutdown(sock, how)
