"""A server sends one byte a second: a timeout between bytes never comes, a deadline does."""

from __future__ import annotations

from .clients import BARE, Get, ahoyhoy, elastic_transport
from .load import Samples, eager
from .report import Goal, Report, errors, ms
from .scenario import Scenario, Settings, runs
from .servers import Servers

DEADLINE = 1.0
OVERRUN = 0.05

BYTES = {"the body drips": 5, "the head drips, too": 10}  # The body has six.


def run(settings: Settings) -> Report:
    """Make it happen."""
    threads = round(settings.length(10, 5))
    report = Report()
    own = ahoyhoy(deadline=DEADLINE)
    streaming = ahoyhoy(label="streaming", stream=True, deadline=DEADLINE)
    contenders = [streaming, *settings.contenders(own, [*elastic_transport(), BARE])]
    with Servers(3, drip=1.0) as servers:
        for how, dripping in BYTES.items():

            def load(get: Get, dripping: int = dripping) -> Samples:
                servers.set(range(3), dripping=dripping)
                return eager(get, threads=threads, calls=threads)

            for contender, samples, _ in runs(servers, contenders, load):
                longest = samples.quantile(1)
                report.rows.append(
                    {
                        "client": f"{contender.name}, {how}",
                        "calls": len(samples),
                        "shortest": ms(samples.quantile(0)),
                        "longest": ms(longest),
                        "errors": errors(samples.errors()),
                    }
                )
                if contender in (own, streaming):
                    what = (
                        f"{contender.name}, {how}: no call ends later than {ms(DEADLINE + OVERRUN)}"
                    )
                    report.goals.append(Goal(what, ms(longest), longest <= DEADLINE + OVERRUN))
    return report


SCENARIO = Scenario("drip", f"3 servers that send one byte a second; deadline {DEADLINE:g} s", run)
