"""One of ten servers answers 500, and faster than the others: to whom only latency counts, it is the
best host there is.
"""

from __future__ import annotations

from ahoyhoy.strategies import Single

from .clients import Get, ahoyhoy, elastic_transport, least_request, round_robin
from .load import Samples, eager
from .report import Goal, Report, errors, ms, percent
from .scenario import Scenario, Settings, runs
from .servers import Servers


def run(settings: Settings) -> Report:
    """Make it happen."""
    calls = 200 * settings.length(100, 20)
    report = Report()
    alone = ahoyhoy(label="one attempt", strategy=Single())
    own = ahoyhoy()
    peers = [
        least_request(label="one attempt", strategy=Single()),
        round_robin(label="one attempt", strategy=Single()),
        *elastic_transport(label="one attempt", max_retries=0),
        *elastic_transport(),
    ]
    contenders = [alone, *settings.contenders(own, peers)]
    with Servers(10, delay=0.005) as servers:

        def load(get: Get) -> Samples:
            servers.set([0], delay=0.001, status=500)
            return eager(get, threads=8, calls=calls)

        for contender, samples, arrivals in runs(servers, contenders, load):
            good = samples.good_within(float("inf"))
            report.rows.append(
                {
                    "client": contender.name,
                    "calls": len(samples),
                    "good": percent(good),
                    "p50": ms(samples.quantile(0.5)),
                    "p99": ms(samples.quantile(0.99)),
                    "to the black hole": len(arrivals[0]),
                    "errors": errors(samples.errors()),
                }
            )
            bound = {alone: 0.999, own: 1.0}.get(contender)
            if bound is not None:
                what = f"{contender.name}: at least {percent(bound)} good"
                report.goals.append(Goal(what, percent(good), good >= bound))
    return report


SCENARIO = Scenario(
    "black-hole", "10 servers of 5 ms, but one that answers 500 in 1 ms; eight threads", run
)
