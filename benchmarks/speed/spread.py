"""The arithmetic: ratios of two ways that take turns, their median and quartiles, and goals."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from typing import Literal, NamedTuple


class Spread(NamedTuple):
    """The middle half of some values."""

    low: float
    median: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        """The quartiles, between values where they fall between two. One value is all three."""
        ordered = list(values)
        if len(ordered) == 1:
            return cls(*ordered * 3)
        return cls(*statistics.quantiles(ordered, n=4, method="inclusive"))


class Goal(NamedTuple):
    """What was to be shown."""

    sign: Literal["<", "≤", "≥"]
    bound: float

    def met(self, value: float) -> bool:
        """Whether this is good enough."""
        if self.sign == "≥":
            return value >= self.bound
        return value < self.bound if self.sign == "<" else value <= self.bound

    def __str__(self) -> str:
        return f"{self.sign} {self.bound:g}"


class Measure(NamedTuple):
    """A line of the table.

    Attributes:
        name: in words.
        spread: what was measured: the median counts.
        goal: None where it stands for comparison only.
        unit: of the values; none for a ratio.
    """

    name: str
    spread: Spread
    goal: Goal | None = None
    unit: str = ""

    @property
    def met(self) -> bool:
        """Whether the goal was, if there is one."""
        return self.goal is None or self.goal.met(self.spread.median)


#: how long so many calls take
Timed = Callable[[int], float]


class Pair(NamedTuple):
    """Two ways that are timed in turns."""

    over: Timed
    under: Timed


def take_turns(pairs: Sequence[Pair], rounds: int, calls: int) -> list[list[tuple[float, float]]]:
    """The seconds per call of both ways of each pair, in each round.

    In a round each pair has its turn, and in it both ways directly after each other: what slows the
    machine for longer than that slows both. Which of them begins changes from round to round.
    """
    found: list[list[tuple[float, float]]] = [[] for _ in pairs]
    for number in range(rounds):
        for pair, times in zip(pairs, found, strict=True):
            if number % 2:
                under, over = pair.under(calls), pair.over(calls)
            else:
                over, under = pair.over(calls), pair.under(calls)
            times.append((over / calls, under / calls))
    return found


def ratios(times: Iterable[tuple[float, float]]) -> Spread:
    """Of the paired ratios."""
    return Spread.of(over / under for over, under in times)
