"""How long to wait before the next attempt."""

from __future__ import annotations

import random
from typing import Any, Protocol

from .._fork import renew_after_fork


class Backoff(Protocol):
    """Pauses that grow."""

    def delay(self, failures: int) -> float:
        """Seconds to wait after that many failures (1, 2, …)."""


class FullJitterBackoff:
    """Anything from nothing to a doubling limit, so that clients do not come back in step.

    M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.

    Args:
        base: the limit of the first pause, in seconds. Default 0.025.
        cap: the highest limit, in seconds. Default 1.
        rng: the source of chance; default a `random.Random()` of its own.
    """

    def __init__(
        self, base: float = 0.025, cap: float = 1.0, *, rng: random.Random | None = None
    ) -> None:
        _check(base, cap)
        self.base = base
        self.cap = cap
        self._rng = rng or random.Random()
        renew_after_fork(self)

    def delay(self, failures: int) -> float:
        """Seconds to wait after that many failures."""
        return self._rng.uniform(0.0, min(self.cap, self.base * 2.0 ** min(failures - 1, 60)))

    def _after_fork(self) -> None:
        self._rng.seed()  # or all workers would draw the same pauses

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy in another process draws pauses of its own."""
        return type(self), (self.base, self.cap)


class ExponentialBackoff:
    """urllib3's: nothing before the second attempt, then 2, 4, 8 … times `factor`.

    Args:
        factor: seconds.
        cap: the longest pause, in seconds.
        jitter: up to so many seconds are added.
        rng: the source of chance; default a `random.Random()` of its own.
    """

    def __init__(
        self,
        factor: float,
        cap: float = 120.0,
        jitter: float = 0.0,
        *,
        rng: random.Random | None = None,
    ) -> None:
        _check(factor, cap)
        self.factor = factor
        self.cap = cap
        self.jitter = jitter
        self._rng = rng or random.Random()
        renew_after_fork(self)

    def delay(self, failures: int) -> float:
        """Seconds to wait after that many failures."""
        if failures <= 1:
            return 0.0
        pause = self.factor * 2.0 ** min(failures - 1, 60) + self._rng.uniform(0.0, self.jitter)
        return min(self.cap, pause)

    def _after_fork(self) -> None:
        self._rng.seed()

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy in another process draws pauses of its own."""
        return type(self), (self.factor, self.cap, self.jitter)


def _check(first: float, cap: float) -> None:
    if not 0 <= first <= cap:
        raise ValueError(f"a pause starts from 0 up and ends at its cap; not {first!r} and {cap!r}")
