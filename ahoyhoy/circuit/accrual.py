"""How failures add up until a circuit opens, and how long its breaks get."""

from __future__ import annotations

import random

from .._core import Judgement, RollingWindow
from .settings import BreakerSettings

#: The weight of one outcome in the average: about the last ten count.
_NEWEST = 0.2


class Accrual:
    """Failures in a row, failures in a window, breaks in a row.

    Not thread-safe: the circuit breaker's lock guards it.
    """

    def __init__(self, settings: BreakerSettings) -> None:
        self._settings = settings
        self._window = RollingWindow(settings.sampling_duration)
        self.in_a_row = 0
        #: whether the host answered when it last failed: it can be reached
        self.answered = False
        #: which part of the latest outcomes was good, from 0.0 to 1.0
        self.success_rate = 1.0
        self._breaks = 0

    def succeed(self, now: float) -> None:
        """A call succeeded."""
        self.in_a_row = 0
        self.success_rate += _NEWEST * (1.0 - self.success_rate)
        self._window.add(now, success=True)

    def fail(self, judgement: Judgement, now: float) -> None:
        """A call failed."""
        if not judgement.throttled:  # a host that asks for fewer requests is well
            # A refused connection is no accident of one request: nothing listens there.
            self.in_a_row += 2 if judgement.refused else 1
        self.answered = judgement.answered or judgement.throttled
        self.success_rate -= _NEWEST * self.success_rate
        self._window.add(now, success=False)

    def is_enough(self, now: float) -> bool:
        """Whether the failures so far open a closed circuit."""
        settings = self._settings
        if self.in_a_row >= settings.failure_threshold:
            return True
        successes, failures = self._window.totals(now)
        total = successes + failures
        return total >= settings.minimum_throughput and successes / total < settings.success_rate

    def next_break(self, judgement: Judgement, rng: random.Random) -> float:
        """The length of the break that begins, in seconds."""
        length = self._settings.break_length(self._breaks, slow=judgement.slow, rng=rng)
        self._breaks += 1
        return length

    def forget(self) -> None:
        """The host is well again."""
        self._window.clear()
        self.in_a_row = self._breaks = 0
        self.success_rate = 1.0
        self.answered = False
