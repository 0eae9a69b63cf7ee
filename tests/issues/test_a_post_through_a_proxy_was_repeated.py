"""A proxy that read a request and left without an answer counted as not reached."""

import pytest
import requests

from ahoyhoy import Host, Instance, ListProvider, RoundRobinLB
from issues.raw_server import CLOSE, RESET, answer

HOSTS = [Host(f"10.1.1.{number}", 8001) for number in (1, 2, 3)]


@pytest.fixture(params=["environment", "user's session"])
def through(request, build, session, monkeypatch):
    """A client whose requests go through a proxy."""

    def make(proxy):
        if request.param == "environment":
            monkeypatch.delenv("NO_PROXY")
            monkeypatch.delenv("no_proxy", raising=False)
            monkeypatch.setenv("http_proxy", proxy.url)
            return build(RoundRobinLB(ListProvider(*HOSTS)))
        session.proxies = {"http": proxy.url}
        return build(RoundRobinLB(ListProvider(*HOSTS)), add_session=session)

    return make


@pytest.mark.parametrize("end", [CLOSE, RESET], ids=["closed", "reset"])
def test_a_post_that_the_proxy_read_is_sent_once(serve, through, end):
    proxy = serve(lambda _: end)
    with pytest.raises(requests.ConnectionError):
        through(proxy).post("/pay", data="x")
    assert [request.method for request in proxy.requests] == ["POST"]


def test_a_get_that_the_proxy_read_goes_on(serve, through):
    proxy = serve(lambda _: CLOSE if proxy.count == 1 else answer())
    assert through(proxy).get("/").status_code == 200
    assert proxy.count == 2


# http.client of Python 3.10, and old urllib3 with it, leaves a refused tunnel's answer open.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.usefixtures("collected")
def test_a_post_whose_tunnel_was_refused_goes_on(serve, build, session):
    proxy = serve(lambda _: answer(502))
    session.proxies = {"https": proxy.url}
    instances = [Instance(host, scheme="https", authority="svc.invalid") for host in HOSTS]
    client = build(RoundRobinLB(ListProvider(*instances)), add_session=session)
    with pytest.raises(requests.ConnectionError):
        client.post("/pay", data="x")
    assert sorted(request.path for request in proxy.requests) == [
        f"{host.address}:8001" for host in HOSTS
    ]
