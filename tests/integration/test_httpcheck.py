"""The check of `ahoyhoy register`, against real servers."""

import pytest

from ahoyhoy.cli.httpcheck import HttpCheck, NotWellError
from ahoyhoy.testing.cluster import Cluster


@pytest.fixture
def node():
    with Cluster(1) as cluster:
        yield cluster[0]


def url(node, scheme="http"):
    return f"{scheme}://127.0.0.1:{node.port}/health?deep=1"


def test_any_2xx_is_well(node):
    for status in (200, 204, 299):
        node.set(status=status)
        assert HttpCheck(url(node))()
    assert [request.path for request in node.requests] == ["/health?deep=1"] * 3


@pytest.mark.parametrize("status", [302, 404, 500, 503])
def test_any_other_answer_is_not(node, status):
    node.set(status=status, headers={"Location": "/elsewhere"})
    with pytest.raises(NotWellError, match=rf"GET {url(node).partition('?')[0]}: HTTP {status}$"):
        HttpCheck(url(node))()
    assert len(node.requests) == 1


def test_who_does_not_answer_is_not_well(node):
    node.stop()
    with pytest.raises(NotWellError, match="read timeout"):
        HttpCheck(url(node), timeout=0.2)()
    node.kill()
    with pytest.raises(NotWellError, match=r"/health: connection refused$"):
        HttpCheck(url(node))()


def test_the_environments_proxies_are_not_asked(node, monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert HttpCheck(url(node))()


def test_https_is_verified_by_the_environments_authorities(certificate, ca_file, monkeypatch):
    with Cluster(1, certfile=certificate("127.0.0.1")) as cluster:
        with pytest.raises(NotWellError, match="certificate rejected"):
            HttpCheck(url(cluster[0], "https"))()
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", ca_file)
        assert HttpCheck(url(cluster[0], "https"))()
