"""What makes circuits may be given wherever circuits are chosen, by the same rules."""

import contextlib

import pybreaker
import pytest
import requests

import ahoyhoy
from ahoyhoy import (
    BreakerFactory,
    CircuitBreaker,
    Endpoint,
    Host,
    LBClientBuilder,
    ListProvider,
    RedisCircuits,
    RoundRobinLB,
    SessionClientBuilder,
)
from ahoyhoy.circuit import SharedBreaker
from ahoyhoy.exceptions import BuilderError

TARGET = "http://10.0.0.1,10.0.0.2"


def balancer():
    return RoundRobinLB(ListProvider(Host("10.0.0.1", 80), Host("10.0.0.2", 80)))


def by_balancer(make):
    lb = balancer()
    lb.use_breaker(make)
    return lb


def by_client(make):
    lb = balancer()
    LBClientBuilder().add_lb(lb).add_breaker(make).build()
    return lb


def by_built_session(make):
    lb = balancer()
    LBClientBuilder().add_lb(lb).add_breaker(make).build_session().close()
    return lb


def by_session(make):
    lb = balancer()
    ahoyhoy.Session(lb, breaker=make).close()
    return lb


def by_adapter(make):
    return ahoyhoy.Adapter(TARGET, breaker=make).service.lb


CHECKED = [by_balancer, by_client, by_built_session, by_session, by_adapter]


@pytest.fixture
def shared(clock):
    with contextlib.closing(RedisCircuits("redis://127.0.0.1:1/0", clock=clock)) as circuits:
        yield circuits


@pytest.mark.parametrize("give", CHECKED)
def test_processes_may_share_the_circuits_wherever_circuits_are_chosen(give, shared):
    breakers = [endpoint.breaker for endpoint in give(shared).endpoints()]
    assert [type(breaker) for breaker in breakers] == [SharedBreaker] * 2
    assert sorted(breaker.name for breaker in breakers) == ["10.0.0.1:80", "10.0.0.2:80"]


@pytest.mark.parametrize("give", CHECKED)
@pytest.mark.parametrize(
    "make",
    [BreakerFactory(failure_threshold=3), lambda name: CircuitBreaker(name, failure_threshold=3)],
)
def test_a_factory_or_a_function_may_be_given_as_well(give, make):
    breakers = [endpoint.breaker for endpoint in give(make).endpoints()]
    assert {breaker.fail_max for breaker in breakers} == {3}
    assert len({id(breaker) for breaker in breakers}) == 2


def test_the_class_of_circuits_makes_circuits():
    assert {e.breaker.name for e in by_session(CircuitBreaker).endpoints()} == {
        "10.0.0.1:80",
        "10.0.0.2:80",
    }


@pytest.mark.parametrize("give", CHECKED)
@pytest.mark.parametrize(
    ("wrong", "shown"),
    [
        (CircuitBreaker("a"), "an object of CircuitBreaker"),
        (pybreaker.CircuitBreaker(), "an object of CircuitBreaker"),
        (RedisCircuits, "the class RedisCircuits"),
        (BreakerFactory, "the class BreakerFactory"),
        (pybreaker.CircuitBreaker, "the class CircuitBreaker"),
        ("redis://:s3cret@127.0.0.1/0", "an object of str"),
        ({"failure_threshold": 3}, "an object of dict"),
        (0, "an object of int"),
    ],
)
def test_what_makes_no_circuits_is_refused_at_once(give, wrong, shown):
    with pytest.raises(BuilderError, match=f"{shown} makes no circuits.* give BreakerFactory") as e:
        give(wrong)
    assert "s3cret" not in str(e.value)


def test_one_service_of_several_sessions_may_have_them(shared):
    services = {"users": "http://10.0.0.1", "orders": "http://10.0.0.2"}
    with ahoyhoy.Session(services, breaker=shared) as session:
        adapters = [session.get_adapter(f"http://{name}/") for name in services]
        for adapter in adapters:
            (endpoint,) = adapter.service.lb.endpoints()
            assert type(endpoint.breaker) is SharedBreaker


def test_options_are_for_what_makes_the_circuits(shared):
    with pytest.raises(BuilderError, match=r"break_duration, failure_threshold: give options to"):
        LBClientBuilder().add_breaker(shared, failure_threshold=3, break_duration=2)


def test_none_is_what_there_is_without_it():
    assert by_client(None).endpoints()[0].breaker.fail_max == 5
    assert by_session(None).endpoints()[0].breaker.fail_max == 5


def test_what_code_gives_comes_before_the_configuration(shared, monkeypatch, tmp_path):
    path = tmp_path / "ahoyhoy.toml"
    path.write_text(f'[services.users]\ntarget = "{TARGET}"\nbreaker.failure_threshold = 9\n')
    monkeypatch.setenv("AHOYHOY_CONFIG", str(path))
    made = ahoyhoy.Adapter("lb://users", breaker=shared).service.lb.endpoints()
    assert {(type(e.breaker), e.breaker.fail_max) for e in made} == {(SharedBreaker, 5)}


def test_the_circuit_of_a_session_is_made_by_a_factory_too(shared):
    with requests.Session() as session:
        builder = SessionClientBuilder().add_session(session)
        endpoint = builder.add_breaker(BreakerFactory(failure_threshold=2)).build()
        assert (endpoint.breaker.fail_max, endpoint.breaker.name) == (2, None)
        assert builder.add_breaker(failure_threshold=3).build().breaker.fail_max == 3
        with pytest.raises(BuilderError, match="processes share the circuits of hosts"):
            builder.add_breaker(shared)
        with pytest.raises(BuilderError, match="makes no circuits"):
            builder.add_breaker(CircuitBreaker())


def test_an_endpoint_takes_one_circuit(shared):
    host = Host("10.0.0.1", 80)
    assert Endpoint(host, breaker=shared("10.0.0.1:80")).breaker.name == "10.0.0.1:80"
    for wrong in (shared, pybreaker.CircuitBreaker(), CircuitBreaker):
        with pytest.raises(BuilderError, match="is no circuit of one host"):
            Endpoint(host, breaker=wrong)
