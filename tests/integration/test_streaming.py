"""A host is occupied until its answer has been read, or is not wanted any more."""

import gc

import pytest
import requests

from ahoyhoy import Ahoyhoy500Exception, RoundRobinLB
from ahoyhoy.lb.providers.iprovider import IProvider
from ahoyhoy.testing.cluster import Cluster
from integration.calls import counts, in_order, together, until

BODY = b"line\n" * 5000


@pytest.fixture
def client(cluster, build):
    cluster[0].set(body=BODY)
    return build(in_order(*cluster.hosts))


def in_flight(client):
    return [host.in_flight for host in client.hosts()]


def test_a_call_occupies_its_host_while_it_waits(client, cluster):
    cluster[0].set(delay=0.5)
    seen = []

    def call(number):
        if number < 3:
            return client.get("/x")
        until(lambda: cluster[0].count == 3)
        seen.append(in_flight(client))
        return None

    together(4, call)
    assert seen == [[3, 0, 0]]
    assert in_flight(client) == [0, 0, 0]


@pytest.mark.parametrize(
    "read",
    [
        lambda answer: answer.content,
        lambda answer: list(answer.iter_content(100)),
        lambda answer: list(answer.iter_lines()),
        lambda answer: answer.raw.read(),
        lambda answer: list(answer.raw.stream(100)),
        lambda answer: answer.close(),
        lambda answer: answer.__exit__(),
    ],
    ids=["content", "iter_content", "iter_lines", "raw.read", "raw.stream", "close", "with"],
)
def test_a_streamed_answer_occupies_its_host_until_it_is_read_or_closed(client, read):
    answer = client.get("/x", stream=True)
    assert in_flight(client) == [1, 0, 0]
    next(answer.iter_content(10))
    assert in_flight(client) == [1, 0, 0]
    read(answer)
    assert in_flight(client) == [0, 0, 0]
    answer.close()
    assert in_flight(client) == [0, 0, 0]
    assert client.hosts()[0].requests == 1


def test_a_streamed_answer_that_is_dropped_frees_its_host(client):
    answer = client.get("/x", stream=True)
    assert in_flight(client) == [1, 0, 0]
    del answer
    gc.collect()
    assert in_flight(client) == [0, 0, 0]


def test_a_streamed_answer_is_whole_and_its_connection_is_used_again(client, cluster):
    for _ in range(5):
        with client.get("/x", stream=True) as answer:
            assert b"".join(answer.iter_content(777)) == BODY
    assert (cluster[0].count, cluster[0].connections) == (5, 1)


def test_a_session_that_streams_by_default_streams(cluster, build, session):
    session.stream = True
    cluster[0].set(body=BODY)
    client = build(in_order(*cluster.hosts), add_session=session)
    answer = client.get("/x")
    assert in_flight(client) == [1, 0, 0]
    assert answer.content == BODY
    assert in_flight(client) == [0, 0, 0]


def test_a_streamed_answer_without_a_body_frees_its_host(client, cluster):
    cluster[0].set(status=204)
    for method in ("GET", "HEAD"):
        answer = client.request(method, "/x", stream=True)
        answer.close()
        assert in_flight(client) == [0, 0, 0]


def test_a_streamed_5xx_goes_on_to_another_host_and_frees_the_first(client, cluster):
    cluster[0].set(status=503, body=BODY)
    for _ in range(4):
        with client.get("/x", stream=True) as answer:
            assert answer.json()["port"] == cluster[1].port
        gc.collect()
    assert in_flight(client) == [0, 0, 0]


def test_the_last_streamed_5xx_can_be_read_from_its_error(client, cluster):
    for node in cluster:
        node.set(status=503, body=b"tired")
    with pytest.raises(Ahoyhoy500Exception) as raised:
        client.get("/x", stream=True)
    assert raised.value.response.text == "tired"
    del raised
    gc.collect()
    assert in_flight(client) == [0, 0, 0]


def test_a_stream_that_breaks_is_the_readers_error_and_frees_its_host(client, cluster):
    cluster[0].set(fault="half-body")
    answer = client.get("/x", stream=True)
    with pytest.raises(requests.RequestException):
        _ = answer.content
    answer.close()
    assert in_flight(client) == [0, 0, 0]
    assert counts(cluster) == [1, 0, 0]


def test_hosts_and_stats_tell_what_happened(client, cluster):
    for _ in range(3):
        client.get("/x")
    cluster[0].set(status=500)
    client.get("/x")
    first, second, third = client.hosts()
    assert [h.host for h in (first, second, third)] == list(cluster.hosts)
    assert (first.requests, first.failures, second.requests, third.requests) == (4, 1, 1, 0)
    assert 0 < first.latency < 5
    assert third.latency is None
    stats = client.stats()
    assert (stats.calls, stats.failures, stats.attempts) == (4, 0, 5)
    assert (stats.hosts, stats.available) == (3, 3)


def test_a_host_that_leaves_while_it_streams_is_let_finish(build):
    class Leaving(IProvider):
        hosts = ()

        def get_list(self):
            return self.hosts

    with Cluster(2) as cluster:
        provider = Leaving()
        provider.hosts = cluster.hosts[:1]
        cluster[0].set(body=BODY)
        lb = RoundRobinLB(provider)
        client = build(lb)
        answer = client.get("/x", stream=True)
        provider.hosts = cluster.hosts[1:]
        lb.update()
        assert [h.host for h in client.hosts()] == [cluster.hosts[1]]
        assert client.get("/x").json()["port"] == cluster[1].port
        assert answer.content == BODY
