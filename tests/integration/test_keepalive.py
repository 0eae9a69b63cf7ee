"""A connection that its server closed while it was idle is nobody's error."""

import ssl

import pytest
import requests

from ahoyhoy import Instance
from ahoyhoy.testing.cluster import Cluster
from integration.calls import in_order, pause, together
from integration.farewell import FarewellServer


@pytest.fixture(params=["http", "https"])
def scheme(request, ca_file, monkeypatch):
    """Everything holds over TLS too."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", ca_file)
    return request.param


@pytest.fixture
def server(scheme, certificate):
    """A server that closes idle connections when told so."""
    tls = {"certfile": certificate("127.0.0.1")} if scheme == "https" else {}
    with Cluster(1, **tls) as cluster:
        yield cluster[0]


@pytest.fixture
def farewell(scheme, certificate):
    """A server that closes idle connections at the worst moment."""
    context = None
    if scheme == "https":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate("127.0.0.1"))
    with FarewellServer(context).running() as server:
        yield server


@pytest.fixture(params=["own session", "user's session"])
def steps(request, session):
    """How the client is built."""
    return {} if request.param == "own session" else {"add_session": session}


@pytest.mark.parametrize("size", [1, 6])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_connections_closed_while_idle_are_nobodys_error(
    server, scheme, build, steps, method, size
):
    client = build(in_order(Instance(server.host, scheme=scheme)), **steps)
    server.set(delay=0.3)
    together(size, lambda _: client.get("/x"))  # so many connections are in the pool now
    assert server.connections == size
    server.set(idle_close=0.05)
    pause(0.5)
    server.set()  # and closes no more: here no request crosses a farewell
    server.reset_counts()
    for number in range(size + 1):
        assert client.request(method, f"/{number}", data=b"pay").status_code == 200
    assert [r.path for r in server.requests] == [f"/{n}" for n in range(size + 1)]
    assert (client.stats().failures, client.hosts()[0].failures) == (0, 0)


def test_a_get_that_crosses_the_farewell_is_sent_again(farewell, scheme, build, steps):
    client = build(in_order(Instance(farewell.host, scheme=scheme)), **steps)
    for number in range(6):
        assert client.get(f"/{number}").text == "ok"
    assert farewell.read == [f"GET /{n} HTTP/1.1" for n in range(6)]
    assert farewell.unread > 0
    assert client.stats().failures == 0


def test_gets_outlive_any_number_of_stale_connections(farewell, scheme, build):
    client = build(in_order(Instance(farewell.host, scheme=scheme)))
    for _ in range(3):
        assert {r.text for r in together(6, lambda _: client.get("/x"))} == {"ok"}
    assert len(farewell.read) == 18
    assert farewell.unread > 1
    assert client.hosts()[0].failures == 0


def test_a_post_does_not_cross_the_farewell_of_a_connection_idle_for_long(
    farewell, scheme, build, steps
):
    client = build(in_order(Instance(farewell.host, scheme=scheme)), **steps)
    for number in range(3):
        assert client.post(f"/{number}", b"pay").text == "ok"
        pause(0.8)
    assert farewell.read == [f"POST /{n} HTTP/1.1" for n in range(3)]
    assert client.stats().failures == 0


def test_a_post_that_crosses_the_farewell_is_never_sent_twice(farewell, scheme, build, steps):
    """What was written may have been read: on a connection used a moment ago that is an error."""
    client = build(in_order(Instance(farewell.host, scheme=scheme)), **steps)
    client.get("/x")
    try:
        client.post("/pay", b"pay")
    except requests.ConnectionError:
        assert farewell.read == ["GET /x HTTP/1.1"]
    else:
        assert farewell.read == ["GET /x HTTP/1.1", "POST /pay HTTP/1.1"]
        assert farewell.unread == 0


def test_a_keyed_post_that_crosses_the_farewell_is_sent_again(farewell, scheme, build):
    client = build(in_order(Instance(farewell.host, scheme=scheme)))
    client.get("/x")
    assert client.post("/pay", b"pay", headers={"Idempotency-Key": "7"}).text == "ok"
    assert farewell.read == ["GET /x HTTP/1.1", "POST /pay HTTP/1.1"]


def test_connections_are_reused(cluster, build, steps):
    client = build(in_order(*cluster.hosts), **steps)
    for _ in range(10):
        client.get("/x")
        client.post("/x", b"pay")
    assert cluster[0].connections == 1


def test_a_server_that_closes_about_when_requests_come_costs_no_get(cluster, build):
    cluster[0].set(idle_close=0.02)
    client = build(in_order(cluster.hosts[0]))
    for number in range(60):
        client.get("/x")
        pause(0.018 + 0.0001 * (number % 40))
    assert client.hosts()[0].failures == 0
