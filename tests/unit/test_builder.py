import subprocess
import sys

import pytest
import requests
import urllib3

from ahoyhoy.client import Client, LBClientBuilder, SessionClientBuilder, SimpleClient, builder
from ahoyhoy.client.retrying import RetryingEndpoint
from ahoyhoy.endpoints import Endpoint
from ahoyhoy.exceptions import Ahoyhoy500Exception, AhoyhoyLbException, BuilderError
from ahoyhoy.lb import RandomLB, RoundRobinLB
from ahoyhoy.lb.providers import ListProvider
from ahoyhoy.retries import Retry, RetryPolicy
from ahoyhoy.strategies import Single
from ahoyhoy.utils import Host

BUILDERS = [LBClientBuilder, SessionClientBuilder]
EAGER = RetryPolicy(attempts=3, methods={"GET"})


@pytest.fixture
def lb():
    return RoundRobinLB(ListProvider(Host("a", 1), Host("b", 1)))


def test_each_step_returns_the_builder(lb):
    for kind in BUILDERS:
        builder = kind()
        for result in (
            builder.add_session(requests.Session()),
            builder.add_headers({"X": "1"}),
            builder.add_retries(EAGER),
            builder.add_retries(Retry(tries=2)),
            builder.add_callbacks(pre=str),
            builder.add_breaker(failure_threshold=2),
            builder.add_timeout(5),
        ):
            assert result is builder
    assert LBClientBuilder().add_lb(lb).set_endpoint_updates(2).add_name("users").build()


def test_they_are_at_4xs_path_too():
    assert builder.LBClientBuilder is LBClientBuilder
    assert builder.SessionClientBuilder is SessionClientBuilder


@pytest.mark.parametrize(
    ("kind", "missing"), [(BUILDERS[0], "add_lb"), (BUILDERS[1], "add_session")]
)
def test_building_without_the_main_thing_says_which(kind, missing):
    for family in (TypeError, AssertionError):
        with pytest.raises(family, match=missing) as caught:
            kind().build()
        assert isinstance(caught.value, BuilderError)


@pytest.mark.parametrize(
    ("step", "argument", "error"),
    [
        ("add_lb", RoundRobinLB, "is a class: make a balancer of it"),
        ("add_lb", None, "no load balancer"),
        ("add_lb", ListProvider(Host("a", 1)), "no load balancer"),
        ("add_session", requests.Session, "no session"),
        ("add_session", None, "no session"),
        ("add_session", "http://a", "no session"),
        ("add_headers", "X: 1", "mapping of names to values"),
        ("add_headers", None, "mapping of names to values"),
        ("add_retries", None, "says nothing about retries"),
        ("add_retries", 3, "says nothing about retries"),
        ("add_retries", RetryPolicy, "is a class"),
        ("add_retries", Retry, "is a class"),
        ("add_retries", urllib3.Retry, "is a class"),
    ],
)
def test_a_wrong_argument_is_a_type_error_that_says_what_to_give(step, argument, error):
    with pytest.raises(TypeError, match=error):
        getattr(LBClientBuilder(), step)(argument)


@pytest.mark.parametrize("updates", [0, -1, 1.5, True, "2", None])
def test_endpoint_updates_are_counted_from_1(updates):
    with pytest.raises(ValueError, match="at least once"):
        LBClientBuilder().set_endpoint_updates(updates)


@pytest.mark.parametrize("timeout", [0, -1, "5", (1, 2, 3), (1, "2"), True])
def test_a_timeout_that_cannot_be_is_an_error_at_once(timeout):
    with pytest.raises((TypeError, ValueError), match="timeout"):
        LBClientBuilder().add_timeout(timeout)


@pytest.mark.parametrize("timeout", [None, 5, 0.5, (1, 2), (None, 5), (3.05, None)])
def test_a_timeout_is_as_requests_takes_it(timeout):
    assert LBClientBuilder().add_timeout(timeout)


