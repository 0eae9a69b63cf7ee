"""When the fast way is taken, and when the stock way is, without anybody asking for it."""

import http.client
import logging
import socket
from contextlib import closing
from functools import partial

import pytest
import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.util import Retry, Timeout

import ahoyhoy.http.fast
from ahoyhoy.http import KeepAliveAdapter
from integration.calls import together
from integration.wire_rig import AGENT, OK, counting, script_server, the_same


@pytest.fixture(scope="module")
def server():
    with script_server() as server:
        yield server


@pytest.fixture
def adapter():
    with closing(KeepAliveAdapter()) as adapter:
        yield adapter


@pytest.fixture
def send(server, adapter):
    """Sends a request: `send(method="POST", options={…})`."""

    def send(method="GET", options=(), through=None):
        request = requests.Request(method, server.url, headers=AGENT).prepare()
        server.script = [OK]
        response = (through or adapter).send(request, **dict(options))
        assert response.content == b"ok"
        return response

    return send


@pytest.fixture
def taken(monkeypatch):
    """How many requests the fast way took."""
    return counting(monkeypatch)


def test_it_takes_all_but_the_first_on_a_connection(send, taken):
    for _ in range(3):
        send()
    assert taken() == 2


SEAMS = [
    (HTTPAdapter, "send"),
    (HTTPAdapter, "build_response"),
    (HTTPAdapter, "get_connection_with_tls_context"),
    (HTTPAdapter, "cert_verify"),
    (HTTPAdapter, "add_headers"),
    (requests.adapters, "extract_cookies_to_jar"),
    (urllib3.PoolManager, "connection_from_host"),
    (urllib3.HTTPConnectionPool, "urlopen"),
    (urllib3.HTTPConnectionPool, "_make_request"),
    (urllib3.connection.HTTPConnection, "request"),
    (urllib3.connection.HTTPConnection, "getresponse"),
    (http.client.HTTPConnection, "putrequest"),
    (http.client.HTTPConnection, "endheaders"),
    (http.client.HTTPConnection, "getresponse"),
    (http.client.HTTPConnection, "send"),
    (http.client.HTTPResponse, "begin"),
    (http.client.HTTPResponse, "read"),
    (http.client, "parse_headers"),
]


@pytest.mark.parametrize(("owner", "name"), SEAMS, ids=lambda part: getattr(part, "__name__", part))
def test_what_is_patched_is_called(send, taken, monkeypatch, owner, name):
    send()
    stock = getattr(owner, name)
    calls = []

    def patched(*args, **kwargs):
        calls.append(args)
        return stock(*args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, patched)
        send()
    assert calls
    assert taken() == 0
    send()
    assert taken() == 1


@pytest.mark.parametrize("name", ["build_response", "add_headers", "request_url"])
def test_what_is_put_on_an_adapter_is_called(send, taken, adapter, name):
    send()
    calls = []
    stock = getattr(adapter, name)
    setattr(adapter, name, lambda *args, **kwargs: calls.append(args) or stock(*args, **kwargs))
    send()
    assert calls
    assert taken() == 0


def test_what_is_put_on_a_pool_is_called(send, taken, adapter):
    send()
    pool = next(iter(adapter.poolmanager.pools._container.values()))
    calls = []
    stock = pool.urlopen
    pool.urlopen = lambda **settings: calls.append(settings) or stock(**settings)
    send()
    assert calls
    assert taken() == 0


OPTIONS = {
    "none": {},
    "stream": {"stream": True},
    "timeout": {"timeout": 5},
    "timeouts": {"timeout": (5.5, None)},
    "no proxies": {"proxies": {}},
    "another's proxy": {"proxies": {"http://example.com": "http://127.0.0.1:9"}},
    "not verified": {"verify": False},
    "verified by somebody": {"verify": "/"},
}


@pytest.mark.parametrize("what", OPTIONS)
def test_it_is_taken_with(server, what):
    the_same(server, options=OPTIONS[what])


