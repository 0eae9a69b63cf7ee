"""What requests' own tests do not notice when it is missing: state kept, and the kinds of it."""

import copy
import pickle
from http.cookiejar import DefaultCookiePolicy

import pytest
import requests
from requests.adapters import HTTPAdapter
from requests.auth import HTTPBasicAuth
from requests.structures import CaseInsensitiveDict

import ahoyhoy
from ahoyhoy.testing.cluster import Cluster

SENT_BY_A_BROWSER = {"X-Name": "value", "accept": "text/plain"}


def hook(response, **_):
    """Of a module, so that it can be pickled."""
    return response


def set_everything(session):
    """Leaves no setting of a session as it was."""
    session.headers.update(SENT_BY_A_BROWSER)
    session.auth = HTTPBasicAuth("ann", "secret")
    session.proxies = {"http://elsewhere.internal": "http://proxy.internal:3128"}
    session.hooks["response"].append(hook)
    session.params = {"page": "2"}
    session.verify = "/etc/ca.pem"
    session.cert = ("/etc/client.pem", "/etc/client.key")
    session.cookies.set("name", "value", domain="users.internal", path="/a")
    session.cookies.set_policy(DefaultCookiePolicy(blocked_domains=["ads.internal"]))
    session.max_redirects = 7
    session.stream = True
    session.trust_env = False
    session.mount("http://slow.internal/", HTTPAdapter(max_retries=5, pool_maxsize=3))
    return session


def shown(session):
    """Every setting, so that it can be compared."""
    state = {name: getattr(session, name) for name in requests.Session.__attrs__}
    state["cookies"] = [vars(cookie) for cookie in session.cookies]
    state["policy"] = session.cookies.get_policy().blocked_domains()
    state["adapters"] = [
        (prefix, type(adapter), adapter.max_retries.total, adapter._pool_maxsize)
        for prefix, adapter in session.adapters.items()
        if not isinstance(adapter, ahoyhoy.Adapter)
    ]
    kinds = {name: type(getattr(session, name)) for name in requests.Session.__attrs__}
    return state, kinds


def through_pickle(session):
    return pickle.loads(pickle.dumps(session))


WAYS = pytest.mark.parametrize("again", [through_pickle, copy.deepcopy, copy.copy])
TARGETS = pytest.mark.parametrize("target", [None, {"users": "http://10.0.0.1:80,10.0.0.2:80"}])


@WAYS
@TARGETS
def test_a_session_is_the_same_after_pickling_and_copying(again, target):
    with set_everything(ahoyhoy.Session(target)) as session, again(session) as other:
        assert type(other) is ahoyhoy.Session
        assert shown(other) == shown(session)


def test_a_session_without_services_has_the_state_of_a_stock_one():
    with set_everything(ahoyhoy.Session()) as ours, set_everything(requests.Session()) as theirs:
        assert shown(ours) == shown(theirs)
    with ahoyhoy.Session() as ours, requests.Session() as theirs:
        kept = ("headers", "auth", "proxies", "hooks", "params", "verify", "cert", "cookies")
        kept += ("max_redirects", "stream", "trust_env")
        for name in kept:
            assert getattr(ours, name) == getattr(theirs, name)
            assert type(getattr(ours, name)) is type(getattr(theirs, name))
        assert set(requests.Session.__attrs__) <= set(ours.__attrs__)


def test_a_subclass_keeps_what_it_says_it_keeps():
    with Named() as session, through_pickle(session) as other:
        assert (type(other), other.name) == (Named, "Ann")
        assert shown_headers(other) == shown_headers(session)


class Named(ahoyhoy.Session):
    __attrs__ = [*ahoyhoy.Session.__attrs__, "name"]

    def __init__(self):
        super().__init__()
        self.name = "Ann"


def shown_headers(session):
    return type(session.headers), list(session.headers.items())


@TARGETS
def test_headers_are_found_in_any_spelling(target):
    with ahoyhoy.Session(target) as session:
        assert type(session.headers) is CaseInsensitiveDict
        session.headers["x-NAME"] = "1"
        session.headers["X-Name"] = "2"
        assert session.headers["x-name"] == "2"
        assert [name for name in session.headers if name.lower() == "x-name"] == ["X-Name"]
        assert session.headers["user-agent"] == session.headers["User-Agent"]


@pytest.fixture(scope="module")
def servers():
    with Cluster(2) as servers:
        yield servers


@pytest.fixture(params=[ahoyhoy.Session, requests.Session])
def called(request, servers, monkeypatch):
    """`called(again, **options)`: what a session sent, and the answer, on a connection used before."""
    monkeypatch.setenv("NO_PROXY", "*")
    server = servers[0]
    server.reset_counts()

    def call(prepare, **options):
        with request.param() as session:
            prepare(session)
            for _ in range(3):
                response = session.get(f"http://127.0.0.1:{server.port}/1", **options)
            return response, server.requests[-1]

    return call


def test_headers_of_a_session_and_of_a_call_are_one_whatever_their_spelling(called):
    response, received = called(
        lambda session: session.headers.update({"X-Name": "session", "x-other": "session"}),
        headers={"x-name": "call", "X-OTHER": None},
    )
    assert received.headers["x-name"] == "call"
    assert "x-other" not in received.headers
    for headers in (response.request.headers, response.headers):
        assert type(headers) is CaseInsensitiveDict
    assert response.request.headers["X-NAME"] == "call"
    assert response.headers["content-TYPE"] == response.headers["Content-Type"]


def test_headers_replaced_by_a_plain_dictionary_are_sent(called):
    def replace(session):
        session.headers = {"X-Name": "value"}

    _, received = called(replace, headers={"x-name": "call"})
    assert received.headers["x-name"] == "call"
    assert "user-agent" not in {name.lower() for name in received.headers} or (
        received.headers["user-agent"].startswith("python-urllib3")
    )


@WAYS
def test_a_session_sends_the_same_after_pickling_and_copying(again, servers, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "*")
    for server in servers:
        server.reset_counts()
    with ahoyhoy.Session({"users": ahoyhoy.ListProvider(*servers.hosts)}) as session:
        session.headers["X-Name"] = "value"
        session.cookies.set("name", "value", domain="users.local", path="/")
        session.auth = ("ann", "secret")
        session.params = {"page": "2"}
        session.get("http://users/1")
        hosts = [host.host for host in session.hosts("users")]
        with again(session) as other:
            for _ in range(3):
                assert other.get("http://users/1").url == "http://users/1?page=2"
            # No prefix of this is mounted: it is found by what the session knows of its services.
            other.get("http://ann:secret@users/1")
            assert [host.host for host in other.hosts("users")] == hosts
    received = [request for server in servers for request in server.requests]
    assert {request.path for request in received} == {"/1?page=2"}
    for name in ("x-name", "authorization", "user-agent", "host"):
        assert len({request.headers[name] for request in received}) == 1
    # To a URL with credentials the jar of http.cookiejar sends nothing, with stock too.
    assert [r.headers.get("cookie") for r in received].count("name=value") == 4
    assert [server.count for server in servers] in ([3, 2], [2, 3])


def test_an_answer_is_the_same_after_pickling(called):
    response, _ = called(lambda session: None)
    other = pickle.loads(pickle.dumps(response))
    for name in ("content", "status_code", "reason", "url", "encoding", "elapsed", "headers"):
        assert getattr(other, name) == getattr(response, name)
    assert type(other.headers) is CaseInsensitiveDict
    assert other.request.headers == response.request.headers
