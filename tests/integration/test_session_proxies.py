"""Proxies: the environment's are for the world outside, explicit ones are asked for the host."""

import gc

import pytest
import requests

from ahoyhoy import Adapter, Host, Instance, Session
from integration.calls import in_order
from issues.conftest import serve
from issues.raw_server import answer

__all__ = ("serve",)

#: Nobody listens there; who asks a proxy never finds out.
AWAY = Instance(Host("10.1.1.1", 8001), scheme="http")


@pytest.fixture
def environment(monkeypatch):
    """Sets the environment's proxies."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)

    def put(**proxies):
        for name, url in proxies.items():
            monkeypatch.setenv(name, url)

    return put


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "all_proxy"])
def test_those_of_the_environment_are_not_asked(serve, cluster, environment, name):
    proxy = serve()
    environment(**{name: proxy.url.replace("//", "//me:secret@")})
    cluster[0].set(status=302, headers={"Location": "/b"})
    with Session(in_order(cluster.hosts[0]), name="users") as session:
        session.max_redirects = 2
        with pytest.raises(requests.TooManyRedirects):
            session.get("/a")
        session.send(session.prepare_request(requests.Request("GET", "/c")), allow_redirects=False)
    assert proxy.count == 0
    assert not any("Proxy-Authorization" in r.headers for r in cluster[0].requests)


def test_those_of_the_environment_are_asked_for_other_urls(serve, cluster, environment):
    proxy = serve()
    environment(http_proxy=proxy.url)
    with Session(in_order(cluster.hosts[0]), name="users") as session:
        session.get("http://elsewhere.invalid/x")
    assert [request.path for request in proxy.requests] == ["http://elsewhere.invalid/x"]


@pytest.mark.parametrize("where", ["request", "session", "send"])
def test_explicit_ones_are_asked_for_the_host(serve, where):
    proxy = serve()
    proxies = {"http": proxy.url}
    with Session(in_order(AWAY), name="users") as session:
        if where == "request":
            session.get("/a?b=c", proxies=proxies)
        elif where == "session":
            session.proxies = proxies
            session.get("/a?b=c")
        else:
            session.send(
                session.prepare_request(requests.Request("GET", "/a?b=c")), proxies=proxies
            )
    (received,) = proxy.requests
    assert received.path == "http://10.1.1.1:8001/a?b=c"
    assert received.headers["host"] == "users"


def test_an_explicit_one_gets_its_password_and_the_base_path(serve):
    proxy = serve()
    with Session("http://10.1.1.1:8001/api", name="users") as session:
        session.get("/a", proxies={"http": proxy.url.replace("//", "//me:secret@")})
    (received,) = proxy.requests
    assert received.path == "http://10.1.1.1:8001/api/a"
    assert received.headers["proxy-authorization"] == "Basic bWU6c2VjcmV0"


def test_an_explicit_one_counts_beside_that_of_the_environment(serve, environment):
    asked, other = serve(), serve()
    environment(http_proxy=other.url)
    with Session(in_order(AWAY), name="users") as session:
        session.get("/a", proxies={"http": asked.url})
    assert (asked.count, other.count) == (1, 0)


@pytest.fixture
def collected():
    """Has what the test leaves behind collected in it, not in a later one."""
    yield
    gc.collect()


# http.client of Python 3.10, and old urllib3 with it, leaves a refused tunnel's answer open.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.usefixtures("collected")
def test_a_proxy_is_asked_for_a_tunnel_to_a_host_that_speaks_tls(serve):
    proxy = serve(lambda _: answer(502))
    secure = Instance(Host("10.1.1.1", 8443), scheme="https")
    with (
        Session(in_order(secure), name="users") as session,
        pytest.raises(requests.ConnectionError),
    ):
        session.get("http://users/a", proxies={"http": proxy.url})
    assert {(request.method, request.path) for request in proxy.requests} == {
        ("CONNECT", "10.1.1.1:8443")
    }


def test_an_adapter_on_a_plain_session_does_not_ask_the_environments_either(
    serve, cluster, environment
):
    proxy = serve()
    environment(http_proxy=proxy.url)
    with requests.Session() as session:
        session.mount("http://users/", Adapter(in_order(cluster.hosts[0])))
        session.get("http://users/a")
    assert (proxy.count, cluster[0].count) == (0, 1)
