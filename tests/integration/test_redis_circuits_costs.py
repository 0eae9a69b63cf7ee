"""What circuits that share by Redis cost a call: nothing, whatever becomes of Redis, and with many hosts."""

import time

import pytest

from ahoyhoy import Host, LBClientBuilder, ListProvider, RoundRobinLB
from ahoyhoy.circuit import ClosedState, OpenState
from integration.redis_server import Redis
from integration.server_process import free_port, until
from integration.shared_circuits import (  # noqa: F401 - fixtures among them
    ACCEPTED,
    SlowWay,
    child,
    circuits,
    fail,
    listening,
    server,
    threads,
)

pytestmark = pytest.mark.server("redis-server")


def percentile(times, share):
    return sorted(times)[int(share * len(times))]


@pytest.fixture
def costs(cluster):
    """Seconds of each of many calls, without and with shared circuits, in turns."""
    dead = free_port()
    clients = []

    def client(make):
        hosts = [Host("127.0.0.1", dead), *cluster.hosts]
        balancer = RoundRobinLB(ListProvider(*hosts))
        builder = LBClientBuilder().add_lb(balancer)
        # The dead host is tried again and again: there is always something to tell.
        always = {"break_duration": 0.02, "max_break_duration": 0.02}
        builder.add_breaker(make(**always)) if make else builder.add_breaker(**always)
        clients.append(builder.build())
        return clients[-1]

    def measure(make):
        pair = client(None), client(make)
        times = [], []
        end = time.monotonic() + 2.5  # longer than Redis is waited for
        while time.monotonic() < end or len(times[0]) < 500:
            for one, spent in zip(pair, times, strict=True):
                start = time.perf_counter()
                assert one.get("/").ok
                spent.append(time.perf_counter() - start)
        assert pair[1].hosts()[0].failures
        return times

    yield measure
    for one in clients:
        one.close()


def hangs(server):
    server.stop_answering()
    return server.url


def is_gone(server):
    server.kill()
    return server.url


def is_full(server):
    server.client.config_set("maxmemory", "1mb")
    return server.url


def has_another_password(server):
    return server.url.replace("//", "//:wrong@")


def is_well(server):
    return server.url


@pytest.mark.slow
@pytest.mark.parametrize("state", [is_well, hangs, is_gone, is_full, has_another_password])
def test_a_call_costs_the_same_whatever_becomes_of_redis(circuits, costs, state, request):
    with Redis() as server:
        made = circuits(server.url)
        made("a:1")
        listening(server, request.node.name, 1)
        url = state(server)
        without, shared = costs(lambda **options: circuits(url, **options))
        assert_equal_costs(without, shared)
    assert len(threads()) == 4


@pytest.mark.slow
@pytest.mark.parametrize("delay", [0.2, 1.5])  # shorter and longer than its time-out
def test_a_call_costs_the_same_while_redis_is_slow(circuits, costs, delay):
    with Redis() as server, SlowWay(server.port, delay) as way:
        without, shared = costs(lambda **options: circuits(way.url, **options))
        assert_equal_costs(without, shared)


def assert_equal_costs(without, shared):
    # Generous: what would be wrong is a call that waits for Redis, for 200 ms or more.
    assert percentile(shared, 0.5) < 2 * percentile(without, 0.5)
    assert percentile(shared, 0.99) < 3 * percentile(without, 0.99) + 0.05
    # The very slowest are the machine's doing.
    assert sum(sorted(shared)[: -len(shared) // 100]) < 2 * sum(
        sorted(without)[: -len(without) // 100]
    )


def test_news_come_through_a_slow_way_as_fast_as_it_is(circuits, request):
    with Redis() as server, SlowWay(server.port, 0.2) as way:
        one, other = (circuits(way.url, break_duration=60) for _ in range(2))
        found = [one(f"a:{port}") for port in range(300)]
        hearing = [other(f"a:{port}") for port in range(300)]
        listening(server, request.node.name, 2)
        start = time.monotonic()
        for breaker in found:
            fail(breaker)
        until(lambda: {breaker.state for breaker in hearing} == {OpenState})
        assert time.monotonic() - start < 60  # one after the other, they would take two minutes


# Another process, with many circuits: opens them all.
MANY = """
import sys
from ahoyhoy import RedisCircuits
from ahoyhoy._core import Judgement, Verdict
url, key, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
made = RedisCircuits(url, key=key, break_duration=300, max_break_duration=300)
found = [made(f"a:{port}") for port in range(count)]
for circuit in found:
    for _ in range(3):
        with circuit.acquire() as permit:
            permit.record(Judgement(Verdict.UNSENT, "connection refused", refused=True))
print("done", flush=True)
sys.stdin.read()
"""


def test_five_thousand_hosts_are_known_to_others_and_hold_nobody_up(server, circuits, request):
    key, times = request.node.name, []
    made = circuits()
    hearing = [made(f"a:{port}") for port in range(5000)]
    well = made("b:1")
    listening(server, key, 1)
    with child(MANY, server.url, key, 5000) as other:
        try:
            waiting = list(hearing)
            end = time.monotonic() + 60
            while waiting:
                assert time.monotonic() < end, f"{len(waiting)} were not heard of"
                for _ in range(100):
                    start = time.monotonic()
                    well.acquire().record(ACCEPTED)
                    times.append(time.monotonic() - start)
                waiting = [breaker for breaker in waiting if breaker.state is ClosedState]
            assert percentile(times, 0.99) < 0.1
        finally:
            other.kill()
    assert server.client.zcard(key) == 5000
    later = circuits()
    start = time.monotonic()
    known = [later(f"a:{port}") for port in range(5000)]
    until(lambda: {breaker.state for breaker in known} == {OpenState})
    assert time.monotonic() - start < 60
