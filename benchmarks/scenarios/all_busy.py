"""Every server answers 503: whoever repeats each call makes it worse, and whoever never stops asking
keeps it so.
"""

from __future__ import annotations

import itertools

from .clients import Get, ahoyhoy, elastic_transport, round_robin
from .load import Samples, steady
from .report import Goal, Report, errors
from .scenario import Scenario, Settings, runs
from .servers import Servers

RATE = 100
NEVER_OPENS = {"failure_threshold": 1_000_000, "success_rate": 0.0}
#: The default budget: a fifth of the calls, and ten a second over a window of ten.
RETRIES_SHARE, RETRIES_FLOOR, RETRIES_WINDOW = 0.2, 10.0, 10.0
SETTLED = 3.0  # seconds: circuits have opened, and the first trials have failed
#: Seconds between two requests to one host: its second break, which is up to a fifth shorter than 2.
LEFT_ALONE = 1.6


def run(settings: Settings) -> Report:
    """Make it happen."""
    seconds = settings.length(30, 12)
    report = Report()
    own = ahoyhoy()
    # Nothing but the budget of retries is in the way here.
    without = ahoyhoy(label="no circuits", breaker=NEVER_OPENS)
    contenders = [without, *settings.contenders(own, [round_robin(), *elastic_transport()])]
    with Servers(10, delay=0.005) as servers:

        def load(get: Get) -> Samples:
            servers.set(range(10), status=503)
            return steady(get, rate=RATE, seconds=seconds)

        for contender, samples, arrivals in runs(servers, contenders, load):
            requests = sum(map(len, arrivals))
            settled = samples[0].at + SETTLED
            late = [[at for at in times if at > settled] for times in arrivals]
            rest = _shortest_rest(late)
            report.rows.append(
                {
                    "client": contender.name,
                    "calls": len(samples),
                    "requests": requests,
                    "a call": f"{requests / len(samples):.2f}",
                    f"after {SETTLED:g} s": sum(map(len, late)),
                    "a host's shortest rest": f"{rest * 1000:.0f} ms",
                    "errors": errors(samples.errors()),
                }
            )
            if contender is without:
                retries = requests - len(samples)
                allowed = RETRIES_SHARE * len(samples) + RETRIES_FLOOR * (seconds + RETRIES_WINDOW)
                what = f"{contender.name}: at most {allowed:.0f} retries, as budgeted"
                report.goals.append(Goal(what, str(retries), retries <= allowed))
            elif contender is own:
                ratio = requests / len(samples)
                report.goals += [
                    Goal("at most 1.2 requests a call", f"{ratio:.2f}", ratio <= 1.2),
                    Goal(
                        f"an open circuit's host is left alone for at least {LEFT_ALONE} s",
                        f"{rest:.2f} s",
                        rest >= LEFT_ALONE,
                    ),
                ]
    return report


def _shortest_rest(arrivals: list[list[float]]) -> float:
    rests = [b - a for times in arrivals for a, b in itertools.pairwise(times)]
    return min(rests, default=float("inf"))


SCENARIO = Scenario(
    "all-busy", f"10 servers that all answer 503 in 5 ms; {RATE} calls a second", run
)
