"""When a circuit opens, and for how long."""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass
from typing import Any

#: A millisecond: far below what a network call takes.
_SHORTEST = 0.001
#: Thirty years: below where clocks and floats give out.
_LONGEST = 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerSettings:
    """When a circuit opens, and for how long.

    Args:
        failure_threshold: opens after this many failures in a row; a refused connection counts
            as two. Default 5.
        success_rate: or when less than this share of the calls in the window succeeded, from 0
            (never) to 1. Default 0.8.
        sampling_duration: the length of that window, in seconds. Default 10.
        minimum_throughput: how many calls the window must hold before its rate counts. Default 5.
        break_duration: the first break, in seconds; each further one doubles until a trial
            succeeds. Default 1.
        max_break_duration: the longest break after a timeout, in seconds: a trial there costs a
            caller that timeout. Default 60.
        max_fast_break_duration: the longest break after a failure that comes fast (refused,
            5xx), in seconds. Default 5, or `max_break_duration` where that is less.
        slow_call_duration: a good answer that took longer than this, in seconds, counts for the
            circuit like a failure; the caller gets it all the same. Default None: none does.

    Raises:
        ValueError: for a value out of its range.
    """

    failure_threshold: int = 5
    success_rate: float = 0.8
    sampling_duration: float = 10.0
    minimum_throughput: int = 5
    break_duration: float = 1.0
    max_break_duration: float = 60.0
    max_fast_break_duration: float = 5.0
    slow_call_duration: float | None = None

    def __post_init__(self) -> None:
        _check_count("failure_threshold", self.failure_threshold)
        _check_count("minimum_throughput", self.minimum_throughput)
        if not _is_number(self.success_rate) or not 0 <= self.success_rate <= 1:
            raise ValueError(f"success_rate must be from 0 to 1, not {self.success_rate!r}")
        for name in (
            "sampling_duration",
            "break_duration",
            "max_break_duration",
            "max_fast_break_duration",
            "slow_call_duration",
        ):
            value = getattr(self, name)
            if value is None and name == "slow_call_duration":
                continue
            if not _is_number(value) or not _SHORTEST <= value <= _LONGEST:
                raise ValueError(
                    f"{name} must be seconds from {_SHORTEST} to {_LONGEST:.0e}, not {value!r}"
                )
        if self.max_break_duration < self.break_duration:
            raise ValueError(
                f"max_break_duration ({self.max_break_duration}) must not be less than"
                f" break_duration ({self.break_duration})"
            )

    def break_length(self, breaks: int, *, slow: bool, rng: random.Random) -> float:
        """How long the next break is, after `breaks` of them in a row.

        The first is exact. Later ones are up to a fifth shorter, by chance, so that clients
        which opened together do not come back together.
        """
        longest = self.max_break_duration
        if not slow:
            longest = max(self.break_duration, min(longest, self.max_fast_break_duration))
        length = min(longest, self.break_duration * 2.0 ** min(breaks, 30))
        return length if breaks == 0 else length * rng.uniform(0.8, 1.0)

    def as_arguments(self) -> dict[str, Any]:
        """The settings as keyword arguments."""
        return asdict(self)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _check_count(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"{name} must be a whole number from 1 up, not {value!r}")
