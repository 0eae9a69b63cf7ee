"""The circuits of a process that are to hear what others find out."""

from __future__ import annotations

import threading
import weakref

from .._core import Clock
from .._fork import renew_after_fork
from .sharedbreaker import SharedBreaker
from .states import ClosedState

#: How many more entries there may be than were of use at the last clearing: clearing at each new one
#: would cost more the more there are.
_SLACK = 16
#: Seconds after which the open ones are counted anew.
_COUNTED_FOR = 0.5


class Audience:
    """The circuits of a process, by host, held weakly.

    Args:
        clock: seconds that only go forward.

    Threading: everything may be called from any thread; nothing blocks.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._circuits: dict[str, tuple[weakref.ref[SharedBreaker], ...]] = {}
        self._room = _SLACK
        self._open = self._all = 0
        #: for how many more questions, and until when, that count is good enough
        self._questions, self._until = 0, float("-inf")
        self._lock = threading.Lock()
        renew_after_fork(self)

    def add(self, circuit: SharedBreaker, host: str) -> None:
        """Let a circuit be among them, as long as it lives."""
        with self._lock:
            if len(self._circuits) >= self._room:
                living = {name: _living(refs) for name, refs in self._circuits.items()}
                self._circuits = {name: refs for name, refs in living.items() if refs}
                self._room = 2 * len(self._circuits) + _SLACK
            known = _living(self._circuits.get(host, ()))
            self._circuits[host] = (*known, weakref.ref(circuit))
            self._all += 1

    def of(self, host: str) -> list[SharedBreaker]:
        """The circuits of a host."""
        with self._lock:
            references = self._circuits.get(host, ())
        return [circuit for r in references if (circuit := r()) is not None]

    def would_be_half_open(self, opening: list[SharedBreaker]) -> bool:
        """Whether more than half of them would be open with these, which are about to be opened.

        Asked for each of many hosts, it does not look at all circuits each time: off by a sixteenth
        at most, and exact where there are few.
        """
        more = sum(circuit.state is ClosedState for circuit in opening)
        with self._lock:
            if self._questions <= 0 or self._clock() >= self._until:
                self._count_locked()
            self._questions -= 1
            self._open += more
            return 2 * self._open > self._all

    def _count_locked(self) -> None:
        every = [c for refs in self._circuits.values() for r in refs if (c := r()) is not None]
        self._all = len(every)
        self._open = sum(circuit.state is not ClosedState for circuit in every)
        self._questions, self._until = self._all // 16 + 1, self._clock() + _COUNTED_FOR

    def _after_fork(self) -> None:
        self._lock = threading.Lock()


def _living(
    references: tuple[weakref.ref[SharedBreaker], ...],
) -> tuple[weakref.ref[SharedBreaker], ...]:
    return tuple(r for r in references if r() is not None)
