"""One of ten servers is slow for ever, ten threads: the comparison in Envoy's pull request 40653, where
peak EWMA had a p99 of 18.6 ms, 2.2 times the median of a healthy host.
"""

from __future__ import annotations

from .clients import BARE, Get, ahoyhoy, elastic_transport, least_request, round_robin
from .load import Samples, eager
from .report import Goal, Report, Row, errors, ms
from .scenario import Scenario, Settings, runs
from .servers import Servers

HEALTHY = 0.008
SLOW = 0.1


def run(settings: Settings) -> Report:
    """Make it happen."""
    seconds = settings.length(20, 6)
    report = Report()
    own = ahoyhoy()
    contenders = settings.contenders(own, [least_request(), round_robin(), *elastic_transport()])
    with Servers(10, delay=HEALTHY) as servers:

        def all_healthy(get: Get) -> Samples:
            return eager(get, threads=10, seconds=seconds / 4)

        def load(get: Get) -> Samples:
            servers.set([0], delay=SLOW)
            return eager(get, threads=10, seconds=seconds)

        for contender, samples, arrivals in runs(servers, [BARE], all_healthy):
            report.rows.append(_row(f"{contender.name}, all healthy", samples, arrivals))
            median = samples.quantile(0.5)
        for contender, samples, arrivals in runs(servers, contenders, load):
            report.rows.append(_row(contender.name, samples, arrivals))
            if contender is own:
                report.goals = [
                    _goal(samples, 0.99, 2.2, median),
                    _goal(samples, 0.95, 1.6, median),
                ]
    return report


def _row(name: str, samples: Samples, arrivals: list[list[float]]) -> Row:
    return {
        "client": name,
        "calls": len(samples),
        "calls/s": f"{samples.rate:.0f}",
        **{f"p{q * 100:g}": ms(samples.quantile(q)) for q in (0.5, 0.95, 0.99, 0.999)},
        "max": ms(samples.quantile(1)),
        "to the slow one": len(arrivals[0]),
        "errors": errors(samples.errors()),
    }


def _goal(samples: Samples, share: float, bound: float, median: float) -> Goal:
    ratio = samples.quantile(share) / median
    return Goal(
        f"p{share * 100:g} at most {bound} times the healthy median of {ms(median)}",
        f"{ratio:.2f} times",
        ratio <= bound,
    )


SCENARIO = Scenario("slow-host", "9 servers of 8 ms and one of 100 ms; ten threads", run)
