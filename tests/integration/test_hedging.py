"""A slow host does not make its callers wait: another one is asked as well."""

import time

import pytest

from ahoyhoy import (
    Ahoyhoy500Exception,
    DeadlineExceeded,
    Hedged,
    ListProvider,
    RetryPolicy,
    RoundRobinLB,
    Single,
    attempts_of,
)
from ahoyhoy._core import Verdict
from ahoyhoy.events import AttemptEnded, HedgeWon, RetryDenied
from integration.attempts import taking
from integration.calls import circuits, counts, in_order, paths, together, until
from integration.slow_server import HEAD, dripping, running, silent

SLOW = 20  # seconds: much longer than any test takes


def hasty():
    """A new one for each test: what it has saved up is spent after five hedges."""
    return Hedged(delay=0.02)


@pytest.fixture
def told():
    return []


@pytest.fixture
def client(cluster, build, told):
    """A client that prefers the first server."""
    return build(in_order(*cluster.hosts), add_strategy=hasty(), add_listener=told.append)


def test_a_slow_host_is_overtaken(cluster, client, told):
    cluster[0].set(delay=SLOW)
    with taking(0.02):
        response = client.get("/x?token=hunter2")
    assert response.json()["port"] == cluster[1].port
    assert [a.host for a in attempts_of(response)] == list(cluster.hosts[:2])
    # On a busy machine the slow one may not have heard of it by then.
    assert counts(cluster) in ([1, 1, 0], [0, 1, 0])
    won = HedgeWon(None, "GET", "/x", cluster[1].host, cluster[0].host)
    assert [event for event in told if isinstance(event, HedgeWon)] == [won]


def test_its_connection_is_closed_and_it_is_not_to_blame(cluster, build, told):
    with running(silent) as server:
        client = build(
            in_order(server.host, *cluster.hosts), add_strategy=hasty(), add_listener=told.append
        )
        assert client.get("/x").status_code == 200
        until(lambda: server.left == 1)
        until(lambda: len([e for e in told if isinstance(e, AttemptEnded)]) == 2)
        slow = client.hosts()[0]
        assert (slow.circuit, slow.failures, slow.in_flight) == ("closed", 0, 0)
        ended = {e.number: e.attempt for e in told if isinstance(e, AttemptEnded)}
        assert (ended[1].verdict, ended[1].error) == (Verdict.IGNORED, "cancelled")


def test_the_story_tells_of_the_one_that_was_cancelled(cluster, client):
    cluster[0].set(delay=SLOW)
    slow, fast = attempts_of(client.get("/x"))
    assert (slow.host, slow.verdict, slow.error) == (cluster[0].host, Verdict.IGNORED, "cancelled")
    assert (fast.host, fast.verdict, fast.status) == (cluster[1].host, Verdict.ACCEPTED, 200)
    assert fast.started >= 0.02


def test_an_answer_in_time_is_asked_for_once(cluster, build):
    client = build(in_order(*cluster.hosts), add_strategy=Hedged(delay=10))
    for _ in range(10):
        client.get("/x")
    assert counts(cluster) == [10, 0, 0]
    assert cluster[0].connections == 1  # each attempt in a thread of its own, one connection


@pytest.mark.parametrize(("method", "headers", "attempts"), [
    ("POST", {}, 1), ("PUT", {}, 1), ("POST", {"Idempotency-Key": "7"}, 2), ("HEAD", {}, 2),
])  # fmt: skip
def test_only_what_may_be_done_twice_at_a_time_is_hedged(
    cluster, client, method, headers, attempts
):
    cluster[0].set(delay=0.3)
    response = client.request(method, "/x", data=b"data", headers=headers)
    assert response.status_code == 200
    assert len(attempts_of(response)) == attempts
    assert sum(counts(cluster)) <= attempts
    assert {request.body for node in cluster for request in node.requests} == {b"data"}


def test_a_failure_is_followed_by_the_next_host_without_waiting(cluster, build):
    cluster[0].set(status=503)
    client = build(in_order(*cluster.hosts), add_strategy=Hedged(delay=SLOW, policy=RetryPolicy(2)))
    with taking(0):
        assert client.get("/x").json()["port"] == cluster[1].port


def test_a_host_that_refuses_is_passed_over_and_the_slow_one_overtaken(cluster, client):
    cluster[0].kill()
    cluster[1].set(delay=SLOW)
    with taking(0.02):
        response = client.get("/x")
    assert [a.verdict.value for a in attempts_of(response)] == ["unsent", "ignored", "accepted"]


