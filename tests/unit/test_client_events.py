"""Whom a client tells of what happens in its balancer, and for how long."""

import gc

import pytest

from ahoyhoy import HealthCheck, LBClientBuilder, Limits
from ahoyhoy._core import Call
from ahoyhoy.client import Client
from ahoyhoy.events import CallStarted, CircuitChanged
from ahoyhoy.exceptions import AhoyhoyLbException, LimitExceededError
from ahoyhoy.lb import ILoadBalancer, RoundRobinLB
from ahoyhoy.lb.providers import ListProvider
from ahoyhoy.utils import Host

A, B = Host("a", 1), Host("b", 1)


@pytest.fixture
def lb():
    return RoundRobinLB(ListProvider(A, B))


@pytest.fixture
def told():
    return []


def changed(told):
    return [event.host for event in told if isinstance(event, CircuitChanged)]


def test_its_listeners_are_told_of_the_balancers_hosts(lb, told):
    client = Client(lb, listeners=(told.append,))
    lb.endpoints()[0].open()
    assert changed(told) == [A]
    client.close()


def test_a_closed_client_hears_nothing_until_its_next_call(lb, told, recorded):
    session, _ = recorded()
    client = Client(lb, session=session, listeners=(told.append,))
    client.close()
    client.close()
    lb.endpoints()[0].open()
    assert changed(told) == []
    client.get("/x")
    lb.endpoints()[1].open()
    assert changed(told) == [B]
    client.close()


def test_a_dropped_client_hears_nothing(lb, told):
    client = Client(lb, listeners=(told.append,))
    del client
    gc.collect()
    lb.endpoints()[0].open()
    assert told == []
    assert not lb.announcer.heard


def test_two_clients_with_one_listener_tell_it_once_and_as_long_as_there_is_one(lb, told):
    first, second = (Client(lb, listeners=(told.append,)) for _ in range(2))
    lb.endpoints()[0].open()
    assert changed(told) == [A]
    first.close()
    lb.endpoints()[1].open()
    assert changed(told) == [A, B]
    second.close()
    assert not lb.announcer.heard


def test_of_its_calls_each_client_tells_its_own_listeners(lb, told, recorded):
    session, _ = recorded()
    first = Client(lb, session=session, name="first", listeners=(told.append,))
    second = Client(lb, session=session, name="second", listeners=(told.append,))
    first.get("/x")
    second.get("/y")
    calls = [(e.service, e.path) for e in told if isinstance(e, CallStarted)]
    assert calls == [("first", "/x"), ("second", "/y")]


def test_limits_are_the_balancers(lb, recorded):
    session, _ = recorded()
    client = LBClientBuilder().add_lb(lb).add_session(session).add_limits(Limits(total=1)).build()
    assert client.get("/x").status_code == 200
    with lb.lease(Call("GET", "/")):
        for other in (client, Client(lb, session=session)):
            with pytest.raises(LimitExceededError, match=r"1 requests? (is|are) in flight"):
                other.get("/x")
    assert client.get("/x").status_code == 200


class Own(ILoadBalancer):
    """As balancers were written for 4.x: it chooses by itself."""

    def pick(self):
        raise NotImplementedError

    def update(self):
        raise NotImplementedError


@pytest.mark.parametrize(
    "settings", [{"limits": Limits(total=1)}, {"health_check": HealthCheck("/health")}], ids=repr
)
def test_what_a_balancer_cannot_do_is_said_when_the_client_is_made(settings):
    with pytest.raises(AhoyhoyLbException, match="Own"):
        Client(Own(), **settings)


def test_a_builder_hands_on_a_health_check():
    builder = LBClientBuilder().add_lb(Own()).add_health_check(HealthCheck("/health"))
    with pytest.raises(AhoyhoyLbException):
        builder.build()
