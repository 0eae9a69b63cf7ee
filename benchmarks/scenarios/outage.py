"""Servers are killed, stopped, made to reset connections and restarted, one after the other, while
twenty threads read and write. Reads must all succeed; a write must never happen twice.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable
from functools import partial

from ahoyhoy.testing import Cluster

from .clients import Contender, Get, ahoyhoy, elastic_transport, round_robin
from .load import Incident, eager
from .report import Goal, Report, Row, errors, ms
from .scenario import Scenario, Settings

SICK = 5  # of ten
THREADS = 20
WRITES = 5  # every fifth call is a POST
PAUSE = 0.05  # seconds, of a thread between two calls
TIMEOUT = 0.5
DELAY = 0.005

Fault = tuple[Callable[[Cluster, int], object], Callable[[Cluster, int], object]]
#: What happens to a server, and what ends it.
FAULTS: tuple[Fault, ...] = (
    (lambda cluster, n: cluster[n].kill(), lambda cluster, n: cluster[n].restart()),
    (lambda cluster, n: cluster[n].stop(), lambda cluster, n: cluster[n].resume()),
    (
        lambda cluster, n: cluster[n].set(fault="reset"),
        lambda cluster, n: cluster[n].set(delay=DELAY),
    ),
    (lambda cluster, n: cluster[n].restart(), lambda _cluster, _n: None),
)


class Traffic:
    """Reads and writes, each to a path of its own, and which of them failed."""

    def __init__(self, get: Get) -> None:
        self._get = get
        self._numbers = itertools.count()
        #: (method, name of the error)
        self.failures: list[tuple[str, str]] = []

    def __call__(self) -> bool:
        """The next one: whether it was answered well."""
        number = next(self._numbers)
        method = "GET" if number % WRITES else "POST"
        try:
            good = self._get(f"/{number}", method=method)
        except Exception as error:
            self.failures.append((method, type(error).__name__))
            raise
        if not good:
            self.failures.append((method, "bad status"))
        return good

    def failed(self, method: str) -> dict[str, int]:
        """What went wrong with calls of this method, how often."""
        return Counter(name for failed, name in self.failures if failed == method)


def run(settings: Settings) -> Report:
    """Make it happen."""
    seconds = settings.length(60, 10)
    report = Report()
    own = ahoyhoy(timeout=TIMEOUT)
    peers = [round_robin(timeout=TIMEOUT), *elastic_transport(timeout=TIMEOUT)]
    for contender in settings.contenders(own, peers):
        row, goals = _measure(contender, seconds)
        report.rows.append(row)
        if contender is own:
            report.goals = goals
    return report


def _measure(contender: Contender, seconds: float) -> tuple[Row, list[Goal]]:
    before = set(threading.enumerate())
    with Cluster(10) as cluster:
        for node in cluster:
            node.set(delay=DELAY)
        with contender.open(cluster.hosts) as get:
            traffic = Traffic(get)
            incidents = _incidents(cluster, seconds)
            samples = eager(
                traffic, threads=THREADS, seconds=seconds, pause=PAUSE, incidents=incidents
            )
        received = Counter(r.path for node in cluster for r in node.requests if r.method == "POST")
    left = _left_behind(before)
    twice = sum(count > 1 for count in received.values())
    reads, writes = traffic.failed("GET"), traffic.failed("POST")
    row = {
        "client": contender.name,
        "calls": len(samples),
        "p50": ms(samples.quantile(0.5)),
        "p99": ms(samples.quantile(0.99)),
        "max": ms(samples.quantile(1)),
        "failed GETs": errors(reads),
        "failed POSTs": errors(writes),
        "POSTs received twice": twice,
        "threads left": len(left),
    }
    goals = [
        Goal("no GET fails", errors(reads), not reads),
        Goal("no POST is received twice", str(twice), twice == 0),
        Goal("no thread is left behind", ", ".join(left) or "none", not left),
    ]
    return row, goals


def _incidents(cluster: Cluster, seconds: float) -> list[Incident]:
    # Every fault comes to every server: 4 and 5 have no common divisor.
    each = 2.0 if seconds > 30 else 1.0
    turns = zip(itertools.cycle(range(SICK)), itertools.cycle(FAULTS), strict=False)
    incidents: list[Incident] = []
    for number, (server, (begin, end)) in enumerate(itertools.islice(turns, int(seconds / each))):
        incidents += [
            (number * each, partial(begin, cluster, server)),
            ((number + 0.8) * each, partial(end, cluster, server)),
        ]
    return incidents


def _left_behind(before: set[threading.Thread]) -> list[str]:
    patience = time.monotonic() + 2.0
    while (left := set(threading.enumerate()) - before) and time.monotonic() < patience:
        time.sleep(0.01)
    return sorted(thread.name for thread in left)


SCENARIO = Scenario(
    "outage",
    f"10 servers, of which {SICK} are killed, stopped, reset and restarted in turn; {THREADS} threads",
    run,
)
