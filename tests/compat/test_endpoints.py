"""Endpoints, discovery clients and session proxies as 4.x had them."""

import pytest
import requests

from ahoyhoy import Host
from ahoyhoy.circuit import Circuit, ClosedState, OpenState
from ahoyhoy.classifiers.exceptions import Ahoyhoy500Exception
from ahoyhoy.endpoints import Endpoint, SimpleHttpEndpoint
from ahoyhoy.http import SessionProxy
from ahoyhoy.servicediscovery import ServiceDiscoveryAdapter, ServiceDiscoveryHttpClient

HOST = Host("users.example", "8080")


def test_calling_through_an_open_one_is_an_error():
    endpoint = Endpoint(HOST)
    endpoint.open()
    for verb in ("get", "options", "head", "post", "put", "patch", "delete"):
        with pytest.raises(RuntimeError):
            getattr(endpoint, verb)("/x")


def test_state_is_the_class():
    endpoint = Endpoint(HOST)
    assert isinstance(endpoint, Circuit)
    assert endpoint.state is ClosedState
    endpoint.open()
    assert endpoint.state is OpenState
    assert not endpoint.available
    endpoint.close()
    assert endpoint.available


def test_equality_and_hash_are_the_hosts():
    assert Endpoint(HOST) == Endpoint(Host(*HOST))
    assert Endpoint(HOST) != Endpoint(Host("users.example", "8081"))
    assert hash(Endpoint(HOST)) == hash(Endpoint(HOST))
    assert len({Endpoint(HOST), Endpoint(HOST)}) == 1
    assert Endpoint(HOST) != HOST


def test_a_host_and_a_session_are_kept():
    session = requests.Session()
    endpoint = Endpoint(host=HOST, session=session)
    assert isinstance(endpoint._session, ServiceDiscoveryHttpClient)
    assert endpoint._session._session is session
    assert (endpoint._host, endpoint.host) == (HOST, HOST)


def test_a_host_without_a_session_gets_one():
    endpoint = Endpoint(host=HOST)
    assert endpoint._host == endpoint._session._host == HOST
    assert isinstance(endpoint._session._session, requests.Session)


def test_a_simple_endpoint_has_a_session_and_no_host():
    endpoint = SimpleHttpEndpoint()
    assert isinstance(endpoint, Endpoint)
    assert isinstance(endpoint._session, requests.Session)
    assert endpoint.host is None


def test_a_simple_endpoint_keeps_whatever_it_was_given():
    client = ServiceDiscoveryHttpClient(HOST)
    endpoint = SimpleHttpEndpoint(session=client, retry="foo")
    assert endpoint._session == client
    assert endpoint._session is client
    assert endpoint._retry == "foo"


def test_other_attributes_are_the_sessions():
    session = requests.Session()
    endpoint = Endpoint(HOST, session=session)
    assert endpoint.headers is session.headers
    endpoint.headers["X-A"] = "b"
    endpoint.mount("http://", adapter := requests.adapters.HTTPAdapter())
    assert session.get_adapter("http://a") is adapter
    with pytest.raises(AttributeError):
        _ = endpoint.no_such_attribute


def test_every_verb_reaches_the_server(cluster):
    endpoint = Endpoint(cluster.hosts[0])
    for verb in ("get", "options", "head", "post", "put", "patch", "delete"):
        assert getattr(endpoint, verb)(f"/{verb}").status_code == 200
    assert [(r.method, r.path) for r in cluster[0].requests] == [
        (verb.upper(), f"/{verb}")
        for verb in ("get", "options", "head", "post", "put", "patch", "delete")
    ]
    endpoint.close_connections()


def test_set_headers_and_set_retry_hold_from_then_on(cluster):
    calls = []

    def retry(f, fargs=None, fkwargs=None):
        calls.append(fargs)
        return f(*fargs, **fkwargs)

    endpoint = Endpoint(cluster.hosts[0])
    endpoint.set_headers({"X-A": "b"})
    endpoint.set_retry(retry)
    endpoint.get("/x")
    assert calls == [("/x",)]
    assert cluster[0].requests[0].headers["X-A"] == "b"
    endpoint.close_connections()


def test_a_5xx_answer_is_raised(cluster):
    cluster[0].set(status=500)
    endpoint = Endpoint(cluster.hosts[0])
    with pytest.raises(Ahoyhoy500Exception):
        endpoint.get("/x")
    endpoint.close_connections()


def test_a_dead_host_raises_or_asks_the_callback(cluster):
    cluster[0].kill()
    with pytest.raises(requests.ConnectionError):
        Endpoint(cluster.hosts[0]).get("/x")
    caught = Endpoint(cluster.hosts[0], exception_callback=lambda error: "I caught it!")
    assert caught.get("/x") == "I caught it!"


def test_classify_makes_the_call_itself(cluster):
    def classify(func, *args, **kwargs):
        response = func(*args, **kwargs)
        if response.status_code == 404:
            raise LookupError("not here")
        return response.json()["path"]

    endpoint = Endpoint(cluster.hosts[0], classify=classify)
    assert endpoint.get("/x") == "/x"
    cluster[0].set(status=404)
    with pytest.raises(LookupError):
        endpoint.get("/x")
    endpoint.close_connections()


# -- discovery -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "url"),
    [
        (Host("users.example", "443"), "https://users.example:443"),
        (Host("users.example", 443), "https://users.example:443"),
        (Host("users.example", int("443")), "https://users.example:443"),
        (Host("users.example", "80"), "http://users.example:80"),
        (Host("users.example", 8443), "http://users.example:8443"),
        (Host("users.example", ""), "http://users.example"),
        (Host("users.example", None), "http://users.example"),
    ],
)
def test_the_url_of_a_host(host, url):
    client = ServiceDiscoveryHttpClient(host)
    assert client.url == url
    assert (client.host, client.address, client.port) == (host, *host)
    assert client.protocol == url.partition(":")[0]


def test_discovery_clients_are_equal_by_host():
    assert ServiceDiscoveryHttpClient(HOST) == ServiceDiscoveryHttpClient(HOST)
    assert ServiceDiscoveryHttpClient(HOST) != ServiceDiscoveryHttpClient(Host("b", 1))


def test_a_discovery_client_takes_paths(cluster):
    client = ServiceDiscoveryHttpClient(cluster.hosts[0])
    assert client.get("/x").json()["path"] == "/x"
    assert isinstance(client, SessionProxy)
    client.close()


def test_the_adapter_mixes_into_a_proxy_of_ones_own(cluster):
    class Loud(ServiceDiscoveryAdapter, SessionProxy):
        def post_callback(self, result):
            return result.text.upper()

    client = Loud(cluster.hosts[0])
    assert '"METHOD": "GET"' in client.get("/x")
    client.close()


def test_a_proxy_makes_a_session_for_itself(cluster):
    proxy = SessionProxy()
    assert isinstance(proxy._session, requests.Session)
    assert proxy.get(f"http://127.0.0.1:{cluster[0].port}/x").status_code == 200
    assert "User-Agent" in proxy.headers
    assert "mount" in dir(proxy)
    proxy.close()
