import pytest
import requests
from requests.adapters import BaseAdapter, HTTPAdapter

from ahoyhoy._core import Call, Cancellation, Deadline, Verdict
from ahoyhoy.circuit import CircuitBreaker
from ahoyhoy.endpoints import Endpoint
from ahoyhoy.endpoints.bounded import CANCELLED
from ahoyhoy.endpoints.defaults import UNSET, Defaults
from ahoyhoy.endpoints.sending import send
from ahoyhoy.exceptions import Ahoyhoy500Exception, AhoyhoyRequestsException
from ahoyhoy.utils import Host

HOST = Host("a", 1)


def get(path="/", **options):
    return Call.of("get", "GET", path, (), options)


def test_an_attempt_on_a_patched_verb_calls_the_patch(clock, stub):
    endpoint = Endpoint(HOST, session=stub("stock"))
    assert send(endpoint, get(), clock).response == "stock"
    endpoint.get = lambda url, **options: (url, options)
    assert send(endpoint, get("/x", stream=True), clock).response == ("/x", {"stream": True})


def test_an_attempt_on_anything_with_verbs_is_judged_alike(clock, stub, answer):
    def outcome(item):
        return send(stub(item), get(), clock)

    assert outcome("x").verdict is Verdict.ACCEPTED
    assert outcome(answer(404)).verdict is Verdict.ACCEPTED
    failed = outcome(answer(503))
    assert failed.verdict is Verdict.RETRYABLE
    assert failed.response.status_code == 503
    assert isinstance(failed.error, Ahoyhoy500Exception)
    assert outcome(ConnectionRefusedError()).verdict is Verdict.UNSENT
    assert outcome(TypeError()).verdict is Verdict.IGNORED
    raised = requests.HTTPError(response=answer(500))
    assert outcome(raised).response is raised.response
    with pytest.raises(KeyboardInterrupt):
        outcome(KeyboardInterrupt())
    request = Call.of("request", "GET", "/x", (), {"stream": True})
    assert send(stub("x"), request, clock).response == "x"


def test_an_attempt_takes_as_long_as_it_takes(clock, stub):
    assert send(stub(lambda: clock.advance(2)), get(), clock).elapsed == 2
    endpoint = Endpoint(
        HOST, session=stub(lambda: clock.advance(3)), breaker=CircuitBreaker(clock=clock)
    )
    assert send(endpoint, get(), clock).elapsed == 3


def test_defaults_are_overridden_by_later_ones_and_headers_have_no_case():
    first = Defaults({"A": "1", "B": "1"}, 5)
    merged = first.then(Defaults({"b": "2"}))
    assert merged.timeout == 5
    assert {name.lower(): value for name, value in merged.headers.items()} == {"a": "1", "b": "2"}
    assert first.then(Defaults(timeout=None)).timeout is None
    assert Defaults().timeout is UNSET


def test_defaults_that_add_nothing_leave_the_options_alone():
    options = {"stream": True}
    assert Defaults().for_call(options, timeout=True) is options
    assert Defaults(timeout=5).for_call(options, timeout=False) is options
    assert Defaults(timeout=5).for_call({"timeout": 1}, timeout=True) == {"timeout": 1}
    assert Defaults({"A": "1"}).for_call({"headers": None}, timeout=True) == {"headers": {"A": "1"}}


def test_an_attempt_by_request_on_anything_that_has_it_passes_the_method(clock):
    class WithRequest:
        def request(self, method, url, **options):
            return method, url, options

    call = Call.of("request", "PURGE", "/x", (), {"stream": True})
    assert send(WithRequest(), call, clock).response == ("PURGE", "/x", {"stream": True})


def test_a_cancelled_attempt_calls_nothing(clock, stub):
    cancellation = Cancellation()
    cancellation.cancel()
    call = get().with_(cancellation=cancellation)
    for item in (stub("x"), Endpoint(HOST, session=stub("x"))):
        outcome = send(item, call, clock)
        assert outcome.judgement == CANCELLED
        assert isinstance(outcome.error, AhoyhoyRequestsException)
    assert item._session._session.calls == []


def test_what_fails_after_it_was_cancelled_is_nobodys_failure(clock, stub):
    for wrap in (stub, lambda item: Endpoint(HOST, session=stub(item))):
        cancellation = Cancellation()

        def fail(cancellation=cancellation):
            cancellation.cancel()
            raise ConnectionRefusedError

        call = get().with_(cancellation=cancellation)
        outcome = send(wrap(fail), call, clock)
        assert outcome.judgement == CANCELLED
        assert isinstance(outcome.error.__cause__, ConnectionRefusedError)


def test_a_timeout_is_the_deadlines_once_that_has_passed(clock, stub):
    def late():
        clock.advance(2)
        raise requests.ReadTimeout

    for seconds, reason in [(2, "deadline passed"), (3, "read timeout")]:
        for item in (stub(late), Endpoint(HOST, session=stub(late))):
            call = get().with_(deadline=Deadline.after(seconds, clock))
            outcome = send(item, call, clock)
            assert (outcome.verdict, outcome.judgement.reason) == (Verdict.RETRYABLE, reason)


def test_the_transport_is_given_no_more_time_than_is_left(clock):
    given = []

    class Transport(BaseAdapter):
        def send(self, request, timeout=None, **_):
            given.append(timeout)
            raise requests.ReadTimeout(request=request)

    class Users(HTTPAdapter):
        send = Transport.send

    for kind in (Transport, Users):
        session = requests.Session()
        session.mount("http://", kind())
        endpoint = Endpoint(HOST, session=session, defaults=Defaults(timeout=(3, 30)))
        for options in ({}, {"timeout": 1}, {"timeout": None}):
            call = get(**options).with_(deadline=Deadline.after(8, clock))
            send(endpoint, call, clock)
    # An adapter of one's own may have a default; its connections know the deadline anyway.
    assert given == [(3, 8), 1, 8.0, (3, 8), 1, None]
