import copy
import pickle

import pytest
import requests

from ahoyhoy._core import Call, Verdict
from ahoyhoy.circuit import Circuit, CircuitBreaker, ClosedState
from ahoyhoy.endpoints import Endpoint, SimpleHttpEndpoint
from ahoyhoy.endpoints.defaults import Callbacks, Defaults
from ahoyhoy.exceptions import Ahoyhoy500Exception, CircuitOpenError, InvalidHostError
from ahoyhoy.http import SessionProxy
from ahoyhoy.retries import Retry
from ahoyhoy.servicediscovery import ServiceDiscoveryHttpClient
from ahoyhoy.utils import Host

HOST = Host("a", 1)


def get(path="/", **options):
    return Call.of("get", "GET", path, (), options)


def test_it_is_a_circuit_over_a_client_of_its_host_over_a_session():
    session = requests.Session()
    endpoint = Endpoint(HOST, session=session)
    assert isinstance(endpoint, Circuit)
    assert isinstance(endpoint._session, ServiceDiscoveryHttpClient)
    assert isinstance(endpoint._session, SessionProxy)
    assert endpoint._session._session is session
    assert (endpoint.host, endpoint._host, endpoint.state) == (HOST, HOST, ClosedState)


def test_without_a_host_its_verbs_take_urls(stub):
    for endpoint in (Endpoint(session=stub("x")), SimpleHttpEndpoint(stub("x"))):
        assert endpoint.get("http://b/x") == "x"
        assert endpoint._session.calls[0][1] == "http://b/x"
        assert endpoint.host is None
        assert endpoint.instance is None
    assert isinstance(SimpleHttpEndpoint()._session, requests.Session)


def test_endpoints_are_equal_by_host_and_without_one_only_to_themselves():
    assert Endpoint(HOST) == Endpoint(("a", 1))
    assert len({Endpoint(HOST), Endpoint(HOST)}) == 1
    assert Endpoint(HOST) != Endpoint(Host("b", 1))
    assert Endpoint(HOST) != HOST
    one = Endpoint()
    assert one == one
    assert one != Endpoint()


def test_positional_and_keyword_arguments_reach_the_session(stub):
    session = stub("x")
    Endpoint(HOST, session=session).post("/x", b"data", headers={"A": "1"})
    assert session.calls == [("post", "http://a:1/x", (b"data",), {"headers": {"A": "1"}})]


def test_other_attributes_are_the_sessions():
    session = requests.Session()
    for endpoint in (Endpoint(HOST, session=session), Endpoint(session=session)):
        assert endpoint.headers is session.headers
        endpoint.verify = not session.verify
        assert session.verify == endpoint.verify
        for name in ("nonsense", "__enter_it__"):
            with pytest.raises(AttributeError, match=name):
                getattr(endpoint, name)


def test_a_5xx_answer_is_raised_and_counts(recorded):
    session, _ = recorded(503)
    endpoint = Endpoint(HOST, session=session)
    with pytest.raises(Ahoyhoy500Exception):
        endpoint.get("/")
    assert endpoint.breaker.fail_counter == 1


def test_an_open_one_refuses_and_sends_nothing(stub):
    session = stub("x")
    endpoint = Endpoint(HOST, session=session)
    endpoint.open()
    with pytest.raises(CircuitOpenError, match=r"no connections possible \(a:1\)"):
        endpoint.get("/")
    assert session.calls == []
    endpoint.close()
    assert endpoint.get("/") == "x"


def test_callbacks_run_once_per_call(stub):
    seen = []
    session = stub("answer")
    endpoint = Endpoint(
        HOST,
        lambda path: seen.append(path) or "/pre" + path,
        lambda answer: seen.append(answer) or [answer],
        session=session,
    )
    assert endpoint.get("/x") == ["answer"]
    assert seen == ["/x", "answer"]
    assert session.calls[0][1] == "http://a:1/pre/x"


