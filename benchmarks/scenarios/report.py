"""What a scenario found: a row for each client, and whether the goals were met."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Goal:
    """What was to be shown.

    Attributes:
        what: in words, with the bound.
        measured: what it is.
        met: whether that is good enough.
    """

    what: str
    measured: str
    met: bool


@dataclass(slots=True)
class Report:
    """What a scenario found."""

    rows: list[Row] = field(default_factory=list)
    goals: list[Goal] = field(default_factory=list)

    @property
    def met(self) -> bool:
        """Whether every goal was."""
        return all(goal.met for goal in self.goals)

    def lines(self) -> list[str]:
        """As it is printed."""
        goals = [
            f"  {'PASS  ' if goal.met else 'MISSED'} {goal.what}: {goal.measured}"
            for goal in self.goals
        ]
        return [*table(self.rows), *goals]


def table(rows: Sequence[Row]) -> list[str]:
    """The rows in columns, the first one to the left and the others to the right."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    cells = [names, *([str(row.get(name, "")) for name in names] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = []
    for first, *others in cells:
        aligned = [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
        lines.append("  ".join(["  " + first.ljust(widths[0]), *aligned]).rstrip())
    return lines


def ms(seconds: float) -> str:
    """As milliseconds."""
    return f"{seconds * 1000:.1f} ms"


def percent(share: float) -> str:
    """As a percentage, to a hundredth."""
    return f"{share * 100:.2f} %"


def errors(found: dict[str, int]) -> str:
    """What went wrong, how often."""
    return ", ".join(f"{count} {name}" for name, count in found.items()) or "none"
