"""What a balancer costs, without a call: the choice of a host, and the list of hosts.

For each balancer the time of one lease, from the choice of the host over the noted outcome to the
release, among ten hosts and among ten thousand; then what `update()` of ten thousand hosts takes when
one in a hundred is another, and what a host that was never contacted holds of memory. Rounds are short
and interleaved, and the quickest counts: what else the machine does makes a round longer, never shorter.

Last, eight threads that hold a lease while they send and receive, on one balancer, beside eight threads
with a balancer each: 1.0 where the one balancer's lock is in nobody's way.

    python -m benchmarks.picking [rounds]
"""

from __future__ import annotations

import gc
import itertools
import socket
import statistics
import sys
import threading
import time
import tracemalloc
from collections.abc import Sequence
from typing import Any

import requests

from ahoyhoy import (
    ConsistentHashLB,
    Host,
    LeastRequestLB,
    PeakEwmaLB,
    RandomLB,
    RoundRobinLB,
    WeightedRoundRobinLB,
)
from ahoyhoy._core import Call, Judgement, Outcome, Verdict
from ahoyhoy.lb.providers import IProvider

from .speed.spread import Goal, Measure, Spread

FEW, MANY = 10, 10_000
LEASES = 200  # a round: two milliseconds, in which the machine often does nothing else
SCANS = 2  # a round of a balancer that looks at every host
THREADS = 8
MESSAGE = b"x" * 200

CALL = Call("GET", "/users/1")
RESPONSE = requests.Response()
RESPONSE._content = b""
RESPONSE._content_consumed = True  # type: ignore[attr-defined]
GOOD = Judgement(Verdict.ACCEPTED)
KINDS = (RoundRobinLB, RandomLB, LeastRequestLB, PeakEwmaLB, WeightedRoundRobinLB, ConsistentHashLB)


#: Numbers that were not used before: for paths that are new.
FRESH = itertools.count()


class Changing(IProvider):
    """A list of hosts, of which some are others at each update."""

    def __init__(self, count: int) -> None:
        self._hosts = [host(number) for number in range(count)]
        self._next = count

    def get_list(self) -> list[Host]:
        """The hosts of now."""
        return self._hosts

    def exchange(self, count: int) -> None:
        """So many leave, and as many others join."""
        joined = [host(number) for number in range(self._next, self._next + count)]
        self._next += count
        self._hosts = [*self._hosts[count:], *joined]


