"""One of eleven servers is slow for half the time: Linkerd's "Beyond Round Robin" (2016), ten times
faster. Linkerd itself had 95 % of the calls in time with round robin, 99 % by the least load, and
99.9 % by peak EWMA.
"""

from __future__ import annotations

from .clients import Get, ahoyhoy, elastic_transport, least_request, round_robin
from .load import Samples, steady
from .report import Goal, Report, errors, ms, percent
from .scenario import Scenario, Settings, runs
from .servers import Servers

IN_TIME = 0.1
RATE = 200


def run(settings: Settings) -> Report:
    """Make it happen."""
    seconds = settings.length(60, 12)
    report = Report()
    own = ahoyhoy()
    contenders = settings.contenders(own, [least_request(), round_robin(), *elastic_transport()])
    with Servers(11, delay=0.017) as servers:

        def load(get: Get) -> Samples:
            spell = [
                (seconds / 4, lambda: servers.set([0], delay=0.2)),
                (seconds * 3 / 4, lambda: servers.set([0])),
            ]
            return steady(get, rate=RATE, seconds=seconds, incidents=spell)

        for contender, samples, arrivals in runs(servers, contenders, load):
            in_time = samples.good_within(IN_TIME)
            report.rows.append(
                {
                    "client": contender.name,
                    "calls": len(samples),
                    "in 100 ms": percent(in_time),
                    "p50": ms(samples.quantile(0.5)),
                    "p99": ms(samples.quantile(0.99)),
                    "p99.9": ms(samples.quantile(0.999)),
                    "max": ms(samples.quantile(1)),
                    "to the slow one": len(arrivals[0]),
                    "errors": errors(samples.errors()),
                }
            )
            if contender is own:
                report.goals.append(
                    Goal("at least 99.9 % good in 100 ms", percent(in_time), in_time >= 0.999)
                )
    return report


SCENARIO = Scenario(
    "slow-spell",
    f"11 servers of 17 ms, one takes 200 ms for half the time; {RATE} calls a second",
    run,
)
