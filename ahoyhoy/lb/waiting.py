"""Who waits for a request to end, first come, first served."""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Callable
from typing import TypeAlias

Wake: TypeAlias = Callable[[], object]


class Waiter:
    """One who waits, for as long as somebody refers to it: an interrupt may take who would leave."""

    __slots__ = ("__weakref__", "served", "since", "wake")

    def __init__(self, wake: Wake, since: int) -> None:
        self.wake = wake
        self.since = since
        #: the number of the end that it was woken by
        self.served: int | None = None


class WaitingLine:
    """Each request that ends wakes one.

    Ends are numbered, so that one that was of no use to whoever it woke is passed on only to those
    who waited already when it came: two who cannot use it would otherwise wake each other for ever.

    Not thread-safe: the balancer's lock guards it. It calls nobody: it returns whom to wake.
    """

    __slots__ = ("_line", "_serving", "ends")

    def __init__(self) -> None:
        self._line: deque[weakref.ref[Waiter]] = deque()
        #: those who were woken and have not left yet
        self._serving: set[weakref.ref[Waiter]] = set()
        #: how many requests ended
        self.ends = 0

    @property
    def is_serving(self) -> bool:
        """Whether somebody was woken and is about to take what he waited for.

        Only that is his: who merely waits has no claim to room that came in another way, such
        as a host that joined, and would keep others from it without using it.
        """
        return bool(self._serving)

    def join(self, wake: Wake, since: int) -> tuple[Waiter, Wake | None]:
        """Wait, after all who wait already; and whom to wake at once.

        Args:
            wake: who waits.
            since: how many requests had ended when there was no room for this one.
        """
        waiter = Waiter(wake, since)
        first = self._first() is None and not self._serving
        self._line.append(weakref.ref(waiter))
        # One that ended meanwhile found nobody in the line.
        return waiter, self._next(self.ends) if first and since < self.ends else None

    def ended(self) -> Wake | None:
        """A request ended: whom to wake."""
        self.ends += 1
        return self._next(self.ends) if self._line else None

    def leave(self, waiter: Waiter, *, took: bool) -> Wake | None:
        """Wait no longer; who is to be woken instead, if this one was and took nothing."""
        reference = weakref.ref(waiter)
        if reference in self._line:
            self._line.remove(reference)
        self._serving.discard(reference)
        served, waiter.served = waiter.served, None
        return None if took or served is None else self._next(served)

    def clear(self) -> None:
        """Forget everybody."""
        self._line.clear()
        self._serving.clear()

    def _first(self) -> Waiter | None:
        while self._line:
            waiter = self._line[0]()
            if waiter is not None:
                return waiter
            self._line.popleft()
        return None

    def _next(self, end: int) -> Wake | None:
        waiter = self._first()
        if waiter is None or waiter.since >= end:
            return None
        self._line.popleft()
        waiter.served = end
        # Asked before every choice whether there is one: a WeakSet would count them each time.
        self._serving.add(weakref.ref(waiter, self._serving.discard))
        return waiter.wake