UNCOMMON = {
    "urllib3's timeout": {"timeout": Timeout(connect=5, read=5)},
    "an instant": {"timeout": 0},
    "a timeout that is none": {"timeout": "soon"},
    "a true timeout": {"timeout": True},
    "three timeouts": {"timeout": (1, 2, 3)},
    "a proxy that is none": {"proxies": {"http": "http://"}},
    "a certificate that is not there": {"cert": "/nowhere"},
    "an option nobody knows": {"allow_redirects": True},
}


@pytest.mark.parametrize("what", UNCOMMON)
def test_it_is_not_taken_with(server, what):
    the_same(server, options=UNCOMMON[what], took=0)


class Derived(KeepAliveAdapter):
    """Anything may be different here."""


@pytest.mark.parametrize(
    "make",
    [
        partial(KeepAliveAdapter, max_retries=1),
        partial(KeepAliveAdapter, max_retries=Retry(0, status_forcelist=[503])),
        partial(KeepAliveAdapter, pool_block=True),
        Derived,
    ],
)
def test_it_is_not_taken_by_adapters_with_a_will_of_their_own(send, taken, make):
    with closing(make()) as adapter:
        for _ in range(3):
            send(through=adapter)
    assert taken() == 0


def test_it_is_not_taken_where_it_is_switched_off(send, taken, monkeypatch):
    send()
    monkeypatch.setattr(ahoyhoy.http.fast, "ENABLED", False)
    send()
    assert taken() == 0


def test_who_debugs_sees_what_the_stock_way_says(send, taken, caplog, capsys, monkeypatch):
    send()
    with caplog.at_level(logging.DEBUG, "urllib3"):
        send()
    assert '"GET / HTTP/1' in caplog.text
    monkeypatch.setattr(http.client.HTTPConnection, "debuglevel", 1)
    send()
    assert "header: Content-Length: 2" in capsys.readouterr().out
    assert taken() == 0


def test_pools_are_closed_with_their_adapter(send, taken, adapter, server):
    send()
    pool = next(iter(adapter.poolmanager.pools._container.values()))
    connection = pool.pool.queue[-1]
    send()
    del pool
    adapter.close()
    assert connection.sock is None
    send()
    send()
    assert taken() == 2


def test_pools_that_others_pushed_out_are_made_anew(send, taken, server):
    with closing(KeepAliveAdapter(pool_connections=1)) as adapter, script_server() as other:
        for _ in range(3):
            send(through=adapter)
            request = requests.Request("GET", other.url, headers=AGENT).prepare()
            assert adapter.send(request).content == b"ok"
    assert taken() == 0


def test_pools_are_others_when_an_adapters_settings_are(send, taken, adapter):
    send()
    adapter.poolmanager.connection_pool_kw["socket_options"] = [
        (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
        (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    ]
    send()
    assert taken() == 0
    assert len(adapter.poolmanager.pools) == 2
    send()
    assert taken() == 1


def test_what_must_not_be_repeated_goes_out_on_a_connection_used_just_now(send, taken, adapter):
    send()
    send(method="POST")
    assert taken() == 1
    pool = next(iter(adapter.poolmanager.pools._container.values()))
    pool.pool.queue[-1]._used_at -= 60
    send(method="POST")
    assert taken() == 1
    pool.pool.queue[-1]._used_at -= 60
    send(method="PUT")
    assert taken() == 2


def test_a_connection_whose_answer_nobody_read_is_not_taken(server, adapter, taken):
    server.script = [OK]
    request = requests.Request("GET", server.url, headers=AGENT).prepare()
    adapter.send(request).content  # noqa: B018 - to read it
    unread = adapter.send(request)
    unread.raw.release_conn()
    with pytest.raises(requests.ConnectionError):
        adapter.send(request)
    assert taken() == 1
    unread.close()


def test_many_threads_share_an_adapter(server, adapter, taken):
    server.script = [OK]

    def send(number):
        for _ in range(30):
            request = requests.Request("GET", f"{server.url}/{number}", headers=AGENT).prepare()
            response = adapter.send(request, timeout=10)
            assert (response.url, response.content) == (request.url, b"ok")

    together(8, send)
    assert taken() > 100