def test_pre_may_return_a_whole_url(stub):
    session = stub("answer")
    Endpoint(HOST, lambda _: "http://b/y", session=session).get("/x")
    assert session.calls[0][1] == "http://b/y"


def test_the_exception_callbacks_result_is_the_result_and_the_failure_counts(stub):
    endpoint = Endpoint(
        HOST,
        post_callback=pytest.fail,
        exception_callback=lambda error: type(error).__name__,
        session=stub(ConnectionRefusedError()),
    )
    assert endpoint.get("/") == "ConnectionRefusedError"
    assert endpoint.breaker.fail_counter == 2
    outcome = endpoint.attempt(get())
    assert outcome.verdict is Verdict.FAILED  # which ends failover
    assert outcome.error is None


@pytest.mark.parametrize("which", ["pre_callback", "post_callback"])
def test_a_callback_that_raises_says_nothing_about_the_host(stub, which):
    endpoint = Endpoint(HOST, session=stub("x"), **{which: lambda _: 1 / 0})
    outcome = endpoint.attempt(get())
    assert outcome.verdict is Verdict.IGNORED
    assert isinstance(outcome.error, ZeroDivisionError)
    assert endpoint.breaker.fail_counter == 0


def test_a_post_callback_that_raises_on_a_5xx_does_not_hide_it(recorded):
    session, _ = recorded(503)
    outcome = Endpoint(HOST, post_callback=lambda _: 1 / 0, session=session).attempt(get())
    assert outcome.verdict is Verdict.RETRYABLE
    assert isinstance(outcome.error, Ahoyhoy500Exception)


def test_a_classify_function_makes_the_call_and_decides(stub, answer):
    def classify(func, *args, **kwargs):
        result = func(*args, **kwargs)
        if result == "bad":
            raise ConnectionError
        return f"good {result}"

    endpoint = Endpoint(HOST, classify=classify, session=stub("x", "bad", answer(503)))
    assert endpoint.get("/") == "good x"
    with pytest.raises(ConnectionError):
        endpoint.get("/")
    assert endpoint.breaker.fail_counter == 1
    assert endpoint.get("/") == "good <Response [503]>"
    assert endpoint.breaker.fail_counter == 0


def test_a_subclass_that_overrides_classify_makes_the_call_itself(stub):
    class Mine(Endpoint):
        def classify(self, func, *args, **kwargs):
            return [func(*args, **kwargs), args, kwargs]

    endpoint = Mine(HOST, pre_callback=lambda p: "/v1" + p, session=stub("x"))
    assert endpoint.get("/a", stream=True) == ["x", ("/v1/a",), {"stream": True}]


RESET = ConnectionResetError(104, "reset")


@pytest.mark.parametrize(
    ("verb", "options", "error", "calls"),
    [
        ("get", {}, RESET, 3),
        ("post", {}, RESET, 1),
        ("post", {"headers": {"Idempotency-Key": "1"}}, RESET, 3),
        ("post", {}, ConnectionRefusedError(), 3),
        ("get", {"data": iter([b"x"])}, RESET, 1),
        ("post", {"data": iter([b"x"])}, ConnectionRefusedError(), 3),
        ("get", {}, TypeError(), 1),
    ],
)
def test_a_retry_function_repeats_only_what_is_safe(stub, verb, options, error, calls):
    session = stub(error)
    endpoint = Endpoint(
        HOST, session=session, breaker=CircuitBreaker(failure_threshold=99, minimum_throughput=99)
    )
    endpoint.set_retry(Retry(tries=3, sleep=lambda _: None))
    with pytest.raises(type(error)):
        getattr(endpoint, verb)("/", **options)
    assert len(session.calls) == calls


def test_headers_that_are_set_go_with_each_call_and_not_into_the_session(recorded):
    session, adapter = recorded()
    endpoint = Endpoint(HOST, session=session)
    endpoint.set_headers({"X-A": "1", "x-b": "2"})
    endpoint.get("/", headers={"X-B": "own"})
    sent = adapter.requests[0].headers
    assert (sent["X-A"], sent["X-B"]) == ("1", "own")
    assert "X-A" not in session.headers


