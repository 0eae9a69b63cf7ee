"""Stopping an attempt from another thread."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Cancellation:
    """Stops one attempt, wherever it is.

    Whoever waits in the attempt arms it with a function that ends the wait: `shutdown` of a
    socket. It must not block, and is called at most once.

    Threading: everything may be called from any thread; nothing blocks.
    """

    __slots__ = ("_abort", "_lock", "cancelled")

    def __init__(self) -> None:
        # The garbage collector may cancel, perhaps in the thread that is inside the lock.
        self._lock = threading.RLock()
        self._abort: Callable[[], None] | None = None
        #: whether nobody wants the result any more
        self.cancelled = False

    def cancel(self) -> None:
        """Stop the attempt: now, or as soon as it waits for something."""
        with self._lock:
            self.cancelled = True
            self._abort_locked()

    def arm(self, abort: Callable[[], None]) -> None:
        """From now on, `abort()` ends the wait; it does so at once if it was cancelled before."""
        with self._lock:
            self._abort = abort
            if self.cancelled:
                self._abort_locked()

    def disarm(self) -> None:
        """The wait is over: what it waited on may be another call's from now on."""
        with self._lock:
            self._abort = None

    def _abort_locked(self) -> None:
        # With the lock: after disarm() the socket may carry somebody else's request.
        abort, self._abort = self._abort, None
        if abort is not None:
            abort()
