"""A server is away and comes back: how soon it works as much as the others, and whether it is flooded on
the way.

Shares vary with healthy servers, too: one late answer costs a server calls for some seconds, and the
less time answers take, the more of them are late by what the threads of this process wait for each other.
Hence 25 ms; and hence what became of the share later is a column, but no goal.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Any

from .clients import Get, ahoyhoy, elastic_transport, round_robin
from .load import Samples, eager
from .report import Goal, Report, Row, errors
from .scenario import Scenario, Settings, runs
from .servers import Servers

BEFORE = 5.0
AFTER = 14.0
SOON = 10.0
WINDOW = 1.0  # seconds, over which a share is taken
STEP = 0.1
DELAY = 0.025

AWAY: dict[str, dict[str, Any]] = {
    "refuses connections": {"refuses": True},
    "answers 500 in 1 ms": {"status": 500, "delay": 0.001},
}


def run(settings: Settings) -> Report:
    """Make it happen."""
    away = settings.length(15, 15)
    report = Report()
    own = ahoyhoy()
    contenders = settings.contenders(own, [round_robin(), *elastic_transport()])
    with Servers(10, delay=DELAY) as servers:
        for how, behaviour in AWAY.items():

            def load(get: Get, behaviour: dict[str, Any] = behaviour) -> Samples:
                incidents = [
                    (BEFORE, lambda: servers.set([0], **behaviour)),
                    (BEFORE + away, lambda: servers.set([0])),
                ]
                seconds = BEFORE + away + AFTER
                return eager(get, threads=8, seconds=seconds, pause=0.01, incidents=incidents)

            for contender, samples, arrivals in runs(servers, contenders, load):
                back = samples[0].at + BEFORE + away
                report.rows.append(_row(f"{contender.name}, {how}", samples, arrivals, back))
                if contender is own:
                    report.goals += _goals(how, _shares(arrivals, back))
    return report


def _shares(arrivals: list[list[float]], back: float, number: int = 0) -> list[tuple[float, float]]:
    """How much of its fair share a server has in a second, by the end of that second."""
    shares = []
    for step in range(round((AFTER - WINDOW) / STEP) + 1):
        start = back + step * STEP
        end = start + WINDOW
        counts = [bisect_left(times, end) - bisect_left(times, start) for times in arrivals]
        shares.append((step * STEP + WINDOW, counts[number] * len(counts) / max(1, sum(counts))))
    return shares


def _most(shares: list[tuple[float, float]]) -> float:
    """The largest share on the way."""
    return max(share for after, share in shares if after <= SOON)


def _ready(shares: list[tuple[float, float]]) -> float:
    """After how many seconds it has 80 % of its fair share for the first time."""
    return next((after for after, share in shares if share >= 0.8), float("inf"))


def _row(name: str, samples: Samples, arrivals: list[list[float]], back: float) -> Row:
    shares = _shares(arrivals, back)
    first = next((at - back for at in arrivals[0] if at >= back), float("inf"))
    last = [share for after, share in shares if after > SOON]
    others = range(1, len(arrivals))
    return {
        "client": name,
        "calls": len(samples),
        "first request after": f"{first:.1f} s",
        "80 % of its share after": f"{_ready(shares):.1f} s",
        "most on the way": f"{_most(shares):.2f} x",
        # What chance does to those that were never away.
        "most of another": f"{max(_most(_shares(arrivals, back, n)) for n in others):.2f} x",
        "after 10 s": f"{sum(last) / len(last):.2f} x",
        "failed calls": len(samples) - samples.good,
        "errors": errors(samples.errors()),
    }


def _goals(how: str, shares: list[tuple[float, float]]) -> list[Goal]:
    ready, most = _ready(shares), _most(shares)
    return [
        Goal(
            f"{how}: 80 % of its fair share within {SOON:g} s",
            f"after {ready:.1f} s",
            ready <= SOON,
        ),
        Goal(f"{how}: never above 1.5 times its fair share", f"{most:.2f} times", most <= 1.5),
    ]


SCENARIO = Scenario(
    "comeback", "10 servers of 25 ms; one is away for 15 s and comes back; eight threads", run
)