def test_a_default_timeout_yields_to_the_calls_own(recorded):
    session, adapter = recorded()
    endpoint = Endpoint(HOST, session=session, defaults=Defaults(timeout=(1, 2)))
    endpoint.get("/")
    endpoint.get("/", timeout=9)
    endpoint.get("/", timeout=None)
    assert [options["timeout"] for options in adapter.options] == [(1, 2), 9, None]


def test_a_bound_view_shares_circuit_and_host_and_changes_neither_endpoint_nor_session(recorded):
    session, adapter = recorded(200)
    mine, other = recorded(200)
    endpoint = Endpoint(HOST, session=session)
    view = endpoint.bound(
        session=mine,
        callbacks=Callbacks(pre=lambda path: "/pre" + path),
        defaults=Defaults({"X": "1"}, 5),
    )
    view.get("/x")
    endpoint.get("/x")
    assert view.breaker is endpoint.breaker
    assert view == endpoint
    assert (other.requests[0].url, other.requests[0].headers["X"]) == ("http://a:1/pre/x", "1")
    assert adapter.requests[0].url == "http://a:1/x"
    assert "X" not in adapter.requests[0].headers


def test_a_bound_view_without_a_host_takes_the_other_session(stub):
    view = Endpoint(session=stub("one")).bound(session=stub("two"), retry=Retry(tries=1))
    assert view.get("http://b/") == "two"


def test_only_its_own_session_is_closed(monkeypatch):
    closed = []

    def close(session):
        closed.append(session)

    monkeypatch.setattr(requests.Session, "close", close)
    own, given = Endpoint(HOST), Endpoint(HOST, session=requests.Session())
    for endpoint in (own, given, own.bound(session=requests.Session())):
        endpoint.close_connections()
    assert closed == [own._plain_session]


def test_a_malformed_host_is_an_error_at_once():
    with pytest.raises(InvalidHostError):
        Endpoint("a:1")


def test_it_can_be_copied_and_pickled():
    endpoint = Endpoint(HOST)
    assert copy.copy(endpoint).breaker is endpoint.breaker
    endpoint.open()
    assert pickle.loads(pickle.dumps(endpoint)).is_closed()


def test_it_shows_its_host_and_state():
    assert repr(Endpoint(Host("::1", 2))) == "<Endpoint [::1]:2, circuit closed>"
    assert repr(Endpoint()) == "<Endpoint any URL, circuit closed>"


def test_a_bound_view_without_a_host_or_another_session_keeps_its_own(stub):
    view = Endpoint(session=stub("one")).bound(defaults=Defaults({"X": "1"}))
    assert view.get("http://b/") == "one"
    assert view._session.calls[0][3] == {"headers": {"X": "1"}}


@pytest.mark.parametrize("returned", [None, 5, b"/x"])
def test_a_pre_callback_that_returns_no_text_is_a_type_error(stub, returned):
    endpoint = Endpoint(HOST, pre_callback=lambda _: returned, session=stub("x"))
    with pytest.raises(TypeError, match="must return a path or a URL"):
        endpoint.get("/")
    assert endpoint.breaker.fail_counter == 0


def test_a_429_is_the_answer_of_a_call(stub, answer):
    endpoint = Endpoint(HOST, session=stub(answer(429)))
    outcome = endpoint.attempt(get())
    assert (outcome.verdict, outcome.error) == (Verdict.RETRYABLE, None)
    assert outcome.judgement.throttled
    assert endpoint.get("/").status_code == 429
    assert SimpleHttpEndpoint(stub(answer(429))).get("http://b/").status_code == 429


def test_a_post_callback_that_raises_for_a_429_leaves_it_repeatable(stub, answer):
    endpoint = Endpoint(
        HOST, session=stub(answer(429)), post_callback=lambda r: r.raise_for_status()
    )
    outcome = endpoint.attempt(get())
    assert (outcome.verdict, type(outcome.error)) == (Verdict.RETRYABLE, requests.HTTPError)
