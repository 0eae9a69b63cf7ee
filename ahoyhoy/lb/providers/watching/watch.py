"""What a source that tells of changes by itself writes, and what it is given to write it."""

from __future__ import annotations

import abc
import queue
from collections.abc import Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeAlias

from ...._core import Cancellation
from ....http.bounds import AttemptCancelledError


@dataclass(frozen=True)
class NoHosts:
    """The source answered that there are no hosts, and knows why.

    Args:
        why: what is wrong, and what to do about it, in a sentence without a full stop.
    """

    why: str


#: All hosts that there are now: `Instance`, `Host` or `(address, port)`.
Answer: TypeAlias = "Sequence[Any] | NoHosts"
Answers: TypeAlias = Generator[Answer, None, None]


class Watch:
    """What a source is given while it is watched.

    Threading: `wait` is for the watching thread alone; everything else for any.
    """

    def __init__(self) -> None:
        #: Cancelled when the watch ends. What blocks in a way of its own is to `arm` it with a
        #: function that ends the wait; sessions of `new_session()` do so by themselves.
        self.cancellation = Cancellation()
        # A SimpleQueue, as the garbage collector may end the watch in any thread, at any moment.
        self._inbox: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._endings: queue.SimpleQueue[None] = queue.SimpleQueue()

    @property
    def ended(self) -> bool:
        """Whether nobody watches any more: the source is to return, and soon."""
        return self.cancellation.cancelled

    def wait(self, seconds: float | None = None) -> bool:
        """Block for that long, or until `wake`; None: for ever. Whether it was woken.

        Raises:
            AttemptCancelledError: when the watch ends. Let it pass.
        """
        self.check()
        woken = False
        with suppress(queue.Empty):
            self._inbox.get(timeout=seconds)
            woken = True
            while True:  # one wait for all that woke it
                self._inbox.get_nowait()
        self.check()
        return woken

    def pause(self, seconds: float) -> None:
        """Block for that long, whatever wakes `wait`.

        Raises:
            AttemptCancelledError: when the watch ends. Let it pass.
        """
        self.check()
        with suppress(queue.Empty):
            self._endings.get(timeout=seconds)
        self.check()

    def wake(self) -> None:
        """Have `wait`, this one or the next, return: for a source that is called when something changes."""
        self._inbox.put(None)

    def check(self) -> None:
        """Raise AttemptCancelledError if nobody watches any more."""
        if self.ended:
            raise AttemptCancelledError("nobody watches any more")

    def end(self) -> None:
        """Nobody watches any more. Does not block; also from the garbage collector."""
        self.cancellation.cancel()
        self._endings.put(None)
        self.wake()


class Source(abc.ABC):
    """Where a `WatchedProvider` has its hosts from. Settings alone: it is pickled as it is.

    It must not know its provider: that would never be garbage, nor the thread end.
    """

    #: How logs and errors call it, best written as a target: `consul://users`.
    name: str

    @abc.abstractmethod
    def watch(self, watch: Watch) -> Answers:
        """Yield all hosts at first, then again each time they may have changed; block in between.

        Runs in a thread of its own, and may run for ever. What it opens it opens here, and closes
        in `finally`. When it raises or returns it is called anew after a pause: it need not try
        again by itself. An error that will not pass by itself is a `RefusedError`; any other a
        `ProviderError`, or whatever was raised. The same list again confirms it.

        Args:
            watch: ends what blocks when nobody watches any more.
        """
