"""What the demo looks like: a frame of the live table, and the summary at its end."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from ..utils.instance import netloc
from . import table
from .table import Frame, Row

if TYPE_CHECKING:
    from .demo import Phase, Show

_NAMES = ("steady", "stopped", "killed", "errors", "recovery", "after")
_COLUMNS: Row = ("host", "server", "circuit", "in flight", "requests", "latency", "share now")
_FAULTS = ("none", "kill -STOP", "kill -9", "HTTP 500")
_BAR = 6  # characters for half of all requests, the most a server gets while others work
_BLOCK = "█" if (sys.stdout.encoding or "").lower().startswith("utf") else "#"


def frame(show: Show) -> Frame:
    """The show at this moment."""
    phase, seen = show.phases[-1], show.load.seen()
    shares = phase.shares() or [0.0] * len(show.cluster)
    rows = [
        (name, state, circuit, in_flight, requests, latency, _bar(share))
        for (name, circuit, in_flight, requests, _, latency), state, share in zip(
            (table.row(stats) for stats in show.client.hosts()), show.states, shares, strict=True
        )
    ]
    calls = f"{seen.calls} calls, {seen.failures} failures seen by the caller"
    now = "  ".join(
        f"{state} {share:.0%}" for state, share in zip(show.states, shares, strict=True)
    )
    # The first line of a phase tells what happened: there is nothing to count yet.
    line = f"{calls}  {now}" if phase.seconds else phase.text
    return Frame(
        title=f"{_progress(phase)}   {show.elapsed:4.1f} s\n{phase.text}",
        columns=_COLUMNS,
        rows=rows,
        footer=calls,
        plain=f"{show.elapsed:5.1f} s  {phase.name:8}  {line}",
    )


def summary(show: Show) -> str:
    """Shares per host and phase, and the numbers that matter."""
    names = [phase.name for phase in show.phases]
    shares = [phase.shares() for phase in show.phases]
    rows = [
        (netloc(node.host), *(f"{share[index]:.0%}" for share in shares), _FAULTS[index])
        for index, node in enumerate(show.cluster)
    ]
    seen, attempts = show.load.seen(), show.client.stats().attempts
    columns = ("host", *names, "fault")
    numbers = (
        f"{seen.calls} calls in {show.elapsed:.1f} s; {attempts - seen.calls} times an attempt"
        f" failed and another host was asked.\nFailures seen by the caller: {seen.failures}"
    )
    return f"\nShare of the requests in each phase:\n{table.aligned(columns, rows)}\n\n{numbers}"


def _progress(phase: Phase) -> str:
    return " > ".join(name.upper() if name == phase.name else name for name in _NAMES)


def _bar(share: float) -> str:
    return f"{share:4.0%} " + (_BLOCK * min(_BAR, round(share * 2 * _BAR))).ljust(_BAR)
