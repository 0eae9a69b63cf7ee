"""Callbacks around each attempt: by argument, by subclass, from both builders."""

import pytest
import requests

from ahoyhoy import (
    Ahoyhoy500Exception,
    ClientNoEndpointsException,
    Endpoint,
    SessionClientBuilder,
)
from ahoyhoy.http import SessionProxy
from ahoyhoy.servicediscovery import ServiceDiscoveryHttpClient
from integration.calls import circuits, counts, in_order, paths


class Recorder:
    """Callbacks that note what they got."""

    def __init__(self):
        self.heard = []

    def pre(self, url):
        self.heard.append(("pre", url))
        return url + "?seen"

    def post(self, response):
        self.heard.append(("post", getattr(response, "status_code", response)))
        return response

    def exception(self, error):
        self.heard.append(("exception", type(error)))
        raise error

    def names(self):
        return [name for name, _ in self.heard]


@pytest.fixture
def recorder():
    return Recorder()


def url_of(node, path="/x"):
    return f"http://127.0.0.1:{node.port}{path}"


# -- on a client -----------------------------------------------------------------------------


def test_a_client_calls_them_around_each_attempt(cluster, build, recorder):
    cluster[0].kill()
    cluster[1].set(fault="reset")
    callbacks = {"pre": recorder.pre, "post": recorder.post, "exception": recorder.exception}
    client = build(in_order(*cluster.hosts), add_callbacks=callbacks)
    assert client.get("/x").status_code == 200
    assert recorder.names() == ["pre", "exception", "pre", "exception", "pre", "post"]
    assert {what for name, what in recorder.heard if name == "pre"} == {"/x"}
    assert paths(cluster[2]) == [("GET", "/x?seen")]


def test_pre_may_return_a_whole_url(cluster, build):
    callbacks = {"pre": lambda path: url_of(cluster[2], "/elsewhere" + path)}
    client = build(in_order(*cluster.hosts), add_callbacks=callbacks)
    assert client.get("/x").json()["path"] == "/elsewhere/x"
    assert counts(cluster) == [0, 0, 1]


def test_what_post_returns_is_the_calls_result(cluster, build):
    callbacks = {"post": lambda response: response.json()["port"]}
    client = build(in_order(*cluster.hosts), add_callbacks=callbacks)
    assert client.get("/x") == cluster[0].port
    callbacks = {"post": lambda response: None}
    assert build(in_order(*cluster.hosts), add_callbacks=callbacks).get("/x") is None


def test_what_the_exception_callback_returns_ends_failover(cluster, build):
    cluster[0].set(fault="close")
    client = build(in_order(*cluster.hosts), add_callbacks={"exception": lambda error: "cached"})
    assert client.get("/x") == "cached"
    assert counts(cluster) == [1, 0, 0]
    assert client.stats().failures == 0


def test_none_from_the_exception_callback_is_a_result_too(cluster, build):
    cluster[0].kill()
    client = build(in_order(*cluster.hosts), add_callbacks={"exception": lambda error: None})
    assert client.get("/x") is None
    assert counts(cluster) == [0, 0, 0]


def test_a_failure_that_the_callback_covered_counts_for_the_circuit(cluster, build):
    cluster[0].kill()
    client = build(in_order(*cluster.hosts), add_callbacks={"exception": lambda error: "cached"})
    for _ in range(3):
        assert client.get("/x") == "cached"
    assert circuits(client) == ["open", "closed", "closed"]
    assert (client.hosts()[0].requests, client.hosts()[0].failures) == (3, 3)
    assert client.get("/x").status_code == 200


def test_what_the_exception_callback_raises_is_the_calls_error(cluster, build):
    class OwnError(Exception):
        pass

    def translate(error):
        raise OwnError("ours") from error

    cluster[0].set(fault="reset")
    client = build(in_order(*cluster.hosts), add_callbacks={"exception": translate})
    with pytest.raises(OwnError, match="ours") as raised:
        client.get("/x")
    assert isinstance(raised.value.__cause__, requests.ConnectionError)
    assert counts(cluster) == [1, 0, 0]


def test_a_bug_in_a_callback_is_the_callers_and_not_the_hosts(cluster, build):
    for callbacks in ({"pre": lambda path: 1 / 0}, {"post": lambda response: 1 / 0}):
        client = build(in_order(*cluster.hosts), add_callbacks=callbacks)
        for _ in range(8):
            with pytest.raises(ZeroDivisionError):
                client.get("/x")
        assert circuits(client) == ["closed"] * 3
        assert [h.in_flight for h in client.hosts()] == [0, 0, 0]


