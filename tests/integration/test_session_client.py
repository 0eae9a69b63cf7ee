"""The session that a builder was given is the one that is used, and it stays its owner's."""

import copy

import pytest
import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from ahoyhoy import (
    Ahoyhoy500Exception,
    CircuitOpenError,
    Client,
    Endpoint,
    ListProvider,
    RetryPolicy,
    RoundRobinLB,
    SessionClientBuilder,
    SimpleClient,
)
from ahoyhoy.http import SessionProxy
from integration.calls import counts, in_order, together


class Token(AuthBase):
    def __call__(self, request):
        request.headers["Authorization"] = "Bearer t"
        return request


class Counting(HTTPAdapter):
    def __init__(self):
        super().__init__()
        self.sent = 0
        self.closed = 0

    def send(self, *args, **kwargs):
        self.sent += 1
        return super().send(*args, **kwargs)

    def close(self):
        self.closed += 1
        super().close()


@pytest.fixture
def adapter(session):
    adapter = Counting()
    session.mount("http://", adapter)
    return adapter


def url_of(node, path="/x"):
    return f"http://127.0.0.1:{node.port}{path}"


# -- a client over a balancer ----------------------------------------------------------------


def test_adapters_auth_cookies_headers_params_and_hooks_count(cluster, build, session, adapter):
    heard = []
    session.auth = Token()
    session.cookies["c"] = "d"
    session.headers["X-A"] = "b"
    session.params = {"p": "q"}
    session.hooks["response"].append(lambda response, **_: heard.append(response.status_code))
    build(in_order(*cluster.hosts), add_session=session).get("/x")
    (received,) = cluster[0].requests
    wanted = {"Authorization": "Bearer t", "Cookie": "c=d", "X-A": "b"}
    assert {name: received.headers[name] for name in wanted} == wanted
    assert (received.path, heard, adapter.sent) == ("/x?p=q", [200], 1)


def test_one_session_serves_all_hosts(cluster, build, session, adapter):
    client = build(RoundRobinLB(ListProvider(*cluster.hosts)), add_session=session)
    for _ in range(6):
        client.get("/x")
    assert (counts(cluster), adapter.sent) == ([2, 2, 2], 6)
    assert [node.connections for node in cluster] == [1, 1, 1]


def test_it_is_never_mutated_and_never_closed(cluster, build, session, adapter):
    before = {name: copy.copy(getattr(session, name)) for name in session.__attrs__}
    attributes = set(vars(session))
    cluster[0].set(status=503)
    client = build(
        in_order(*cluster.hosts),
        add_session=session,
        add_headers={"X-Client": "1"},
        add_timeout=9,
        add_callbacks={"pre": lambda path: path},
        add_retries=RetryPolicy(attempts=2),
    )
    client.get("/x")
    client.resolve().set_headers({"X-More": "1"})
    with client:
        client.get("/x")
    assert {name: getattr(session, name) for name in session.__attrs__} == before
    assert set(vars(session)) == attributes
    assert adapter.closed == 0
    assert session.get(url_of(cluster[1])).request.headers.get("X-Client") is None


def test_a_closed_client_closes_its_own_connections_and_stays_usable(cluster, build):
    with build(in_order(*cluster.hosts)) as client:
        client.get("/x")
    client.get("/x")
    assert (cluster[0].count, cluster[0].connections) == (2, 2)


def test_its_owners_close_closes_its_connections(cluster, build):
    with requests.Session() as session:
        client = build(RoundRobinLB(ListProvider(*cluster.hosts)), add_session=session)
        for _ in range(3):
            client.get("/x")
        pools = session.get_adapter("http://x").poolmanager.pools
        queues = [pools[key].pool.queue for key in list(pools.keys())]
        sockets = [connection.sock for queue in queues for connection in queue if connection]
        assert len(sockets) == 3
        assert None not in sockets
    assert [sock.fileno() for sock in sockets] == [-1, -1, -1]
    assert len(pools) == 0


def test_the_first_calls_of_many_threads_share_its_connections(cluster, build, session):
    cluster[0].set(delay=0.05)
    client = build(in_order(*cluster.hosts), add_session=session)
    for _ in range(4):
        together(6, lambda _: client.get("/x"))
    assert cluster[0].connections <= 6


def test_cookies_that_servers_set_go_into_it_as_ever(cluster, build, session):
    cluster[0].set(headers={"Set-Cookie": "id=7; Path=/"})
    client = build(in_order(*cluster.hosts), add_session=session)
    client.get("/x")
    client.get("/x")
    assert session.cookies["id"] == "7"
    assert cluster[0].requests[1].headers["Cookie"] == "id=7"


