"""What was found, as a person or a program reads it."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from typing import Any

from .measures import Row
from .spread import Measure, Spread


def heading() -> str:
    """Where it was measured."""
    return (
        f"Python {platform.python_version()} on {os.cpu_count()} cores of {platform.machine()},"
        f" load average {os.getloadavg()[0]:.1f}"
    )


def measures_table(measures: Sequence[Measure]) -> list[str]:
    """A line for each measure, with its goal beside it."""
    rows = [
        (
            one.name,
            f"{shown(one.spread.median)} {one.unit}".rstrip(),
            quartiles(one.spread),
            "" if one.goal is None else str(one.goal),
            "" if one.goal is None else "met" if one.met else "MISSED",
        )
        for one in measures
    ]
    return columns([("measure", "median", "quartiles", "goal", ""), *rows])


def clients_table(rows: Sequence[Row]) -> list[str]:
    """A line for each client, the quickest first."""
    head = ("client", "balances", "breaks", "retries", "µs a call", "÷ requests", "quartiles")
    lines = [
        (
            f"{one.name} {row.version}, {one.what}",
            one.balances,
            one.breaks,
            one.retries,
            f"{row.seconds.median * 1e6:.0f}",
            shown(row.to_bare.median),
            quartiles(row.to_bare),
        )
        for row in sorted(rows, key=lambda row: row.to_bare.median)
        for one in [row.contender]
    ]
    return columns([head, *lines])


def as_json(measures: Sequence[Measure], rows: Sequence[Row]) -> dict[str, Any]:
    """All of it."""
    return {
        "machine": heading(),
        "measures": [
            {
                "name": one.name,
                **one.spread._asdict(),
                "unit": one.unit,
                "goal": None if one.goal is None else str(one.goal),
                "met": one.met,
            }
            for one in measures
        ],
        "clients": [
            {
                "name": row.contender.name,
                "call": row.contender.what,
                "version": row.version,
                "seconds": row.seconds._asdict(),
                "to_requests": row.to_bare._asdict(),
            }
            for row in rows
        ],
    }


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """The first one to the left and the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for first, *others in rows:
        aligned = [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
        lines.append("  ".join([first.ljust(widths[0]), *aligned]).rstrip())
    return lines


def quartiles(spread: Spread) -> str:
    """The lower and the upper one."""
    return f"{shown(spread.low)} … {shown(spread.high)}"


def shown(value: float) -> str:
    """To the thousandth below 10, where goals are; to three digits above."""
    return f"{value:.3f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"
