"""Which call goes on to another host, and which never does."""

import pytest
import requests

from ahoyhoy import (
    Ahoyhoy500Exception,
    ClientNoEndpointsException,
    ListProvider,
    RoundRobinLB,
    attempts_of,
)
from ahoyhoy.testing.cluster import Cluster
from integration.calls import circuits, counts, in_order, paths

IDEMPOTENT = ("GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE")
ONCE_ONLY = ("POST", "PATCH")

# What a server does after it read the request.
FAULTS = {
    "reset": {"fault": "reset"},
    "close": {"fault": "close"},
    "half-body": {"fault": "half-body"},
    "stall": {"fault": "stall"},
    "500": {"status": 500},
    "503": {"status": 503},
    "599": {"status": 599},
}
fails = pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())


@fails
def test_a_get_that_failed_succeeds_on_another_host(cluster, build, fault):
    cluster[0].set(**fault)
    client = build(in_order(*cluster.hosts))
    answer = client.get("/x", timeout=0.5)
    assert answer.json()["port"] == cluster[1].port
    assert counts(cluster) == [1, 1, 0]
    assert [attempt.host for attempt in attempts_of(answer)] == list(cluster.hosts[:2])


@pytest.mark.parametrize("method", IDEMPOTENT)
def test_idempotent_methods_are_repeated(cluster, build, method):
    cluster[0].set(status=503)
    client = build(in_order(*cluster.hosts))
    assert client.request(method, "/x").status_code == 200
    assert [paths(node) for node in cluster] == [[(method, "/x")], [(method, "/x")], []]


@pytest.mark.parametrize("verb", ["get", "head", "options", "put", "delete"])
def test_the_verbs_repeat_as_request_does(cluster, build, verb):
    cluster[0].set(fault="close")
    client = build(in_order(*cluster.hosts))
    assert getattr(client, verb)("/x").status_code == 200
    assert counts(cluster) == [1, 1, 0]


@pytest.mark.parametrize("fault", [f for name, f in FAULTS.items() if not name.isdigit()])
@pytest.mark.parametrize("method", ONCE_ONLY)
def test_what_may_have_happened_is_received_exactly_once(cluster, build, method, fault):
    cluster[0].set(**fault)
    client = build(in_order(*cluster.hosts))
    with pytest.raises(requests.RequestException) as raised:
        client.request(method, "/x", data=b"pay", timeout=0.5)
    assert counts(cluster) == [1, 0, 0]
    assert len(raised.value.attempts) == 1


@pytest.mark.parametrize("method", ONCE_ONLY)
def test_a_post_answered_503_is_not_repeated(cluster, build, method):
    cluster[0].set(status=503)
    client = build(in_order(*cluster.hosts))
    with pytest.raises(Ahoyhoy500Exception) as raised:
        client.request(method, "/x", data=b"pay")
    assert raised.value.response.status_code == 503
    assert counts(cluster) == [1, 0, 0]


@fails
def test_a_post_with_an_idempotency_key_is_repeated_whole(cluster, build, fault):
    cluster[0].set(**fault)
    client = build(in_order(*cluster.hosts))
    answer = client.post("/x", b"pay", headers={"idempotency-key": "7"}, timeout=0.5)
    assert answer.json()["port"] == cluster[1].port
    received = [cluster[0].requests[0], cluster[1].requests[0]]
    assert [(r.body, r.headers["Idempotency-Key"]) for r in received] == [(b"pay", "7")] * 2


@pytest.mark.parametrize("method", [*IDEMPOTENT, *ONCE_ONLY])
def test_a_refused_connection_sends_any_method_to_another_host(cluster, build, method):
    cluster[0].kill()
    client = build(in_order(*cluster.hosts))
    assert client.request(method, "/x", data=b"pay").status_code == 200
    assert counts(cluster) == [0, 1, 0]


def test_an_open_circuit_sends_a_post_to_another_host(cluster, build):
    lb = in_order(*cluster.hosts)
    lb.endpoints()[0].open()
    client = build(lb)
    assert client.post("/x", b"pay").json()["port"] == cluster[1].port
    assert counts(cluster) == [0, 1, 0]


def test_a_killed_host_costs_no_failed_get(cluster, build):
    client = build(RoundRobinLB(ListProvider(*cluster.hosts)))
    for number in range(60):
        if number == 20:
            cluster[1].kill()
        assert client.get("/x").status_code == 200
    assert client.stats().failures == 0
    assert cluster[1].count <= 7