def test_the_calls_headers_win_over_the_builders_and_those_over_the_sessions(
    cluster, build, session
):
    session.headers.update({"X-A": "session", "X-B": "session", "X-C": "session"})
    headers = {"x-b": "builder", "X-C": "builder"}
    client = build(in_order(*cluster.hosts), add_session=session, add_headers=headers)
    client.get("/x", headers={"x-c": "call"})
    client.get("/x", headers={"X-B": None})
    first, second = cluster[0].requests
    assert [first.headers[f"X-{n}"] for n in "ABC"] == ["session", "builder", "call"]
    assert "X-B" not in second.headers


def test_the_builders_headers_are_sent_without_a_session_too(cluster, build):
    client = build(in_order(*cluster.hosts), add_headers={"X-A": "builder"})
    client.get("/x")
    client.get("/x", headers={"X-B": "call"})
    assert [r.headers["X-A"] for r in cluster[0].requests] == ["builder"] * 2
    assert headers_of_call_unchanged(client)


def headers_of_call_unchanged(client):
    headers = {"X-B": "call"}
    client.get("/x", headers=headers)
    return headers == {"X-B": "call"}


def test_clients_of_one_balancer_do_not_leak_into_each_other(cluster, build, session):
    lb = in_order(*cluster.hosts)
    session.headers["X-Session"] = "first"
    first = build(lb, add_session=session, add_headers={"X-Builder": "first"})
    second = build(lb)
    for client in (first, second, first):
        client.get("/x")
    seen = [(r.headers.get("X-Session"), r.headers.get("X-Builder")) for r in cluster[0].requests]
    assert seen == [("first", "first"), (None, None), ("first", "first")]
    for client in (first, second):
        assert client.hosts()[0].requests == 3


def test_a_stand_in_with_only_get_serves_a_client(cluster):
    class OnlyGet:
        def get(self, url, **kwargs):
            return url, kwargs

    lb = in_order(*cluster.hosts)
    client = Client(lb, session=OnlyGet(), headers={"X-A": "b"})
    assert client.get("/x", params={"a": 1}) == (
        url_of(cluster[0]),
        {"params": {"a": 1}, "headers": {"X-A": "b"}},
    )
    with pytest.raises(AttributeError):
        client.post("/x")
    assert lb.endpoints()[0].is_closed()


def test_a_proxy_may_be_the_session(cluster, build, session):
    session.headers["X-A"] = "b"
    proxy = SessionProxy(session, pre_callback=lambda url: url + "/proxied")
    build(in_order(*cluster.hosts), add_session=proxy).get("/x")
    (received,) = cluster[0].requests
    assert (received.path, received.headers["X-A"]) == ("/x/proxied", "b")


# -- a session client ------------------------------------------------------------------------


def test_a_session_client_is_an_endpoint_and_otherwise_the_session(cluster, session, adapter):
    client = SessionClientBuilder().add_session(session).build()
    assert isinstance(client, Endpoint)
    assert client._session is session
    assert client.host is None
    assert client.get(url_of(cluster[0])).status_code == 200
    assert adapter.sent == 1
    assert client.headers is session.headers
    assert client.cookies is session.cookies
    client.verify = False
    assert session.verify is False
    client.mount("http://example/", adapter)
    assert session.get_adapter("http://example/x") is adapter
    assert client.prepare_request(requests.Request("GET", url_of(cluster[0]))).method == "GET"


def test_a_session_clients_headers_are_sent_and_not_put_into_the_session(cluster, session):
    client = SessionClientBuilder().add_session(session).add_headers({"X-A": "b"}).build()
    client.get(url_of(cluster[0]))
    assert cluster[0].requests[0].headers["X-A"] == "b"
    assert "X-A" not in session.headers


def test_a_session_clients_verbs_go_through_its_circuit(cluster, session):
    client = SessionClientBuilder().add_session(session).build()
    cluster[0].set(status=500)
    for _ in range(5):
        with pytest.raises(Ahoyhoy500Exception):
            client.post(url_of(cluster[0]))
    with pytest.raises(CircuitOpenError):
        client.request("GET", url_of(cluster[1]))
    assert counts(cluster) == [5, 0, 0]
    client.close()
    assert client.get(url_of(cluster[1])).status_code == 200


def test_a_session_clients_breaker_can_be_set(cluster, session):
    builder = SessionClientBuilder().add_session(session).add_breaker(failure_threshold=1)
    client = builder.build()
    cluster[0].set(status=500)
    with pytest.raises(Ahoyhoy500Exception):
        client.get(url_of(cluster[0]))
    assert client.is_open()
    assert builder.build().is_closed()


def test_a_simple_client_makes_a_session_for_itself(cluster):
    client = SimpleClient()
    assert isinstance(client._session, requests.Session)
    assert client.get(url_of(cluster[0])).status_code == 200
    client.close_connections()
