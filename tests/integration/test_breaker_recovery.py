"""Circuits that open, refuse, try again and close, seen from a client."""

import time

import pybreaker
import pytest
import requests

from ahoyhoy import (
    Ahoyhoy500Exception,
    CircuitOpenError,
    ClientNoEndpointsException,
    ListProvider,
    RoundRobinLB,
    attempts_of,
)
from ahoyhoy.testing.cluster import Cluster
from integration.calls import circuits, counts, in_order, pause, together, until

SHORT = {"break_duration": 0.3, "max_break_duration": 0.3}
LONG = {"break_duration": 50}


def exhaust(client, calls=6):
    """Calls until every circuit is open."""
    for _ in range(calls):
        with pytest.raises(requests.RequestException):
            client.get("/x", timeout=0.2)
    assert set(circuits(client)) == {"open"}


def trial_due(client):
    return any(host.retry_in == 0.0 for host in client.hosts())


def test_with_every_circuit_open_a_call_fails_at_once_and_sends_nothing(cluster, build):
    for node in cluster:
        node.set(status=503)
    client = build(RoundRobinLB(ListProvider(*cluster.hosts)), add_breaker=LONG)
    exhaust(client)
    before = counts(cluster)
    for node in cluster:
        node.set(delay=5)
    for call in (client.get, client.post):
        start = time.monotonic()
        with pytest.raises(ClientNoEndpointsException, match="circuit open") as raised:
            call("/x")
        assert time.monotonic() - start < 1
        assert isinstance(raised.value, requests.ConnectionError)
        assert isinstance(raised.value.__cause__, Exception)
    assert counts(cluster) == before


def test_the_trial_that_is_due_is_made_and_closes_the_circuit(cluster, build):
    for node in cluster:
        node.set(status=503)
    client = build(in_order(*cluster.hosts), add_breaker=SHORT)
    exhaust(client)
    for node in cluster:
        node.set()
        node.reset_counts()
    until(lambda: trial_due(client))
    assert client.get("/x").status_code == 200
    assert sum(counts(cluster)) == 1
    assert "closed" in circuits(client)


def test_a_failed_trial_opens_the_circuit_again(build):
    with Cluster(1) as cluster:
        cluster[0].set(status=503)
        client = build(in_order(*cluster.hosts), add_breaker=SHORT)
        exhaust(client)
        until(lambda: trial_due(client))
        before = cluster[0].count
        with pytest.raises(Ahoyhoy500Exception):
            client.get("/x")
        assert cluster[0].count == before + 1
        assert circuits(client) == ["open"]


def test_of_ten_threads_exactly_one_makes_the_trial(build):
    with Cluster(1) as cluster:
        cluster[0].set(status=503)
        client = build(in_order(*cluster.hosts), add_breaker=SHORT)
        exhaust(client)
        cluster[0].set(delay=0.5)
        cluster[0].reset_counts()
        until(lambda: trial_due(client))
        results = together(10, lambda _: client.get("/x"))
        assert cluster[0].count == 1
        assert sum(isinstance(r, ClientNoEndpointsException) for r in results) == 9
        assert circuits(client) == ["closed"]


def test_a_trial_is_left_to_calls_that_can_fail_over(cluster, build):
    cluster[0].set(status=503)
    client = build(in_order(*cluster.hosts), add_breaker=SHORT)
    while circuits(client)[0] != "open":
        client.get("/x")
    until(lambda: trial_due(client))
    before = cluster[0].count
    assert client.post("/x", b"pay").json()["port"] == cluster[1].port
    assert cluster[0].count == before
    answer = client.get("/x")
    assert (len(attempts_of(answer)), cluster[0].count) == (2, before + 1)


def test_a_post_makes_the_trial_where_no_other_host_is_left(build):
    with Cluster(1) as cluster:
        cluster[0].set(status=503)
        client = build(in_order(*cluster.hosts), add_breaker=SHORT)
        exhaust(client)
        cluster[0].set()
        until(lambda: trial_due(client))
        assert client.post("/x", b"pay").status_code == 200
        assert circuits(client) == ["closed"]


@pytest.mark.parametrize("mistake", [{"bogus": 1}, {"headers": {"a": "b\r\nc"}}])
def test_the_trials_permit_comes_back_from_a_callers_mistake(build, mistake):
    with Cluster(1) as cluster:
        cluster[0].set(status=503)
        client = build(in_order(*cluster.hosts), add_breaker=SHORT)
        exhaust(client)
        cluster[0].set()
        until(lambda: trial_due(client))
        with pytest.raises((TypeError, ValueError)):
            client.get("/x", **mistake)
        assert client.get("/x").status_code == 200


