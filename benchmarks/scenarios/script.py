"""One thread, one call after the other: how many requests a host has open says nothing here, only how
long its answers took.
"""

from __future__ import annotations

from .clients import Get, ahoyhoy, elastic_transport, least_request, round_robin
from .load import Samples, eager
from .report import Goal, Report, errors, ms
from .scenario import Scenario, Settings, runs
from .servers import Servers


def run(settings: Settings) -> Report:
    """Make it happen."""
    seconds = settings.length(20, 6)
    report = Report()
    own, turns = ahoyhoy(), round_robin()
    peers = [least_request(), *elastic_transport()] if settings.peers else []
    rates = {}
    with Servers(10, delay=0.008) as servers:

        def load(get: Get) -> Samples:
            servers.set([0], delay=0.2)
            return eager(get, threads=1, seconds=seconds)

        for contender, samples, arrivals in runs(servers, [own, turns, *peers], load):
            median, tail = samples.quantile(0.5), samples.quantile(0.99)
            rates[contender] = samples.rate
            report.rows.append(
                {
                    "client": contender.name,
                    "calls": len(samples),
                    "calls/s": f"{samples.rate:.1f}",
                    "p50": ms(median),
                    "p95": ms(samples.quantile(0.95)),
                    "p99": ms(tail),
                    "max": ms(samples.quantile(1)),
                    "to the slow one": len(arrivals[0]),
                    "errors": errors(samples.errors()),
                }
            )
            if contender is own:
                ratio = tail / median
                what = "p99 at most 1.5 times its own p50"
                report.goals.append(Goal(what, f"{ratio:.2f} times", ratio <= 1.5))
    gain = rates[own] / rates[turns]
    report.goals.append(Goal("at least twice round robin's calls", f"{gain:.2f} times", gain >= 2))
    return report


SCENARIO = Scenario("script", "9 servers of 8 ms and one of 200 ms; a script of one thread", run)
