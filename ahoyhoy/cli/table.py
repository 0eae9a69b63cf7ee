"""Hosts as rows of text, the same for a live table and for plain lines."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .._core import HostStats
from ..utils.instance import netloc

Row = tuple[str, ...]

COLUMNS: Row = ("host", "circuit", "in flight", "requests", "failures", "latency")


@dataclass(frozen=True)
class Frame:
    """What is to be seen at one moment.

    Attributes:
        title: a line above the table.
        columns: the names of the columns.
        rows: as many cells each as there are columns.
        footer: a line below the table.
        plain: the text that says it all where there is no live table.
    """

    title: str
    columns: Row
    rows: Sequence[Row]
    footer: str
    plain: str


def row(stats: HostStats) -> Row:
    """The cells of one host, in the order of `COLUMNS`."""
    return (
        netloc(stats.host),
        circuit(stats),
        str(stats.in_flight),
        str(stats.requests),
        str(stats.failures),
        latency(stats.latency),
    )


def circuit(stats: HostStats) -> str:
    """The circuit's state; of an open one, when it is tried again."""
    if stats.retry_in is None or stats.circuit != "open":
        return stats.circuit
    return f"{stats.circuit} {math.ceil(stats.retry_in)} s"


def latency(seconds: float | None) -> str:
    """Milliseconds; nothing where nothing was measured."""
    return "" if seconds is None else f"{seconds * 1000:.1f} ms"


def entry(stats: HostStats) -> dict[str, Any]:
    """A host as JSON has it; times in seconds."""
    return {
        "host": netloc(stats.host),
        "circuit": stats.circuit,
        "in_flight": stats.in_flight,
        "requests": stats.requests,
        "failures": stats.failures,
        "latency": stats.latency,
        "retry_in": stats.retry_in,
    }


def aligned(columns: Row, rows: Sequence[Row]) -> str:
    """A table of plain text: words to the left, numbers to the right."""
    widths = [max(map(len, cells)) for cells in zip(columns, *rows, strict=True)]
    lines = [
        "  ".join(
            f"{cell:>{width}}" if numeric(name) else f"{cell:<{width}}"
            for cell, width, name in zip(cells, widths, columns, strict=True)
        ).rstrip()
        for cells in (columns, *rows)
    ]
    return "\n".join(lines)


def numeric(column: str) -> bool:
    """Whether a column holds numbers."""
    return column not in ("host", "circuit", "server", "fault")
