"""Balancers and providers as 4.x had them."""

import pytest

from ahoyhoy import Host
from ahoyhoy.endpoints import Endpoint
from ahoyhoy.lb.exceptions import LbNoEndpointsException
from ahoyhoy.lb.iloadbalancer import ILoadBalancer
from ahoyhoy.lb.providers import ListProvider
from ahoyhoy.lb.providers.iprovider import IProvider
from ahoyhoy.lb.randomlb import RandomLB
from ahoyhoy.lb.roundrobinlb import RoundRobinLB

balancers = pytest.mark.parametrize("balancer", [RoundRobinLB, RandomLB])


@pytest.mark.parametrize("items", [(1, 2, 3), ("a.example", "b.example"), ()])
def test_a_list_provider_returns_what_it_was_given(items):
    assert ListProvider(*items).get_list() == items


def test_a_provider_is_abstract():
    with pytest.raises(TypeError):
        IProvider()


@balancers
def test_nothing_is_chosen_from_nothing(balancer, provider_of):
    lb = balancer(provider_of([]))
    assert lb._choose_next() is None
    with pytest.raises(LbNoEndpointsException):
        lb.pick()


@balancers
@pytest.mark.parametrize("wrong", [[], None, "hosts", ListProvider, 7])
def test_what_is_no_provider_is_refused(balancer, wrong):
    for family in (AssertionError, TypeError):
        with pytest.raises(family):
            balancer(wrong)


@balancers
def test_pick_returns_an_endpoint_of_a_host(balancer, provider_of, hosts):
    lb = balancer(provider_of(hosts))
    endpoint = lb.pick()
    assert isinstance(endpoint, Endpoint)
    assert endpoint.host in hosts
    assert lb.resolve().host in hosts


def test_round_robin_chooses_in_the_order_of_the_list(hosts):
    lb = RoundRobinLB(ListProvider(*hosts))
    assert [lb._choose_next() for _ in range(6)] == [Endpoint(host) for host in hosts] * 2


def test_random_chooses_what_the_random_function_says(provider_of, hosts):
    seen = []

    def last(low, high):
        seen.append((low, high))
        return high

    lb = RandomLB(provider_of(hosts), random_function=last)
    assert lb._choose_next() == lb.get_or_create_endpoint(hosts[2])
    assert seen == [(0, 2)]
    assert lb.pick().host == hosts[2]
    assert lb.random_function is last


def test_the_second_argument_is_the_session(provider_of, hosts):
    session = object()
    for balancer in (RoundRobinLB, RandomLB):
        endpoint = balancer(provider_of(hosts), session).pick()
        assert endpoint._session._session is session


@balancers
def test_an_open_host_is_not_picked(balancer, provider_of, hosts):
    lb = balancer(provider_of(hosts))
    lb.get_or_create_endpoint(hosts[1]).open()
    assert {lb.pick().host for _ in range(40)} == {hosts[0], hosts[2]}


@balancers
def test_only_open_hosts_is_an_error(balancer, provider_of, hosts):
    lb = balancer(provider_of(hosts))
    for host in hosts:
        lb.get_or_create_endpoint(host).open()
    with pytest.raises(LbNoEndpointsException):
        lb.pick()
    lb.get_or_create_endpoint(hosts[1]).close()
    assert lb.pick().host == hosts[1]


@balancers
def test_a_host_has_one_endpoint(balancer, provider_of, hosts):
    lb = balancer(provider_of(hosts))
    assert lb.get_or_create_endpoint(hosts[0]) is lb.get_or_create_endpoint(Host(*hosts[0]))
    while lb.pick().host != hosts[0]:
        pass
    assert lb.get_or_create_endpoint(hosts[0]) in lb.endpoints()


@balancers
def test_update_takes_new_hosts_and_drops_old_ones(balancer, provider_of, hosts):
    lb = balancer(provider_of(hosts[:1], hosts[1:]))
    assert {lb.pick().host for _ in range(9)} == {hosts[0]}
    lb.update()
    assert {lb.pick().host for _ in range(40)} == set(hosts[1:])


@balancers
def test_a_host_named_twice_is_one_host(balancer, provider_of, hosts):
    lb = balancer(provider_of([hosts[0], hosts[1], hosts[0]]))
    assert len(lb.hosts()) == len(lb.endpoints()) == 2


@balancers
def test_hosts_are_checked_when_they_are_picked(balancer):
    lb = balancer(ListProvider(1, 2, 3))
    with pytest.raises(ValueError, match="Host"):
        lb.pick()


def test_a_balancer_of_ones_own_needs_pick_or_choose_next():
    class Own(ILoadBalancer):
        def __init__(self, endpoint):
            self.endpoint = endpoint

        def pick(self):
            return self.endpoint

        def update(self):
            pass

    endpoint = Endpoint(Host("10.0.0.1", 80))
    assert Own(endpoint).resolve() is endpoint
    assert Own(endpoint).hosts() == ()
