"""What a call through balancer and circuit costs beside a bare `requests` one.

Three ways to make the same GET on the same five keep-alive loopback servers, each in its turn, in one
process; printed are the medians of the paired ratios, with their quartiles. Nothing here is asserted:
the numbers are for comparing before and after a change, on one machine, in one run.

    python benchmarks/call_overhead.py [rounds]
"""

import itertools
import statistics
import sys
import time
from collections.abc import Callable

import requests

from ahoyhoy import LBClientBuilder, ListProvider, RoundRobinLB, SessionClientBuilder
from ahoyhoy.testing import Cluster

CALLS = 20  # a round: enough to be far above the clock's resolution


def seconds(call: Callable[[], object]) -> float:
    """The time of one round."""
    started = time.perf_counter()
    for _ in range(CALLS):
        call()
    return time.perf_counter() - started


def main(rounds: int) -> None:
    """Measure and print."""
    with Cluster(5) as cluster, requests.Session() as bare, requests.Session() as own:
        urls = itertools.cycle([f"http://127.0.0.1:{node.port}/" for node in cluster])
        provider = ListProvider(*cluster.hosts)
        balanced = LBClientBuilder().add_lb(RoundRobinLB(provider)).build()
        with_session = LBClientBuilder().add_lb(RoundRobinLB(provider)).add_session(own).build()
        guarded = SessionClientBuilder().add_session(requests.Session()).build()
        ways: dict[str, Callable[[], object]] = {
            "Client.get, 5 hosts": lambda: balanced.get("/"),
            "Client.get, 5 hosts, a session passed in": lambda: with_session.get("/"),
            "SessionClientBuilder's get": lambda: guarded.get(next(urls)),
        }
        ratios: dict[str, list[float]] = {name: [] for name in ways}
        for way in ways.values():
            seconds(way)
        for _ in range(rounds):
            for name, way in ways.items():
                ratios[name].append(seconds(way) / seconds(lambda: bare.get(next(urls))))
        for name, values in ratios.items():
            low, middle, high = statistics.quantiles(values, n=4)
            print(f"{name:42} ÷ requests.Session.get: {middle:.2f}  ({low:.2f} … {high:.2f})")
        balanced.close()
        with_session.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40)
