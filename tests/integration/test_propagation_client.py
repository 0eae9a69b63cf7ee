"""What a client tells its services, attempt by attempt."""

import threading
from itertools import pairwise

import pytest

from ahoyhoy import Client, ListProvider, Propagation, RoundRobinLB, deadline, priority
from integration.calls import pause

TIMEOUT = "X-Request-Timeout"
PRIORITY = "X-Request-Priority"


@pytest.fixture
def client(cluster):
    """Builds clients over the three servers, closed at the end."""
    clients = []

    def make(**settings):
        clients.append(Client(RoundRobinLB(ListProvider(*cluster.hosts)), **settings))
        return clients[-1]

    yield make
    for each in clients:
        each.close()


def received(cluster):
    """The headers of every request that came to any server."""
    return [request.headers for node in cluster for request in node.requests]


def test_nothing_is_told_until_it_is_asked_for(cluster, client):
    with deadline(20), priority("high"):
        client().get("/")
    (headers,) = received(cluster)
    assert [name for name in (TIMEOUT, PRIORITY, "X-Service-Name") if name in headers] == []


def test_each_attempt_tells_what_is_left_when_it_is_sent(cluster, client):
    for node in cluster:
        node.set(status=503, delay=0.05)
    with deadline(20):
        client(propagation=Propagation(), raise_for_status=False).get("/")
    lefts = sorted((float(headers[TIMEOUT]) for headers in received(cluster)), reverse=True)
    assert len(lefts) == 3
    assert lefts[0] < 20
    assert all(later <= earlier - 0.05 for earlier, later in pairwise(lefts))


def test_the_nearest_deadline_is_told(cluster, client):
    asking = client(propagation=Propagation(timeout="grpc-timeout"), deadline=30)
    asking.get("/")
    asking.get("/", deadline=10)
    with deadline(20):
        asking.get("/", deadline=40)
        asking.get("/")
    # In microseconds: below a hundred seconds they are the finest that eight digits hold.
    values = [headers["grpc-timeout"] for headers in received(cluster)]
    assert {value[-1] for value in values} == {"u"}
    seconds = sorted(int(value[:-1]) / 1e6 for value in values)
    limits = [(5, 10), (15, 20), (15, 20), (25, 30)]
    assert all(low < left < high for left, (low, high) in zip(seconds, limits, strict=True))


@pytest.mark.parametrize(
    ("own", "ambient", "told"),
    [("low", "high", "normal"), (None, "high", "high"), ("low", None, "low")],
)
def test_a_priority_is_mixed_with_that_of_the_code_around(cluster, client, own, ambient, told):
    asking = client(propagation=Propagation(service_name="billing"), priority=own)
    if ambient is None:
        asking.get("/")
    else:
        with priority(ambient):
            asking.get("/")
    (headers,) = received(cluster)
    assert (headers[PRIORITY], headers["X-Service-Name"]) == (told, "billing")
    assert TIMEOUT not in headers


def test_a_header_of_the_call_wins(cluster, client):
    client(propagation=Propagation(), deadline=20).get("/", headers={TIMEOUT.lower(): "7"})
    assert received(cluster)[0][TIMEOUT] == "7"


def test_threads_that_call_at_once_do_not_mix_their_deadlines(cluster, client):
    asking = client(propagation=Propagation(timeout="x-envoy-expected-rq-timeout-ms"))

    def call(seconds):
        with deadline(seconds):
            pause(0.02)
            asking.get(f"/{seconds}")

    threads = [threading.Thread(target=call, args=(seconds,)) for seconds in (100, 200, 300, 400)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    requests = [request for node in cluster for request in node.requests]
    assert len(requests) == 4
    for request in requests:
        left = int(request.headers["x-envoy-expected-rq-timeout-ms"]) / 1000
        assert 0 <= float(request.path[1:]) - left < 50