def test_refused_attempts_do_not_use_up_the_attempts(build):
    with Cluster(9) as cluster:
        for node in list(cluster)[:-1]:
            node.kill()
        client = build(in_order(*cluster.hosts))
        answer = client.post("/x", b"pay")
        assert len(attempts_of(answer)) == 9
        assert counts(cluster) == [0] * 8 + [1]


def test_each_attempt_goes_to_another_host_and_there_are_three(build):
    with Cluster(5) as cluster:
        for node in cluster:
            node.set(status=503)
        client = build(RoundRobinLB(ListProvider(*cluster.hosts)))
        with pytest.raises(Ahoyhoy500Exception) as raised:
            client.get("/x")
        assert sorted(counts(cluster)) == [0, 0, 1, 1, 1]
        assert len({attempt.host for attempt in raised.value.attempts}) == 3
        assert raised.value.attempts[-1].started < 1


@pytest.mark.parametrize("size", [1, 2])
def test_with_fewer_hosts_than_attempts_they_take_turns(build, size):
    with Cluster(size) as cluster:
        for node in cluster:
            node.set(status=503)
        client = build(RoundRobinLB(ListProvider(*cluster.hosts)))
        with pytest.raises(Ahoyhoy500Exception):
            client.get("/x")
        assert sum(counts(cluster)) <= 3
        assert min(counts(cluster)) >= 1


def test_hosts_that_refuse_are_not_asked_twice_in_one_call(cluster, build):
    for node in cluster:
        node.kill()
    client = build(RoundRobinLB(ListProvider(*cluster.hosts)))
    with pytest.raises(ClientNoEndpointsException) as raised:
        client.get("/x")
    assert sorted(attempt.host for attempt in raised.value.attempts) == sorted(cluster.hosts)
    assert isinstance(raised.value.__cause__, requests.ConnectionError)
    assert not isinstance(raised.value.__cause__, ClientNoEndpointsException)


def test_the_last_5xx_is_raised_with_its_response(cluster, build):
    for node in cluster:
        node.set(status=503, body=b"tired")
    with pytest.raises(requests.HTTPError) as raised:
        build(in_order(*cluster.hosts)).get("/x")
    assert raised.value.response.text == "tired"
    assert raised.value.request.path_url == "/x"


def test_the_last_5xx_is_returned_if_the_builder_was_told_so(cluster, build):
    for node in cluster:
        node.set(status=503, body=b"tired")
    client = build(in_order(*cluster.hosts), add_raise_for_status=False)
    answer = client.get("/x")
    assert (answer.status_code, answer.text) == (503, "tired")
    assert counts(cluster) == [1, 1, 1]
    assert len(attempts_of(answer)) == 3


def test_a_5xx_is_returned_even_if_the_other_hosts_refused(cluster, build):
    cluster[0].set(status=502)
    cluster[1].kill()
    cluster[2].kill()
    client = build(in_order(*cluster.hosts), add_raise_for_status=False)
    assert client.post("/x").status_code == 502
    assert client.get("/x").status_code == 502


@pytest.mark.parametrize("status", [400, 401, 404, 408, 499])
def test_a_4xx_is_an_answer_and_no_failure(cluster, build, status):
    cluster[0].set(status=status)
    client = build(in_order(*cluster.hosts))
    for _ in range(10):
        assert client.get("/x").status_code == status
    assert counts(cluster) == [10, 0, 0]
    assert circuits(client) == ["closed"] * 3


def test_a_wrong_argument_is_the_callers_error_and_moves_no_counter(cluster, build):
    client = build(in_order(*cluster.hosts))
    client.get("/x")
    for _ in range(20):
        with pytest.raises(TypeError, match="bogus"):
            client.get("/x", bogus=1)
    assert circuits(client) == ["closed"] * 3
    assert (client.hosts()[0].requests, client.hosts()[0].failures) == (1, 0)
    assert client.get("/x").status_code == 200
    assert counts(cluster) == [2, 0, 0]


def test_a_stopped_host_costs_one_timeout_at_most_in_a_call(cluster, build):
    cluster[0].stop()
    client = build(in_order(*cluster.hosts))
    for _ in range(6):
        answer = client.get("/x", timeout=0.2)
        assert answer.json()["port"] == cluster[1].port
        assert len(attempts_of(answer)) <= 2
    assert circuits(client)[0] == "open"
    cluster[0].resume()