def host(number: int) -> Host:
    """One of 16 million."""
    return Host(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", 8080)


def lease_once(lb: Any, call: Call = CALL) -> None:
    """What a call does with a balancer."""
    with lb.lease(call) as lease:
        lease.ended(Outcome(GOOD, RESPONSE, elapsed=0.01))


def warmed(kind: Any, count: int, session: requests.Session) -> Any:
    """A balancer whose hosts have all been contacted: with one session, made beforehand."""
    lb = kind(Changing(count), session, slow_start=0.0)
    for endpoint in lb.endpoints():
        for _ in range(2):  # the first answer is not yet a measurement
            with lb._occupied(endpoint) as lease:
                lease.ended(Outcome(GOOD, RESPONSE, elapsed=0.01))
    return lb


def microseconds(lb: Any, leases: int, *, new_paths: bool = False) -> float:
    """Of one lease, in one round."""
    calls = [Call("GET", f"/{next(FRESH)}") if new_paths else CALL for _ in range(leases)]
    started = time.perf_counter()
    for call in calls:
        lease_once(lb, call)
    return (time.perf_counter() - started) / leases * 1e6


def print_leases(rounds: int, session: requests.Session) -> None:
    """A row for each balancer."""
    print(f"{'pick + lease + outcome + release':34}{FEW:>8} hosts{MANY:>10} hosts    quotient")
    for kind in KINDS:
        few, many = (warmed(kind, count, session) for count in (FEW, MANY))
        gc.collect()
        gc.freeze()  # the collector's walks through ten thousand hosts are not the balancer's
        print_row(kind.__name__, few, many, rounds)
        if kind is ConsistentHashLB:
            print_row(f"{kind.__name__}, a new key each", few, many, rounds, new_paths=True)
        gc.unfreeze()


def print_row(name: str, few: Any, many: Any, rounds: int, *, new_paths: bool = False) -> None:
    """The times of a balancer."""
    leases = SCANS if new_paths else LEASES
    times = [
        (
            microseconds(few, LEASES, new_paths=new_paths),
            microseconds(many, leases, new_paths=new_paths),
        )
        for _ in range(rounds)
    ]
    best_few, best_many = map(min, zip(*times, strict=True))
    quotient = best_many / best_few
    print(f"{name:34}{best_few:11.1f} µs{best_many:13.1f} µs{quotient:12.2f}")


def updates(rounds: int, session: requests.Session) -> list[float]:
    """How many milliseconds it took to exchange a hundredth of the hosts, each time."""
    provider = Changing(MANY)
    lb = PeakEwmaLB(provider, session)
    lb.update()
    times = []
    for _ in range(max(5, rounds // 10)):
        provider.exchange(MANY // 100)
        started = time.perf_counter()
        lb.update()
        times.append((time.perf_counter() - started) * 1e3)
    return times


def memory(session: requests.Session) -> float:
    """The bytes that a balancer holds for each host before it is contacted."""
    provider = Changing(MANY)
    gc.collect()
    tracemalloc.start()
    lb = PeakEwmaLB(provider, session)
    lb.update()
    lb.hosts()
    lease_once(lb)
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return held / MANY


def measures(quick: bool = False) -> list[Measure]:
    """The costs of the default balancer beside their goals, for `benchmarks.speed`."""
    rounds = 20 if quick else 100
    with requests.Session() as session:
        few, many = (warmed(PeakEwmaLB, count, session) for count in (FEW, MANY))
        times = [(microseconds(few, LEASES), microseconds(many, LEASES)) for _ in range(rounds)]
        update, held = updates(rounds, session), memory(session) / 1024
    each = Spread.of([one for one, _ in times])
    quotient = Spread.of([other / one for one, other in times])
    return [
        Measure(f"pick + lease + release, {FEW} hosts", each, Goal("≤", 15), "µs"),
        Measure(f"the same, {MANY} hosts ÷ {FEW} hosts", quotient, Goal("≤", 1.5)),
        Measure(f"update() of {MANY} hosts, 1 % others", Spread.of(update), Goal("≤", 50), "ms"),
        Measure("memory per host never contacted", Spread(held, held, held), Goal("≤", 2), "KiB"),
    ]


def print_threads(rounds: int, session: requests.Session) -> None:
    """Whether threads stand in each other's way."""
    for kind in (RoundRobinLB, PeakEwmaLB):
        own = [warmed(kind, FEW, session) for _ in range(THREADS)]
        shared = own[:1] * THREADS
        ratios = [exchanges(shared) / exchanges(own) for _ in range(max(9, rounds // 5))]
        low, middle, high = statistics.quantiles(ratios, n=4)
        print(
            f"{kind.__name__}: exchanges per second of {THREADS} threads on one ÷ on one each:"
            f" {middle:.2f} ({low:.2f} … {high:.2f})"
        )


def exchanges(balancers: Sequence[Any], each: int = 1500) -> float:
    """Exchanges per second of threads, one for each balancer."""
    ready = threading.Barrier(len(balancers) + 1)

    def run(lb: Any) -> None:
        one, other = socket.socketpair()
        ready.wait()
        with one, other:
            for _ in range(each):
                with lb.lease(CALL) as lease:
                    one.sendall(MESSAGE)
                    other.recv(len(MESSAGE))
                    lease.ended(Outcome(GOOD, RESPONSE, elapsed=0.01))

    running = [threading.Thread(target=run, args=(lb,)) for lb in balancers]
    for thread in running:
        thread.start()
    ready.wait()
    started = time.perf_counter()
    for thread in running:
        thread.join()
    return len(balancers) * each / (time.perf_counter() - started)


def main(rounds: int) -> None:
    """Measure and print."""
    with requests.Session() as session:
        print_leases(rounds, session)
        times = updates(rounds, session)
        low, middle = min(times), statistics.median(times)
        print(f"update() of {MANY} hosts, 1 % others: {low:.1f} ms (median {middle:.1f} ms)")
        print(f"memory per host never contacted: {memory(session):.0f} bytes")
        print_threads(rounds, session)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
