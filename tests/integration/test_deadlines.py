"""Nothing of an attempt outlives its deadline: neither connecting, nor sending, nor the body."""

import gc
import socket

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ReadTimeoutError
from urllib3.util.retry import Retry

from ahoyhoy import Endpoint, Instance
from ahoyhoy._core import Verdict
from ahoyhoy.circuit import CircuitBreaker
from ahoyhoy.exceptions import DeadlineExceeded
from ahoyhoy.http.bounds import current
from integration.attempts import attempt, taking
from integration.calls import pause, until
from integration.slow_server import (
    ENDLESS,
    SLOW,
    SLOW_BODIES,
    answering,
    context_of,
    deaf,
    dripping,
    running,
    silent,
)

SECONDS = 0.3
UPLOAD = b"x" * 20_000_000  # more than the buffers of two sockets


@pytest.fixture(params=["http", "https"])
def scheme(request, ca_file, monkeypatch):
    """Everything holds over TLS too."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", ca_file)
    return request.param


@pytest.fixture
def serving(scheme, certificate):
    """A running server: `with serving(function) as server`."""
    context = context_of(certificate("127.0.0.1")) if scheme == "https" else None
    return lambda serve: running(serve, context)


class UsersAdapter(HTTPAdapter):
    """Somebody's own."""


@pytest.fixture(params=["own session", "user's session", "user's adapter"])
def users(request, session):
    """The sessions whose connections ask the bounds."""
    if request.param == "user's adapter":
        session.mount("http://", UsersAdapter())
        session.mount("https://", UsersAdapter())
    return None if request.param == "own session" else session


@pytest.fixture
def endpoint_of(scheme, request):
    """Endpoints that are closed at the end."""

    def make(server, session=None, **settings):
        breaker = CircuitBreaker(failure_threshold=1000)
        instance = Instance(server.host, scheme=scheme)
        endpoint = Endpoint(instance, session=session, breaker=breaker, **settings)
        request.addfinalizer(endpoint.close_connections)
        return endpoint

    return make


@pytest.mark.parametrize("name", SLOW)
def test_a_slow_answer_ends_in_time(serving, endpoint_of, users, name):
    with serving(SLOW[name]) as server:
        endpoint = endpoint_of(server, users)
        with taking(SECONDS):
            outcome = attempt(endpoint, seconds=SECONDS)
        until(lambda: server.left == 1)  # the connection is closed, not kept
    assert outcome.verdict is Verdict.RETRYABLE
    assert outcome.judgement.slow
    assert outcome.judgement.reason == "deadline passed"
    assert isinstance(outcome.error, requests.RequestException)


def test_a_shorter_timeout_comes_first(serving, endpoint_of):
    with serving(silent) as server, taking(SECONDS):
        outcome = attempt(endpoint_of(server), seconds=30, timeout=SECONDS)
    assert isinstance(outcome.error, requests.ReadTimeout)
    assert outcome.judgement.reason == "read timeout"


@pytest.mark.parametrize(
    "body", [lambda: UPLOAD, lambda: iter([UPLOAD])], ids=["bytes", "iterator"]
)
def test_an_upload_that_nobody_reads_ends_in_time(serving, endpoint_of, users, body):
    with serving(deaf) as server, taking(SECONDS):
        outcome = attempt(endpoint_of(server, users), "POST", seconds=SECONDS, data=body())
    assert outcome.verdict is Verdict.RETRYABLE
    assert outcome.judgement.slow


def test_a_handshake_that_stalls_ends_in_time(endpoint_of, scheme):
    if scheme == "http":
        pytest.skip("has none")
    with running(deaf) as server, taking(SECONDS):
        outcome = attempt(endpoint_of(server), seconds=SECONDS)
    assert outcome.judgement.slow


@pytest.mark.parametrize("name", SLOW_BODIES)
@pytest.mark.parametrize(
    "read",
    [
        lambda r: r.content,
        lambda r: r.text,
        lambda r: r.json(),
        lambda r: list(r.iter_content(1)),
        lambda r: list(r.iter_lines()),
        lambda r: list(r),
    ],
    ids=["content", "text", "json", "iter_content", "iter_lines", "iter"],
)
def test_a_streamed_body_ends_in_time(serving, endpoint_of, name, read):
    with serving(SLOW_BODIES[name]) as server, taking(SECONDS):
        outcome = attempt(endpoint_of(server), seconds=SECONDS, stream=True)
        assert outcome.verdict is Verdict.ACCEPTED
        with pytest.raises(DeadlineExceeded) as raised:
            read(outcome.response)
        until(lambda: server.left == 1)
    assert isinstance(raised.value, requests.Timeout)
    assert isinstance(raised.value.__cause__, ReadTimeoutError)


def test_raw_itself_is_urllib3s(serving, endpoint_of):
    with serving(SLOW_BODIES["drips its body"]) as server, taking(SECONDS):
        outcome = attempt(endpoint_of(server), seconds=SECONDS, stream=True)
        with pytest.raises(ReadTimeoutError):
            outcome.response.raw.read()


