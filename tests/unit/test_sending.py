import pytest
import requests

from ahoyhoy._core import Call, Verdict
from ahoyhoy.circuit import CircuitBreaker
from ahoyhoy.endpoints import Endpoint
from ahoyhoy.endpoints.defaults import UNSET, Defaults
from ahoyhoy.endpoints.sending import send
from ahoyhoy.exceptions import Ahoyhoy500Exception
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
