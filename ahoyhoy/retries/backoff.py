"""How long to wait before the next attempt."""

from __future__ import annotations

import random
from typing import Any, Protocol

from .._core import is_number
from .._fork import renew_after_fork

#: 2.0 ** 1024 is beyond what a float holds; every cap is far below 2.0 ** 60.
_HIGHEST_POWER = 60


class Backoff(Protocol):
    """Pauses that grow."""

    def delay(self, failures: int) -> float:
        """Seconds to wait after that many failures (1, 2, …)."""


class _Drawn:
    """A backoff with chance in it: each process draws its own."""

    _arguments: tuple[float, ...]

    def __init__(self, rng: random.Random | None) -> None:
        self._rng = rng or random.Random()
        renew_after_fork(self)

    def _after_fork(self) -> None:
        self._rng.seed()  # or all workers would draw the same pauses

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy in another process draws pauses of its own."""
        return type(self), self._arguments

    def __repr__(self) -> str:
        return f"{type(self).__name__}{self._arguments}"


class ConstantBackoff:
    """The same pause each time: for hedges, and for tests.

    Args:
        seconds: how long. Default 0: none at all.

    Raises:
        ValueError: for a negative number.
    """

    def __init__(self, seconds: float = 0.0) -> None:
        _check(seconds, seconds)
        self.seconds = seconds

    def delay(self, failures: int) -> float:  # noqa: ARG002
        """Seconds to wait after that many failures."""
        return self.seconds

    def __repr__(self) -> str:
        return f"ConstantBackoff({self.seconds})"


class LinearBackoff(_Drawn):
    """`minimum`, and `multiplier` more after each failure, give or take a share of it.

    Args:
        minimum: seconds. Default 0.
        multiplier: seconds for each failure. Default 0.05.
        jitter: a share of the pause by which it is longer or shorter, by chance. Default 0.2.
        rng: the source of chance; default a `random.Random()` of its own.

    Raises:
        ValueError: for negative seconds, or a jitter not from 0 to 1.
    """

    def __init__(
        self,
        minimum: float = 0.0,
        multiplier: float = 0.05,
        jitter: float = 0.2,
        *,
        rng: random.Random | None = None,
    ) -> None:
        _check(minimum, float("inf"))
        _check(multiplier, float("inf"))
        if not is_number(jitter) or not 0 <= jitter <= 1:
            raise ValueError(f"jitter is a share from 0 to 1, not {jitter!r}")
        super().__init__(rng)
        self.minimum, self.multiplier, self.jitter = minimum, multiplier, jitter
        self._arguments = (minimum, multiplier, jitter)

    def delay(self, failures: int) -> float:
        """Seconds to wait after that many failures."""
        pause = self.minimum + failures * self.multiplier
        return pause * (1.0 + self._rng.uniform(-self.jitter, self.jitter))


class ExponentialBackoff(_Drawn):
    """`base`, then `factor` times as long after each failure.

    Without jitter, clients that failed together come back together: where many call the same
    service, one of the jittered backoffs is better.

    Args:
        base: the first pause, in seconds. Default 0.1.
        cap: the longest pause, in seconds. Default 120.
        jitter: up to so many seconds are added, by chance. Default 0.
        factor: how many times longer each pause is than the one before. Default 2.
        rng: the source of chance; default a `random.Random()` of its own.

    Raises:
        ValueError: for negative seconds, a cap below the base, or a factor below 1.
    """

    def __init__(
        self,
        base: float = 0.1,
        cap: float = 120.0,
        jitter: float = 0.0,
        factor: float = 2.0,
        *,
        rng: random.Random | None = None,
    ) -> None:
        _check(base, cap)
        _check(jitter, float("inf"))
        if not is_number(factor) or not 1 <= factor <= 10:
            raise ValueError(f"factor is a number from 1 to 10, not {factor!r}")
        super().__init__(rng)
        self.base, self.cap, self.jitter, self.factor = base, cap, jitter, factor
        self._arguments = (base, cap, jitter, factor)

    def delay(self, failures: int) -> float:
        """Seconds to wait after that many failures."""
        pause = self.base * self.factor ** min(failures - 1, _HIGHEST_POWER)
        return min(self.cap, pause + self._rng.uniform(0.0, self.jitter))


class _Jittered(_Drawn):
    """Doubling limits, and chance below them."""

    def __init__(
        self, base: float = 0.025, cap: float = 1.0, *, rng: random.Random | None = None
    ) -> None:
        _check(base, cap)
        super().__init__(rng)
        self.base, self.cap = base, cap
        self._arguments = (base, cap)

    def _limit(self, failures: int) -> float:
        return min(self.cap, self.base * 2.0 ** min(failures - 1, _HIGHEST_POWER))


class FullJitterBackoff(_Jittered):
    """Anything from nothing to a doubling limit, so that clients do not come back in step.

    M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015, as are the two below.

    Args:
        base: the limit of the first pause, in seconds. Default 0.025.
        cap: the highest limit, in seconds. Default 1.
        rng: the source of chance; default a `random.Random()` of its own.

    Raises:
        ValueError: for negative seconds, or a cap below the base.
    """

    def delay(self, failures: int) -> float:
        """Seconds to wait after that many failures."""
        return self._rng.uniform(0.0, self._limit(failures))


class EqualJitterBackoff(_Jittered):
    """At least half of a doubling limit, and chance for the other half.

    Args:
        base, cap, rng: as for `FullJitterBackoff`.

    Raises:
        ValueError: for negative seconds, or a cap below the base.
    """

    def delay(self, failures: int) -> float:
        """Seconds to wait after that many failures."""
        half = self._limit(failures) / 2.0
        return half + self._rng.uniform(0.0, half)


class DecorrelatedJitterBackoff(_Jittered):
    """Each pause is drawn between `base` and three times the one before.

    The one before is drawn anew each time, so that calls need no memory: the pauses are spread
    as they should be.

    Args:
        base, cap, rng: as for `FullJitterBackoff`.

    Raises:
        ValueError: for negative seconds, or a cap below the base.
    """

    def delay(self, failures: int) -> float:
        """Seconds to wait after that many failures."""
        pause = self.base
        for _ in range(min(failures, _HIGHEST_POWER)):
            pause = min(self.cap, self._rng.uniform(self.base, max(self.base, 3.0 * pause)))
        return pause


def _check(first: float, cap: float) -> None:
    numbers = is_number(first) and is_number(cap)
    if not numbers or not 0 <= first <= cap or first == float("inf"):
        raise ValueError(f"a pause starts from 0 up and ends at its cap; not {first!r} and {cap!r}")
