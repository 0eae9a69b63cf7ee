"""How long answers took lately, as percentiles."""

from __future__ import annotations

import itertools
import math
from collections import Counter

#: Each class of the histogram is 5 % wider than the one before: the error of a percentile.
_WIDTH = math.log(1.05)
_SLOTS = 6


class LatencyWindow:
    """A histogram of the last seconds.

    Not thread-safe: its owner's lock guards it.

    Args:
        duration: seconds that count. Default 30.
    """

    __slots__ = ("_counts", "_width")

    def __init__(self, duration: float = 30.0) -> None:
        self._width = duration / _SLOTS
        #: by number of the slot since the epoch of the clock, oldest first
        self._counts: dict[int, Counter[int]] = {}

    def add(self, seconds: float, now: float) -> None:
        """Count one answer."""
        slot = int(now // self._width)
        if slot not in self._counts:
            self._expire(slot)
            self._counts[slot] = Counter()
        self._counts[slot][math.ceil(math.log(max(seconds, 1e-6)) / _WIDTH)] += 1

    def percentiles(self, shares: tuple[float, ...], now: float) -> tuple[int, tuple[float, ...]]:
        """How many answers there were, and for each share the seconds within which it came."""
        self._expire(int(now // self._width))
        total: Counter[int] = sum(self._counts.values(), Counter())
        number = total.total()
        if not number:
            return 0, tuple(0.0 for _ in shares)
        return number, tuple(_percentile(total, share * number) for share in shares)

    def _expire(self, slot: int) -> None:
        for old in [number for number in self._counts if number <= slot - _SLOTS]:
            del self._counts[old]


def _percentile(total: Counter[int], rank: float) -> float:
    numbers = sorted(total)
    seen = itertools.accumulate(total[number] for number in numbers)
    number = next(n for n, so_far in zip(numbers, seen, strict=True) if so_far >= rank)
    return math.exp(number * _WIDTH)
