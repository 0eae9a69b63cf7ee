"""How long an attempt waits, who decides, and whom a default must not reach."""

import time

import pytest
import requests
from requests.adapters import HTTPAdapter

from ahoyhoy import Client, Endpoint, SessionClientBuilder
from integration.calls import counts, in_order


class RecordingAdapter(HTTPAdapter):
    """Notes the timeout that reaches the transport."""

    def __init__(self):
        super().__init__()
        self.timeouts = []

    def send(self, request, stream=False, timeout=None, **kwargs):
        self.timeouts.append(timeout)
        return super().send(request, stream=stream, timeout=timeout, **kwargs)


@pytest.fixture
def adapter(session):
    adapter = RecordingAdapter()
    session.mount("http://", adapter)
    return adapter


def test_the_default_reaches_the_transport(cluster, build, session, adapter):
    client = build(in_order(*cluster.hosts), add_session=session)
    client.get("/x")
    client.post("/x", b"pay")
    client.request("PUT", "/x")
    assert adapter.timeouts == [(3.05, 30.0)] * 3


def test_the_default_reaches_the_transport_of_the_balancers_session(cluster, session, adapter):
    Client(in_order(*cluster.hosts, session=session)).get("/x")
    assert adapter.timeouts == [(3.05, 30.0)]


@pytest.mark.parametrize("timeout", [None, 7, (1, 2)])
def test_the_calls_own_timeout_wins(cluster, build, session, adapter, timeout):
    client = build(in_order(*cluster.hosts), add_session=session, add_timeout=5)
    client.get("/x", timeout=timeout)
    assert adapter.timeouts == [timeout]


@pytest.mark.parametrize("timeout", [None, 7, (1, 2)])
def test_the_builders_timeout_replaces_the_default(cluster, build, session, adapter, timeout):
    build(in_order(*cluster.hosts), add_session=session, add_timeout=timeout).get("/x")
    assert adapter.timeouts == [timeout]


def test_a_session_client_has_no_default_but_may_be_given_one(cluster, session, adapter):
    url = f"http://127.0.0.1:{cluster[0].port}/x"
    SessionClientBuilder().add_session(session).build().get(url)
    SessionClientBuilder().add_session(session).add_timeout(4).build().get(url)
    assert adapter.timeouts == [None, 4]


def test_a_verb_that_the_session_replaced_gets_no_default(cluster, build, session):
    session.get = lambda url: (url, "patched")
    client = build(in_order(*cluster.hosts), add_session=session)
    assert client.get("/x") == (f"http://127.0.0.1:{cluster[0].port}/x", "patched")
    assert client.post("/x").status_code == 200


def test_a_request_that_the_session_replaced_gets_no_default(cluster, build, session):
    seen = {}

    def request(method, url, params=None, data=None, json=None, **kwargs):
        seen.update(kwargs)
        return "patched"

    session.request = request
    assert build(in_order(*cluster.hosts), add_session=session).post("/x") == "patched"
    assert "timeout" not in seen


def test_a_verb_patched_in_the_class_gets_no_default(cluster, build, monkeypatch):
    monkeypatch.setattr(requests.Session, "get", lambda self, url: (url, "patched"))
    client = build(in_order(*cluster.hosts))
    assert client.get("/x")[1] == "patched"


def test_an_endpoint_with_a_patched_verb_gets_no_default(cluster):
    lb = in_order(*cluster.hosts)
    lb.endpoints()[0].get = lambda path: (path, "patched")
    assert Client(lb).get("/x") == ("/x", "patched")


def test_a_stand_in_for_a_session_gets_no_default(cluster, build):
    class OnlyGet:
        def get(self, url):
            return url

    client = build(in_order(*cluster.hosts), add_session=OnlyGet())
    assert client.get("/x") == f"http://127.0.0.1:{cluster[0].port}/x"


def test_a_session_class_that_takes_no_timeout_gets_none(cluster, build):
    class Strict(requests.Session):
        def get(self, url):
            return super().get(url)

    with Strict() as session:
        assert build(in_order(*cluster.hosts), add_session=session).get("/x").status_code == 200


def test_a_default_of_the_sessions_own_class_is_kept(cluster, build):
    """The usual recipe for a default timeout: a session that fills it in where it is missing."""

    class Patient(requests.Session):
        def request(self, *args, **kwargs):
            kwargs.setdefault("timeout", 77)
            return super().request(*args, **kwargs)

    with Patient() as session:
        adapter = RecordingAdapter()
        session.mount("http://", adapter)
        client = build(in_order(*cluster.hosts), add_session=session)
        client.get("/x")
        client.request("GET", "/x")
    assert adapter.timeouts == [77, 77]


def test_a_get_that_times_out_goes_to_another_host(cluster, build):
    cluster[0].set(fault="stall")
    client = build(in_order(*cluster.hosts), add_timeout=(3, 0.3))
    assert client.get("/x").json()["port"] == cluster[1].port


def test_a_post_that_times_out_is_the_callers_and_sent_once(cluster, build):
    cluster[0].set(fault="stall")
    client = build(in_order(*cluster.hosts))
    start = time.monotonic()
    with pytest.raises(requests.ReadTimeout, match="read timeout"):
        client.post("/x", b"pay", timeout=(3, 0.3))
    assert 0.2 < time.monotonic() - start < 3
    assert counts(cluster) == [1, 0, 0]


def test_an_endpoint_alone_waits_as_long_as_it_is_told(cluster):
    cluster[0].set(fault="stall")
    endpoint = Endpoint(cluster.hosts[0])
    with pytest.raises(requests.ReadTimeout):
        endpoint.get("/x", timeout=0.3)
    endpoint.close_connections()