@pytest.mark.parametrize("kind", BUILDERS)
def test_unknown_and_wrong_breaker_options_are_errors_at_once(kind):
    with pytest.raises(TypeError, match="reset_timeout"):
        kind().add_breaker(reset_timeout=1)
    with pytest.raises(ValueError, match="failure_threshold"):
        kind().add_breaker(failure_threshold=0)


@pytest.mark.parametrize("name", ["pre", "post", "exception"])
def test_a_callback_that_cannot_be_called_is_an_error_at_once(name):
    with pytest.raises(BuilderError, match=f"{name} must be a function"):
        LBClientBuilder().add_callbacks(**{name: "x"})


def test_wrong_use_is_an_error_under_python_o_too():
    code = """
from ahoyhoy import LBClientBuilder, RoundRobinLB, SessionClientBuilder
assert False, "asserts are off"
for wrong in (
    LBClientBuilder().build, SessionClientBuilder().build,
    lambda: RoundRobinLB(None), lambda: LBClientBuilder().add_lb(RoundRobinLB),
):
    try:
        wrong()
    except TypeError as error:
        if not isinstance(error, AssertionError):
            raise SystemExit(f"{error!r} is no AssertionError")
    else:
        raise SystemExit(f"{wrong} raised nothing")
print("all refused")
"""
    run = subprocess.run(
        [sys.executable, "-O", "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert run.stdout == "all refused\n", run.stdout + run.stderr


def test_a_client_uses_the_session_headers_timeout_and_callbacks(lb, recorded):
    session, adapter = recorded()
    session.headers["From-Session"] = "1"
    client = (
        LBClientBuilder().add_lb(lb).add_session(session).add_headers({"A": "1"})
        .add_headers({"B": "2"}).add_timeout((1, 2))
        .add_callbacks(pre=lambda path: "/v1" + path, post=lambda r: (r.status_code, r.url))
        .build()
    )  # fmt: skip
    status, url = client.get("/x")
    assert (status, url.partition(":1")[2]) == (200, "/v1/x")
    sent = adapter.requests[0].headers
    assert (sent["From-Session"], sent["A"], sent["B"]) == ("1", "1", "2")
    assert adapter.options[0]["timeout"] == (1, 2)
    assert "A" not in session.headers


def test_a_client_without_a_timeout_has_a_default_one(lb, recorded):
    session, adapter = recorded()
    LBClientBuilder().add_lb(lb).add_session(session).build().get("/")
    LBClientBuilder().add_lb(lb).add_session(session).add_timeout(None).build().get("/")
    assert [options["timeout"] for options in adapter.options] == [(3.05, 30.0), None]


@pytest.mark.parametrize(
    ("retries", "requests_made"),
    [
        (RetryPolicy(attempts=1), 1),
        (RetryPolicy(attempts=2), 2),
        (urllib3.Retry(3, status_forcelist=[503]), 4),
        (urllib3.Retry(3), 1),
        (Retry(tries=5), 3),  # of 4.x: repeats what raises, and a 5xx answer does not
    ],
    ids=repr,
)
def test_retries_of_every_kind(lb, recorded, retries, requests_made):
    session, adapter = recorded(503)
    builder = LBClientBuilder().add_lb(lb).add_session(session)
    client = builder.add_breaker(minimum_throughput=99).add_retries(retries).build()
    with pytest.raises(Ahoyhoy500Exception):
        client.get("/")
    assert len(adapter.requests) == requests_made


def test_a_last_5xx_is_returned_where_that_was_asked_for(lb, recorded):
    session, adapter = recorded(503)
    builder = LBClientBuilder().add_lb(lb).add_session(session).add_raise_for_status(False)
    assert builder.build().get("/").status_code == 503
    assert len(adapter.requests) == 3


def test_circuits_are_as_the_builder_says(lb, recorded):
    session, _ = recorded(requests.ConnectionError())
    builder = LBClientBuilder().add_lb(lb).add_session(session).add_breaker(failure_threshold=1)
    client = builder.add_retries(RetryPolicy(attempts=1)).build()
    with pytest.raises(requests.ConnectionError):
        client.get("/")
    assert sorted(host.circuit for host in client.hosts()) == ["closed", "open"]


def test_two_builders_cannot_both_make_the_circuits_of_one_balancer(lb):
    LBClientBuilder().add_lb(lb).add_breaker(failure_threshold=1).build()
    with pytest.raises(AhoyhoyLbException, match="has circuits already"):
        LBClientBuilder().add_lb(lb).add_breaker(failure_threshold=2).build()


def test_an_lb_builder_builds_a_client_over_any_balancer():
    client = LBClientBuilder().add_lb(RandomLB(ListProvider())).build()
    assert isinstance(client, Client)
    assert repr(client) == "<Client over RandomLB>"


def test_a_session_builder_builds_an_endpoint_over_the_session(recorded):
    session, adapter = recorded()
    client = SessionClientBuilder().add_session(session).add_headers({"A": "1"}).build()
    assert type(client) is Endpoint
    assert client.get("http://b/x").status_code == 200
    assert client.headers is session.headers
    assert adapter.requests[0].headers["A"] == "1"
    assert "A" not in session.headers
    client.mount("ftp://", adapter)
    assert session.get_adapter("ftp://x") is adapter


def test_a_session_builder_with_a_policy_repeats_at_the_same_url(recorded):
    session, adapter = recorded(503, 503, 200)
    client = SessionClientBuilder().add_session(session).add_retries(EAGER).build()
    assert isinstance(client, RetryingEndpoint)
    assert client.get("http://b/x").status_code == 200
    assert [request.url for request in adapter.requests] == ["http://b/x"] * 3


@pytest.mark.parametrize("kind", BUILDERS)
def test_methods_of_a_strategy_are_names(kind):
    with pytest.raises(BuilderError, match="methods are names"):
        kind().add_strategy(Single(), {"GET"})


@pytest.mark.parametrize(("policy", "sent"), [(None, 1), (RetryPolicy(4), 4)])
def test_a_strategy_for_one_method_of_a_session_leaves_the_others_as_they_were(
    recorded, policy, sent
):
    session, adapter = recorded(503)
    builder = SessionClientBuilder().add_session(session).add_strategy(Single(), "GET")
    client = (builder if policy is None else builder.add_retries(policy)).build()
    for method, times in (("GET", 1), ("PUT", sent)):
        adapter.requests.clear()
        with pytest.raises(Ahoyhoy500Exception):
            client.request(method, "http://b/x")
        assert len(adapter.requests) == times


def test_a_session_builder_with_a_policy_does_not_repeat_what_is_unsafe(recorded):
    session, adapter = recorded(503)
    client = SessionClientBuilder().add_session(session).add_retries(EAGER).build()
    with pytest.raises(Ahoyhoy500Exception):
        client.post("http://b/x")
    assert len(adapter.requests) == 1


def test_a_session_builder_sets_breaker_timeout_and_callbacks(recorded):
    session, adapter = recorded(requests.ConnectionError())
    client = (
        SessionClientBuilder().add_session(session).add_timeout(7)
        .add_breaker(failure_threshold=1).add_callbacks(exception=lambda e: "stand-in").build()
    )  # fmt: skip
    assert client.get("http://b/x") == "stand-in"
    assert client.is_open()
    assert adapter.options[0]["timeout"] == 7


def test_a_simple_client_is_an_endpoint_over_a_session(stub):
    session = stub(ConnectionRefusedError(), "x")
    retry = Retry(tries=2, sleep=lambda _: None)
    assert SimpleClient(session, retry_http_call=retry).get("http://b/") == "x"
    assert isinstance(SimpleClient(), Endpoint)
