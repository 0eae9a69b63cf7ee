"""An attempt that nobody wants any more ends at once, and leaves nothing behind."""

import gc
import random
import socket
import threading

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from ahoyhoy import Endpoint, Instance
from ahoyhoy._core import Cancellation, Judgement, Verdict
from ahoyhoy.circuit import CircuitBreaker
from integration.attempts import attempt, taking
from integration.calls import pause, until
from integration.slow_server import (
    SLOW,
    SLOW_BODIES,
    WHOLE,
    answering,
    context_of,
    deaf,
    running,
    silent,
)

SECONDS = 0.2
CANCELLED = Judgement(Verdict.IGNORED, "cancelled", slow=True, abandoned=True)


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


@pytest.fixture
def endpoint_of(scheme, request):
    """Endpoints that are closed at the end."""

    def make(server, session=None, **settings):
        endpoint = Endpoint(Instance(server.host, scheme=scheme), session=session, **settings)
        request.addfinalizer(endpoint.close_connections)
        return endpoint

    return make


@pytest.fixture
def soon():
    """A cancellation that comes soon after it was asked for."""
    timers = []

    def begin():
        cancellation = Cancellation()
        timers.append(threading.Timer(SECONDS, cancellation.cancel))
        timers[-1].start()
        return cancellation

    yield begin
    for timer in timers:
        timer.join()


@pytest.mark.parametrize("name", SLOW)
def test_a_slow_answer_ends_at_once(serving, endpoint_of, soon, name):
    with serving(SLOW[name]) as server, taking(SECONDS):
        outcome = attempt(endpoint_of(server), cancellation=soon())
        until(lambda: server.left == 1)  # the connection is closed
    assert (outcome.judgement, outcome.response) == (CANCELLED, None)
    assert isinstance(outcome.error, requests.RequestException)


def test_an_upload_that_nobody_reads_ends_at_once(serving, endpoint_of, soon):
    with serving(deaf) as server, taking(SECONDS):
        outcome = attempt(endpoint_of(server), "POST", cancellation=soon(), data=b"x" * 20_000_000)
    assert outcome.judgement == CANCELLED


def test_a_handshake_that_stalls_ends_at_once(endpoint_of, scheme, soon):
    if scheme == "http":
        pytest.skip("has none")
    with running(deaf) as server, taking(SECONDS):
        outcome = attempt(endpoint_of(server), cancellation=soon())
    assert outcome.judgement == CANCELLED


def test_connecting_ends_at_once(soon):
    """A full backlog drops what would connect."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        waiting = [socket.socket() for _ in range(4)]
        for sock in waiting:
            sock.setblocking(False)
            sock.connect_ex(full.getsockname())
        with taking(SECONDS):
            outcome = attempt(Endpoint(full.getsockname()), cancellation=soon())
        for sock in waiting:
            sock.close()
    assert outcome.judgement == CANCELLED


def test_what_was_cancelled_before_sends_nothing(serving, endpoint_of):
    cancellation = Cancellation()
    cancellation.cancel()
    with serving(answering) as server:
        outcome = attempt(endpoint_of(server), cancellation=cancellation)
        assert (outcome.judgement, server.connections) == (CANCELLED, 0)


def test_a_trial_gives_its_leave_back(serving, endpoint_of, soon):
    breaker = CircuitBreaker()
    with serving(silent) as server:
        endpoint = endpoint_of(server, breaker=breaker)
        breaker.half_open()
        assert attempt(endpoint, cancellation=soon()).judgement == CANCELLED
    # Too slow for this call, it would be for the next one as well: not due at once.
    assert (breaker.current_state, breaker.trial_due) == ("open", False)
    assert breaker.retry_in > 0


def test_it_is_not_sent_again(serving, endpoint_of, session, soon):
    """Neither because the connection seemed stale, nor by the adapter's own retries."""
    session.mount("http://", HTTPAdapter(max_retries=Retry(5, backoff_factor=0)))

    def once(server, sock):
        server.read_request(sock)
        sock.sendall(WHOLE)
        silent(server, sock)

    with serving(once) as server:
        endpoint = endpoint_of(server, session)
        attempt(endpoint)
        assert attempt(endpoint, cancellation=soon()).judgement == CANCELLED
        assert (len(server.requests), server.connections) == (2, 1)


def test_a_streamed_answer_that_came_in_spite_is_closed(serving, endpoint_of):
    cancellation = Cancellation()

    def cancel(response, **_):
        cancellation.disarm()  # as if it came when the head was just read
        cancellation.cancel()

    with serving(SLOW_BODIES["drips its body"]) as server:
        outcome = attempt(
            endpoint_of(server), stream=True, hooks={"response": cancel}, cancellation=cancellation
        )
        assert (outcome.judgement, outcome.response) == (CANCELLED, None)
        until(lambda: server.left == 1)


def test_a_cancellation_after_the_attempt_harms_nobody(serving, endpoint_of):
    cancellation = Cancellation()

    def slowly(server, sock):
        while server.read_request(sock):
            sock.sendall(WHOLE[:-1])
            server.pause(0.2)
            sock.sendall(WHOLE[-1:])

    with serving(slowly) as server:
        outcome = attempt(endpoint_of(server), stream=True, cancellation=cancellation)
        cancellation.cancel()
        assert outcome.response.content == b"ok"
        assert attempt(endpoint_of(server)).response.content == b"ok"


def test_a_cancellation_never_hits_anothers_request(serving, endpoint_of):
    """Cancelled at about the moment when the connection goes back to its pool, again and again."""
    rng = random.Random(7)
    failed = []

    def call(endpoint):
        for _ in range(60):
            cancellation = Cancellation()
            timer = threading.Timer(rng.uniform(0, 0.004), cancellation.cancel)
            timer.start()
            outcome = attempt(endpoint, cancellation=cancellation)
            if outcome.judgement != CANCELLED and outcome.response.text != "ok":
                failed.append(outcome)
            others = attempt(endpoint, "POST", data=b"pay")  # is never sent again
            timer.join()
            if others.error is not None:
                failed.append(others)

    with serving(answering_soon) as server:
        endpoint = endpoint_of(server)
        threads = [threading.Thread(target=call, args=(endpoint,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failed == []
        gc.collect()  # errors, whose frames know the pool
        endpoint.close_connections()
        until(lambda: server.left == server.connections)


def answering_soon(server, sock):
    """Answers within a millisecond, head and body apart."""
    while server.read_request(sock):
        pause(0.001)
        sock.sendall(WHOLE)