def test_two_clients_of_one_balancer_keep_their_callbacks_apart(cluster, build):
    lb = in_order(*cluster.hosts)
    first = build(lb, add_callbacks={"pre": lambda path: "/first"})
    second = build(lb)
    first.get("/x")
    second.get("/x")
    assert paths(cluster[0]) == [("GET", "/first"), ("GET", "/x")]


# -- on a session client ---------------------------------------------------------------------


def test_a_session_client_calls_them(cluster, session, recorder):
    client = (
        SessionClientBuilder()
        .add_session(session)
        .add_callbacks(pre=recorder.pre, post=recorder.post, exception=lambda error: "stand-in")
        .build()
    )
    url = url_of(cluster[0])
    assert client.get(url).status_code == 200
    assert recorder.heard == [("pre", url), ("post", 200)]
    cluster[0].kill()
    assert client.get(url) == "stand-in"


# -- on an endpoint --------------------------------------------------------------------------


def test_an_endpoint_takes_them_as_arguments(cluster, session, recorder):
    endpoint = Endpoint(cluster.hosts[0], recorder.pre, recorder.post, lambda e: "stand-in")
    assert endpoint.get("/x").json()["path"] == "/x?seen"
    assert recorder.heard == [("pre", "/x"), ("post", 200)]
    cluster[0].kill()
    for _ in range(3):
        assert endpoint.get("/x") == "stand-in"
    assert endpoint.is_open()
    endpoint.close_connections()


def test_an_endpoint_has_them_overridden_in_a_subclass(cluster):
    class Own(Endpoint):
        def pre_callback(self, url):
            return "/own" + url

        def post_callback(self, response):
            return response.json()["path"]

        def exception_callback(self, error):
            return type(error).__name__

    endpoint = Own(cluster.hosts[0])
    assert endpoint.get("/x") == "/own/x"
    cluster[0].kill()
    assert endpoint.get("/x") == "ConnectionError"
    endpoint.close_connections()


# -- on a session proxy ----------------------------------------------------------------------


def test_a_proxy_takes_them_as_arguments(cluster, session, recorder):
    proxy = SessionProxy(session, recorder.pre, recorder.post, lambda error: "stand-in")
    assert proxy.post(url_of(cluster[0]), b"data").status_code == 200
    assert cluster[0].requests[0].body == b"data"
    cluster[0].kill()
    assert proxy.get(url_of(cluster[0])) == "stand-in"
    assert recorder.heard[-1] == ("post", "stand-in")


def test_a_proxy_has_them_overridden_in_a_subclass(cluster, session):
    class Own(SessionProxy):
        def pre_callback(self, urlpath):
            return url_of(cluster[0], urlpath)

        def post_callback(self, result):
            return result.json()["path"]

    assert Own(session).get("/x") == "/x"


def test_a_proxy_raises_by_default_and_reaches_the_session(cluster, session):
    proxy = SessionProxy(session)
    cluster[0].kill()
    with pytest.raises(requests.ConnectionError):
        proxy.get(url_of(cluster[0]))
    proxy.headers["X-A"] = "b"
    proxy.verify = False
    assert (session.headers["X-A"], session.verify) == ("b", False)


def test_a_discovery_clients_callbacks_take_the_client_first(cluster, session):
    client = ServiceDiscoveryHttpClient(
        cluster.hosts[0],
        session=session,
        pre_callback=lambda own, path: own.url + "/pre" + path,
        post_callback=lambda own, response: (own.port, response.json()["path"]),
        exception_callback=lambda own, error: (own.host, type(error)),
    )
    assert client.get("/x") == (cluster[0].port, "/pre/x")


def test_a_5xx_is_raised_although_a_post_callback_looked_at_it(cluster, build, recorder):
    for node in cluster:
        node.set(status=500)
    client = build(in_order(*cluster.hosts), add_callbacks={"post": recorder.post})
    with pytest.raises(Ahoyhoy500Exception):
        client.get("/x")
    assert recorder.heard == [("post", 500)] * 3


def test_an_exception_callback_is_not_asked_about_open_circuits(cluster, build, recorder):
    lb = in_order(*cluster.hosts)
    for endpoint in lb.endpoints():
        endpoint.open()
    client = build(lb, add_callbacks={"exception": recorder.exception})
    with pytest.raises(ClientNoEndpointsException):
        client.get("/x")
    assert recorder.heard == []
