"""One call in a hundred takes a second, on any host: what hedging is for (Dean and Barroso, "The Tail
at Scale", 2013).
"""

from __future__ import annotations

from ahoyhoy.strategies import Hedged

from .clients import Get, ahoyhoy, elastic_transport, round_robin
from .load import Samples, steady
from .report import Goal, Report, errors, ms, percent
from .scenario import Scenario, Settings, runs
from .servers import Servers

RATE = 200


def run(settings: Settings) -> Report:
    """Make it happen."""
    seconds = settings.length(60, 20)
    report = Report()
    own = ahoyhoy(label="hedged", strategy=Hedged())
    peers = [
        round_robin(label="hedged", strategy=Hedged()),
        ahoyhoy(),
        *elastic_transport(),
    ]
    with Servers(10, delay=0.010, stall_share=0.01, stall=1.0) as servers:

        def load(get: Get) -> Samples:
            return steady(get, rate=RATE, seconds=seconds)

        for contender, samples, arrivals in runs(servers, settings.contenders(own, peers), load):
            extra = sum(map(len, arrivals)) / len(samples) - 1
            tail, median = samples.quantile(0.999), samples.quantile(0.5)
            report.rows.append(
                {
                    "client": contender.name,
                    "calls": len(samples),
                    "extra requests": percent(extra),
                    "p50": ms(median),
                    "p95": ms(samples.quantile(0.95)),
                    "p99": ms(samples.quantile(0.99)),
                    "p99.9": ms(tail),
                    "max": ms(samples.quantile(1)),
                    "above 0.5 s": sum(s.elapsed > 0.5 for s in samples),
                    "errors": errors(samples.errors()),
                }
            )
            if contender is own:
                report.goals = [
                    Goal(
                        "p99.9 at most 5 times p50",
                        f"{tail / median:.2f} times",
                        tail <= 5 * median,
                    ),
                    Goal("at most 2.5 % extra requests", percent(extra), extra <= 0.025),
                ]
    return report


SCENARIO = Scenario(
    "stalls", f"10 servers of 10 ms; 1 % of their answers take 1 s more; {RATE} calls a second", run
)
