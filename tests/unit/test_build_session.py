"""A builder's session: what was added to the builder is the session's."""

import pytest
import requests
from requests.adapters import HTTPAdapter

from ahoyhoy import (
    CircuitBreaker,
    Host,
    LBClientBuilder,
    ListProvider,
    Retry,
    RetryPolicy,
    RoundRobinLB,
    Session,
    Single,
)
from ahoyhoy.exceptions import AhoyhoyLbException, BuilderError
from ahoyhoy.health import HealthCheck
from ahoyhoy.lb.limits import Limits


@pytest.fixture
def lb():
    return RoundRobinLB(ListProvider(Host("10.0.0.1", 80)))


def service(session, name="users"):
    return session.get_adapter(f"http://{name}/").service


def test_its_settings_are_the_sessions(lb):
    builder = LBClientBuilder().add_lb(lb).add_name("users").add_timeout(7).add_deadline(9)
    builder.add_strategy(Single()).add_priority("low").add_limits(Limits(per_host=3))
    builder.add_health_check(HealthCheck("/health")).add_listener(print)
    builder.set_endpoint_updates(2).add_headers({"X-A": "b"})
    session = builder.build_session()
    assert type(session) is Session
    settings = service(session).settings
    assert service(session).lb is lb
    assert (settings.timeout, settings.deadline, settings.priority) == (7, 9, "low")
    assert isinstance(settings.strategy, Single)
    assert (settings.limits.per_host, settings.health_check.path) == (3, "/health")
    assert (settings.listeners, settings.ep_list_update_tries) == ((print,), 2)
    assert session.headers["x-a"] == "b"
    assert session.headers["User-Agent"] == requests.Session().headers["User-Agent"]


def test_its_breaker_is_that_of_the_hosts(lb):
    LBClientBuilder().add_lb(lb).add_breaker(failure_threshold=2).build_session()
    (endpoint,) = lb.endpoints()
    assert isinstance(endpoint.breaker, CircuitBreaker)
    assert endpoint.breaker.fail_max == 2
    with pytest.raises(AhoyhoyLbException):
        LBClientBuilder().add_lb(lb).add_breaker(failure_threshold=3).build_session()


def test_a_session_that_was_added_gives_its_settings_and_adapters(lb):
    own, secure = HTTPAdapter(max_retries=3), HTTPAdapter()
    with requests.Session() as other:
        other.auth, other.verify, other.trust_env = ("me", "secret"), "/ca.pem", False
        other.headers["X-A"] = "a"
        other.cookies["c"] = "d"
        other.mount("http://", own)
        other.mount("https://users/", secure)
        builder = LBClientBuilder().add_lb(lb).add_name("users").add_session(other)
        session = builder.add_headers({"X-B": "b"}).build_session()
        assert (session.auth, session.verify, session.trust_env) == (other.auth, "/ca.pem", False)
        assert session.cookies is other.cookies
        assert (session.headers["X-A"], session.headers["X-B"]) == ("a", "b")
        assert "X-B" not in other.headers
        assert session.get_adapter("http://elsewhere/") is own
        assert session.get_adapter("http://users/").transport is own
        assert session.get_adapter("https://users/").transport is secure


@pytest.mark.parametrize(
    ("step", "argument", "advice"),
    [
        ("add_callbacks", print, "add hooks to session.hooks"),
        ("add_retries", Retry(tries=2), r"add_retries\(RetryPolicy\(attempts=3\)\)"),
        ("add_raise_for_status", True, r"call response.raise_for_status\(\)"),
        ("add_session", type("Stub", (), {"get": print})(), "is made of a requests.Session"),
    ],
)
def test_what_a_session_has_no_use_for_is_refused(lb, step, argument, advice):
    builder = LBClientBuilder().add_lb(lb)
    getattr(builder, step)(argument)
    with pytest.raises(BuilderError, match=advice):
        builder.build_session()


def test_it_needs_a_balancer():
    with pytest.raises(BuilderError, match="a balancer is missing"):
        LBClientBuilder().build_session()


def test_what_a_session_does_anyway_may_be_said(lb):
    builder = LBClientBuilder().add_lb(lb).add_raise_for_status(False)
    session = builder.add_retries(RetryPolicy(attempts=2)).build_session()
    assert service(session, "service.ahoyhoy").settings.policy.attempts == 2
