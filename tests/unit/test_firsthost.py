import logging

import pytest

from ahoyhoy import Host, LBClientBuilder, ListProvider, Sequential, SessionClientBuilder
from ahoyhoy.exceptions import Ahoyhoy500Exception, ClientNoEndpointsException
from ahoyhoy.lb import RoundRobinLB
from ahoyhoy.retries import RetryPolicy

HOSTS = (Host("127.0.0.1", 1), Host("127.0.0.2", 2))


@pytest.fixture
def off(monkeypatch):
    monkeypatch.setenv("AHOYHOY_DISABLE", "1")


def client(session, *hosts):
    balancer = RoundRobinLB(ListProvider(*hosts))
    return LBClientBuilder().add_lb(balancer).add_session(session).build()


def test_each_call_goes_to_the_first_host(off, recorded):
    session, adapter = recorded()
    balanced = client(session, *HOSTS)
    for _ in range(3):
        balanced.get("/x")
    assert [request.url for request in adapter.requests] == ["http://127.0.0.1:1/x"] * 3


def test_a_call_is_made_once_even_with_a_strategy_of_its_own(off, recorded):
    balanced = client(recorded(500)[0], *HOSTS)
    with pytest.raises(Ahoyhoy500Exception) as caught:
        balanced.get("/x", strategy=Sequential(RetryPolicy(attempts=5)))
    assert [attempt.host for attempt in caught.value.attempts] == [HOSTS[0]]


def test_an_open_circuit_keeps_nothing_from_the_first_host(off, recorded):
    session, adapter = recorded()
    balanced = client(session, *HOSTS)
    balanced.resolve().open()
    balanced.get("/x")
    assert [request.url for request in adapter.requests] == ["http://127.0.0.1:1/x"]


def test_without_hosts_the_error_is_the_usual_one(off, recorded):
    session, _ = recorded()
    with pytest.raises(ClientNoEndpointsException, match="no host"):
        client(session).get("/x")


def test_a_session_with_retries_makes_one_attempt(off, recorded):
    built = SessionClientBuilder().add_session(recorded(500)[0]).add_retries(RetryPolicy()).build()
    with pytest.raises(Ahoyhoy500Exception) as caught:
        built.get("http://a/x")
    assert len(caught.value.attempts) == 1


def test_the_log_says_that_balancing_is_off(off, recorded, caplog):
    session, _ = recorded()
    with caplog.at_level(logging.WARNING, "ahoyhoy.client"):
        client(session, *HOSTS)
    assert "AHOYHOY_DISABLE is set: each call goes to the first host, once" in caplog.text


@pytest.mark.parametrize("value", ["", "0"])
def test_nothing_and_0_turn_nothing_off(monkeypatch, recorded, value):
    monkeypatch.setenv("AHOYHOY_DISABLE", value)
    session, adapter = recorded()
    balanced = client(session, *HOSTS)
    balanced.get("/x")
    balanced.get("/x")
    assert {request.url for request in adapter.requests} == {
        "http://127.0.0.1:1/x",
        "http://127.0.0.2:2/x",
    }
