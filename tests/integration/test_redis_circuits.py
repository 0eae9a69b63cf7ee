"""Circuits that processes share by a real Redis."""

import gc
import json
import os
import pickle
import time
import warnings

import pytest

from ahoyhoy import Host, ListProvider, RedisCircuits, RoundRobinLB
from ahoyhoy.circuit import ClosedState, OpenState
from ahoyhoy.testing.clock import FakeClock
from integration.server_process import free_port, pause, until
from integration.shared_circuits import (  # noqa: F401 - fixtures among them
    ACCEPTED,
    child,
    circuits,
    fail,
    listening,
    server,
    threads,
)

pytestmark = pytest.mark.server("redis-server")

# Another process, with a client: prints when it knows that the host is open, and how it knows.
OTHER = """
import sys, time
from ahoyhoy import Host, LBClientBuilder, ListProvider, RedisCircuits, RoundRobinLB
url, dead, port = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
balancer = RoundRobinLB(ListProvider(Host("127.0.0.1", dead), Host("127.0.0.1", port)))
client = LBClientBuilder().add_lb(balancer).add_breaker(RedisCircuits(url)).build()
for endpoint in balancer.endpoints():
    pass
print("ready", flush=True)
while all(stats.circuit == "closed" for stats in client.hosts()):
    time.sleep(0.005)
print(*(stats.circuit for stats in client.hosts()), flush=True)
print(sum(stats.failures for stats in client.hosts()), flush=True)
"""


def test_a_host_that_one_process_finds_dead_is_known_to_another_within_a_second(
    server, cluster, build
):
    dead, alive = free_port(), cluster.hosts[0][1]
    with child(OTHER, server.url, dead, alive) as other:
        try:
            assert other.stdout.readline() == "ready\n"
            listening(server, "ahoyhoy:circuits", 1)
            balancer = RoundRobinLB(ListProvider(Host("127.0.0.1", dead), Host("127.0.0.1", alive)))
            circuits = RedisCircuits(server.url)
            balancer.use_breaker(circuits)
            client = build(balancer)
            while client.hosts()[0].circuit == "closed":
                assert client.get("/").ok
            found = time.monotonic()
            assert other.stdout.readline() == "open closed\n"
            assert time.monotonic() - found < 1
            assert other.stdout.readline() == "0\n"  # it made no call
            circuits.close()
        finally:
            other.kill()


def test_a_host_that_is_well_again_is_known_as_well(server, circuits, request):
    one, other = circuits()("a:1"), circuits()("a:1")
    listening(server, request.node.name, 2)
    fail(one)
    until(lambda: other.state is OpenState)
    until(lambda: one.trial_due)
    with one.acquire() as permit:
        permit.record(ACCEPTED)
    until(lambda: other.state is ClosedState)
    assert server.client.zcard(request.node.name) == 0


def test_who_comes_later_hears_what_was_before(server, circuits, request):
    one = circuits(break_duration=30)("a:1")
    fail(one)
    until(lambda: server.client.zcard(request.node.name))
    later = circuits()
    others = [later(f"b:{port}") for port in range(5)]
    breaker = later("a:1")
    until(lambda: breaker.state is OpenState)
    assert 0 < breaker.retry_in <= 36
    again = later("a:1")
    assert again.state is OpenState  # at once, from what this process knows
    assert again.retry_in > 0
    assert {other.state for other in others} == {ClosedState}
    assert 0 < server.client.ttl(request.node.name) <= 3600


def test_what_is_over_is_forgotten(server, circuits, request):
    clock = FakeClock()
    hearing = circuits(clock=clock)
    known = hearing("a:1")
    listening(server, request.node.name, 1)
    fail(circuits()("a:1"))
    until(lambda: known.state is OpenState)
    clock.advance(10)
    assert hearing("a:1").state is ClosedState
    server.client.zadd(request.node.name, {"b:1": 1.0})
    fail(circuits()("c:1"))
    until(lambda: server.client.zscore(request.node.name, "c:1"))
    until(lambda: server.client.zscore(request.node.name, "b:1") is None)


def test_what_is_no_word_is_ignored(server, circuits, request):
    breaker = circuits()("a:1")
    listening(server, request.node.name, 1)
    word = {"by": "x", "host": "a:1", "for": 9.0}
    wrong = [b"\xff", "", "[]", "{}", *({**word, "for": f} for f in (-1, "NaN", "Infinity", None))]
    for text in wrong:
        server.client.publish(
            request.node.name, json.dumps(text) if isinstance(text, dict) else text
        )
    server.client.publish(request.node.name, json.dumps({**word, "host": "b:1"}))
    pause(0.2)
    assert breaker.state is ClosedState
    server.client.publish(request.node.name, json.dumps(word))
    until(lambda: breaker.state is OpenState)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_listens_with_its_next_call(server, circuits, request):
    made = circuits()
    breaker = made("a:1")
    listening(server, request.node.name, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # 3.12: forking with threads
        pid = os.fork()
    if pid == 0:
        code = 1
        try:
            assert not threads()
            breaker.acquire().record(ACCEPTED)
            until(lambda: breaker.state is OpenState)
            made.close()
            code = 0
        finally:
            os._exit(code)
    listening(server, request.node.name, 2)
    fail(circuits()("a:1"))
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    until(lambda: breaker.state is OpenState)  # the child may have heard first


def test_a_copy_has_the_settings(circuits):
    made = circuits(failure_threshold=1)
    copy = pickle.loads(pickle.dumps(made))
    breaker = copy("a:1")
    assert breaker.fail_max == 1
    another = pickle.loads(pickle.dumps(breaker))
    assert type(another) is type(breaker)
    another._grapevine.close()
    copy.close()


def test_the_threads_end_with_the_circuits_and_with_close(circuits):
    until(lambda: not threads())
    made = circuits()
    breaker = made("a:1")
    made("b:1")
    assert len(threads()) == 2
    assert all(thread.daemon for thread in threads())
    made.close()
    made.close()
    until(lambda: not threads())
    breaker.acquire().record(ACCEPTED)  # begins them again
    assert len(threads()) == 2


def test_unused_circuits_take_their_threads_along(server):
    until(lambda: not threads())
    made = RedisCircuits(server.url)
    made("a:1")
    assert len(threads()) == 2
    del made
    gc.collect()
    until(lambda: not threads())