def test_a_streams_own_timeout_is_no_deadline(serving, endpoint_of):
    with serving(SLOW["stalls before its body"]) as server:
        outcome = attempt(endpoint_of(server), seconds=30, stream=True, timeout=0.2)
        with pytest.raises(requests.ConnectionError):
            outcome.response.content  # noqa: B018


def test_a_caller_who_reads_late_is_told(serving, endpoint_of):
    with serving(SLOW_BODIES["drips its body"]) as server:
        outcome = attempt(endpoint_of(server), seconds=0.1, stream=True)
        pause(0.2)
        with pytest.raises(DeadlineExceeded):
            outcome.response.content  # noqa: B018


def test_a_whole_answer_is_read_after_the_deadline(serving, endpoint_of):
    """What is here already costs nobody a wait."""
    with serving(answering) as server:
        outcome = attempt(endpoint_of(server), seconds=0.1, stream=True)
        pause(0.2)
        assert outcome.response.content == b"ok"


def test_an_answer_in_time_is_an_answer(serving, endpoint_of, users):
    with serving(answering) as server:
        outcome = attempt(endpoint_of(server, users), "POST", seconds=10, data=b"pay")
        assert (outcome.response.text, outcome.verdict) == ("ok", Verdict.ACCEPTED)


def test_a_connection_forgets_the_deadline(serving, endpoint_of, users):
    def late(server, sock):
        while server.read_request(sock):
            if "/late" in server.requests[-1]:
                server.pause(0.4)
            sock.sendall(ENDLESS[:15] + b"\r\nContent-Length: 2\r\n\r\nok")

    with serving(late) as server:
        endpoint = endpoint_of(server, users)
        assert attempt(endpoint, seconds=0.3).verdict is Verdict.ACCEPTED
        assert attempt(endpoint, path="/late").response.text == "ok"
        assert attempt(endpoint, path="/late", timeout=10).response.text == "ok"
        assert attempt(endpoint, seconds=10).response.text == "ok"
        assert server.connections == 1
    assert current() is None


def test_the_adapters_own_retries_share_the_deadline(serving, endpoint_of, session):
    session.mount("http://", HTTPAdapter(max_retries=Retry(3, backoff_factor=0)))
    session.mount("https://", HTTPAdapter(max_retries=Retry(3, backoff_factor=0)))
    with serving(silent) as server, taking(SECONDS):
        attempt(endpoint_of(server, session), seconds=SECONDS)


def test_a_session_used_before_is_bounded_too(serving, endpoint_of, session, scheme):
    with serving(SLOW_BODIES["drips its body"]) as server:
        url = f"{scheme}://127.0.0.1:{server.host.port}/"
        session.get(url, stream=True).close()
        with taking(SECONDS):
            attempt(endpoint_of(server, session), seconds=SECONDS)


def test_the_addresses_of_a_name_share_what_is_left(monkeypatch):
    """A full backlog drops what would connect."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        waiting = [socket.socket() for _ in range(4)]
        for sock in waiting:
            sock.setblocking(False)
            sock.connect_ex(full.getsockname())
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", full.getsockname())] * 5
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_: found)
        endpoint = Endpoint(("black.hole.test", full.getsockname()[1]))
        with taking(SECONDS):
            outcome = attempt(endpoint, seconds=SECONDS)
        for sock in waiting:
            sock.close()
    assert outcome.verdict is Verdict.UNSENT
    assert outcome.judgement.slow
    assert isinstance(outcome.error, requests.ConnectTimeout)
    assert outcome.judgement.reason == "deadline passed"


@pytest.mark.parametrize("url", ["http://service.test", "https://service.test"])
def test_a_proxy_ends_in_time_too(session, url):
    """For https it never gets to the end of its answer to CONNECT."""
    with running(dripping(b"HTTP/1.1 200 OK\r\nX: ", b"y")) as proxy, taking(SECONDS):
        endpoint = Endpoint(session=session, breaker=CircuitBreaker(failure_threshold=1000))
        where = f"http://127.0.0.1:{proxy.host.port}"
        outcome = attempt(
            endpoint, path=url, seconds=SECONDS, proxies={"http": where, "https": where}
        )
    assert outcome.judgement.slow


@pytest.fixture
def collected():
    """Has what the test leaves behind collected in it, not in a later one."""
    yield
    gc.collect()


# Old urllib3 leaves the tunnel of a handshake that failed open.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.usefixtures("collected")
def test_a_handshake_behind_a_proxy_ends_in_time_too(session):
    def tunnel(server, sock):
        server.read_request(sock)
        server.pause(SECONDS / 2)
        sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        deaf(server, sock)

    with running(tunnel) as proxy, taking(SECONDS):
        proxies = {"https": f"http://127.0.0.1:{proxy.host.port}"}
        outcome = attempt(
            Endpoint(session=session), path="https://service.test", seconds=SECONDS, proxies=proxies
        )
    assert outcome.judgement.slow