def test_when_all_fail_the_error_tells_of_each(cluster, client):
    for node in cluster:
        node.set(status=503, delay=0.1)
    with pytest.raises(Ahoyhoy500Exception) as caught:
        client.get("/x")
    assert len(caught.value.attempts) == 2
    assert str(caught.value).startswith("GET /x: 2 attempts on 2 of 3 hosts in ")
    assert str(caught.value).count("HTTP 503") == 2


@pytest.mark.parametrize("stream", [False, True])
def test_the_winners_body_is_whole(cluster, build, stream):
    body = b"x" * 300_000
    cluster[0].set(delay=SLOW)
    cluster[1].set(body=body)
    client = build(in_order(*cluster.hosts), add_strategy=hasty())
    with client.get("/x", stream=stream) as response:
        assert response.content == body
    until(lambda: all(host.in_flight == 0 for host in client.hosts()))


def test_whichever_stream_is_not_taken_is_closed(cluster, build):
    with running(dripping(HEAD, b"x")) as server:
        # Its head may come first, or last, or after it was cancelled.
        strategy = Hedged(delay=0.0, max_extra=1)
        client = build(in_order(server.host, *cluster.hosts), add_strategy=strategy)
        for _ in range(10):
            with client.get("/x", stream=True) as response:
                assert response.status_code == 200
        until(lambda: all(host.in_flight == 0 for host in client.hosts()))
        until(lambda: server.left == server.connections)


def test_hedges_are_kept_to_their_share_of_the_calls(cluster, build, told):
    for node in cluster:
        node.set(delay=0.05)
    client = build(
        RoundRobinLB(ListProvider(*cluster.hosts)),
        add_strategy=Hedged(delay=0.005, max_extra=0.01),
        add_listener=told.append,
    )
    made = [attempts_of(client.get("/x")) for _ in range(20)]
    assert sum(map(len, made)) == 20 + 5
    assert sum(counts(cluster)) <= 20 + 5
    denied = [event.reason for event in told if isinstance(event, RetryDenied)]
    assert denied == ["hedge budget"] * 15
    assert client.stats().denied == 15


def test_a_deadline_ends_all_of_them(cluster, client):
    for node in cluster:
        node.set(delay=SLOW)
    with taking(0.3), pytest.raises(DeadlineExceeded) as caught:
        client.get("/x", deadline=0.3)
    assert len(caught.value.attempts) == 2
    until(lambda: all(host.in_flight == 0 for host in client.hosts()))


def test_a_single_host_is_not_asked_twice_at_a_time(cluster, build):
    cluster[0].set(delay=0.2)
    client = build(in_order(cluster[0].host), add_strategy=hasty())
    assert client.get("/x").status_code == 200
    assert paths(cluster[0]) == [("GET", "/x")]


def test_one_call_may_be_hedged_and_one_may_not(cluster, build):
    cluster[0].set(delay=0.3)
    client = build(in_order(*cluster.hosts), add_strategy=Single())
    assert client.get("/x").json()["port"] == cluster[0].port
    assert client.get("/x", strategy=hasty()).json()["port"] == cluster[1].port
    assert client.get("/x", strategy=Single()).json()["port"] == cluster[0].port


def test_the_measured_delay_comes_by_itself(cluster, build):
    # Long enough for the machine's own hiccups not to be late: they would spend what is saved up.
    cluster[0].set(delay=0.05)
    client = build(in_order(*cluster.hosts), add_strategy=Hedged())
    for _ in range(51):
        client.get("/x")
    cluster[0].set(delay=SLOW)
    with taking(0):
        assert client.get("/x").json()["port"] == cluster[1].port


def test_many_callers_do_not_notice_the_slow_host(cluster, build):
    cluster[0].set(delay=0.5)
    client = build(
        RoundRobinLB(ListProvider(*cluster.hosts)), add_strategy=Hedged(delay=0.02, max_extra=1)
    )
    started = time.monotonic()
    results = together(8, lambda _: [client.get("/x").json()["port"] for _ in range(10)])
    assert time.monotonic() - started < SLOW
    ports = [port for result in results for port in result]
    assert len(ports) == 80
    assert ports.count(cluster[0].port) < 20
    until(lambda: all(host.in_flight == 0 for host in client.hosts()))
    assert circuits(client) == ["closed"] * 3