def test_the_trials_permit_comes_back_from_an_interrupt(build):
    class Interrupting(requests.adapters.HTTPAdapter):
        armed = False

        def send(self, *args, **kwargs):
            if self.armed:
                raise KeyboardInterrupt
            return super().send(*args, **kwargs)

    with Cluster(1) as cluster, requests.Session() as session:
        adapter = Interrupting()
        session.mount("http://", adapter)
        cluster[0].set(status=503)
        client = build(in_order(*cluster.hosts), add_breaker=SHORT, add_session=session)
        exhaust(client)
        cluster[0].set()
        until(lambda: trial_due(client))
        adapter.armed = True
        with pytest.raises(KeyboardInterrupt):
            client.get("/x")
        adapter.armed = False
        assert client.get("/x").status_code == 200
        assert client.hosts()[0].in_flight == 0


def test_a_refused_connection_counts_double(cluster, build):
    cluster[0].kill()
    client = build(in_order(*cluster.hosts))
    for expected in ("closed", "closed", "open"):
        client.get("/x")
        assert circuits(client)[0] == expected


def test_the_circuit_opens_at_a_low_share_of_successes(cluster, build):
    client = build(in_order(*cluster.hosts))
    for number in range(8):  # every second one fails: never five in a row
        cluster[0].set(status=503 if number % 2 else 200)
        client.get("/x")
    assert circuits(client) == ["open", "closed", "closed"]


def test_an_open_host_gets_its_traffic_back_after_its_break(cluster, build):
    cluster[0].kill()
    client = build(RoundRobinLB(ListProvider(*cluster.hosts), slow_start=0), add_breaker=SHORT)
    while "open" not in circuits(client):
        client.get("/x")
    cluster[0].restart()
    until(lambda: client.get("/x").status_code == 200 and cluster[0].count > 0)
    for node in cluster:
        node.reset_counts()
    for _ in range(9):
        client.get("/x")
    assert counts(cluster) == [3, 3, 3]
    assert client.stats().failures == 0


def test_pybreakers_listeners_hear_of_calls_and_states(build):
    class Listener(pybreaker.CircuitBreakerListener):
        def __init__(self):
            self.heard = []

        def success(self, cb):
            self.heard.append(("success", cb.name))

        def failure(self, cb, exc):
            self.heard.append(("failure", type(exc)))

        def state_change(self, cb, old_state, new_state):
            self.heard.append((old_state.name, new_state.name))

    listener = Listener()
    with Cluster(1) as cluster:
        options = {"failure_threshold": 2, "listeners": [listener]}
        client = build(in_order(*cluster.hosts), add_breaker=options)
        client.get("/x")
        cluster[0].set(status=500)
        for _ in range(2):
            with pytest.raises(Ahoyhoy500Exception):
                client.post("/x")
        host = f"127.0.0.1:{cluster[0].port}"
    failure = ("failure", Ahoyhoy500Exception)
    assert listener.heard == [("success", host), failure, failure, ("closed", "open")]


def test_an_endpoint_that_is_open_refuses_and_may_be_closed_by_hand(cluster, build):
    client = build(in_order(*cluster.hosts[:1]))
    endpoint = client.resolve()
    endpoint.open()
    with pytest.raises(RuntimeError) as raised:
        endpoint.get("/x")
    assert isinstance(raised.value, pybreaker.CircuitBreakerError)
    assert isinstance(raised.value, CircuitOpenError)
    with pytest.raises(ClientNoEndpointsException):
        client.get("/x")
    assert cluster[0].count == 0
    endpoint.close()
    assert client.get("/x").status_code == 200


@pytest.mark.slow
def test_a_host_that_comes_back_after_15_seconds_gets_traffic_within_6(cluster, build):
    client = build(RoundRobinLB(ListProvider(*cluster.hosts)))
    for _ in range(6):
        client.get("/x")
    cluster[0].kill()
    down = time.monotonic()
    while time.monotonic() < down + 15:
        assert client.get("/x").status_code == 200
        pause(0.02)
    cluster[0].reset_counts()
    cluster[0].restart()
    back = time.monotonic()
    while cluster[0].count < 5:
        assert time.monotonic() < back + 6, "no traffic within 6 s"
        assert client.get("/x").status_code == 200
        pause(0.02)
    assert client.stats().failures == 0


@pytest.mark.slow
def test_a_host_stopped_for_a_while_costs_few_timeouts(cluster, build):
    cluster[0].stop()
    client = build(RoundRobinLB(ListProvider(*cluster.hosts)), add_timeout=0.3)
    until_then = time.monotonic() + 10
    slow = 0
    while time.monotonic() < until_then:
        answer = client.get("/x")
        slow += len(attempts_of(answer)) > 1
        pause(0.01)
    assert 5 <= slow <= 10  # five to open it, then a trial after 1, 2, 4 … s
    cluster[0].resume()
