"""The fast way as sessions take it: over TLS, with cookies, hooks and redirects, or streaming."""

import shutil
import threading

import pytest
import requests
import urllib3

from ahoyhoy import Instance
from ahoyhoy._core import Cancellation
from ahoyhoy.http import KeepAliveAdapter, fast
from ahoyhoy.http.bounds import AttemptCancelledError, Bounds, bounding
from ahoyhoy.http.fast import exchange
from ahoyhoy.testing.cluster import Cluster
from integration.calls import in_order
from integration.wire_rig import OK, SILENCE, counting, script_server


@pytest.fixture
def server():
    with script_server() as server:
        server.script = [OK]
        yield server


@pytest.fixture
def keeping(session):
    """A session that keeps its connections in the library's way."""
    for scheme in ("http://", "https://"):
        session.mount(scheme, KeepAliveAdapter())
    return session


@pytest.fixture
def taken(monkeypatch):
    return counting(monkeypatch)


@pytest.fixture
def tls(certificate):
    with Cluster(1, certfile=certificate("127.0.0.1")) as cluster:
        yield f"https://127.0.0.1:{cluster[0].host.port}/x"


def test_over_tls(keeping, tls, ca_file, taken):
    for _ in range(3):
        assert keeping.get(tls, verify=ca_file).status_code == 200
    assert taken() == 2


def test_a_certificate_that_is_not_verified_is_warned_of_each_time(keeping, tls, taken):
    for _ in range(3):
        with pytest.warns(urllib3.exceptions.InsecureRequestWarning):
            keeping.get(tls, verify=False)
    assert taken() == 0


def test_certificates_that_are_gone_are_missed(keeping, tls, ca_file, tmp_path, taken):
    bundle = shutil.copy(ca_file, tmp_path / "bundle.pem")
    keeping.get(tls, verify=str(bundle))
    bundle.unlink()
    with pytest.raises(OSError, match="Could not find a suitable TLS CA certificate bundle"):
        keeping.get(tls, verify=str(bundle))
    assert taken() == 0


def test_cookies_and_redirects(keeping, server, taken):
    keeping.get(server.url)
    server.script = [
        b"HTTP/1.1 302 Found\r\nLocation: /y\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n"
    ]
    response = keeping.get(server.url, allow_redirects=False)
    server.script = [OK]
    assert response.next.headers["Cookie"] == "a=b"
    assert keeping.get(server.url).content == b"ok"
    assert b"Cookie: a=b\r\n" in server.wire[0][-1]
    assert taken() == 2


def test_a_hook_may_read_the_body_itself(keeping, server, taken):
    keeping.get(server.url)
    seen = []
    keeping.get(
        server.url, hooks={"response": lambda response, **_: seen.append(response.raw.read())}
    )
    assert seen == [b"ok"]
    assert taken() == 1


def test_a_body_that_is_streamed_keeps_its_connection(keeping, server, taken):
    keeping.get(server.url)
    adapter = keeping.get_adapter(server.url)
    with keeping.get(server.url, stream=True) as response:
        pool = response.raw._pool
        assert not any(pool.pool.queue)
        assert list(response.iter_content(1)) == [b"o", b"k"]
        assert any(pool.pool.queue)
    assert taken() == 1
    response = keeping.get(server.url, stream=True)
    connection = response.raw.connection
    response.close()
    assert connection.sock is None
    assert keeping.get(server.url).content == b"ok"
    assert response.connection is adapter


def test_an_attempt_that_is_cancelled_ends_at_once(server, taken):
    adapter = KeepAliveAdapter()
    request = requests.Request("GET", server.url, headers={"User-Agent": "x"}).prepare()
    adapter.send(request).content  # noqa: B018 - to read it
    server.script = [SILENCE]
    cancellation = Cancellation()
    timer = threading.Timer(0.1, cancellation.cancel)
    timer.start()
    with bounding(Bounds(None, cancellation)), pytest.raises(AttemptCancelledError):
        adapter.send(request, timeout=30)
    timer.join()
    pool = next(iter(adapter.poolmanager.pools._container.values()))
    assert not any(pool.pool.queue)
    assert len(pool.pool.queue) == 10
    assert taken() == 1
    adapter.close()


def test_an_interrupt_leaves_no_connection_behind(server, taken, monkeypatch):
    adapter = KeepAliveAdapter()
    request = requests.Request("GET", server.url, headers={"User-Agent": "x"}).prepare()
    adapter.send(request).content  # noqa: B018 - to read it
    pool = next(iter(adapter.poolmanager.pools._container.values()))
    connection = pool.pool.queue[-1]

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(exchange, "send_now", interrupted)
        with pytest.raises(KeyboardInterrupt):
            adapter.send(request)
    assert connection.sock is None
    assert list(pool.pool.queue) == [None] * 10
    assert adapter.send(request).content == b"ok"
    adapter.close()


@pytest.mark.parametrize("own", [False, True])
def test_clients_take_it(server, build, taken, own):
    steps = {"add_session": requests.Session()} if own else {}
    client = build(
        in_order(Instance(("127.0.0.1", server.port), authority="users.internal")), **steps
    )
    for _ in range(3):
        assert client.get("/x").content == b"ok"
    assert taken() == 2
    assert b"Host: users.internal" in server.wire[0][-1]
    for session in steps.values():
        session.close()


def test_nothing_is_taken_where_it_is_switched_off(server, build, taken, monkeypatch):
    monkeypatch.setattr(fast, "ENABLED", False)
    client = build(in_order(Instance(("127.0.0.1", server.port))))
    for _ in range(3):
        assert client.get("/x").content == b"ok"
    assert taken() == 0
