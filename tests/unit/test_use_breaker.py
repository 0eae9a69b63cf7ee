import pytest

from ahoyhoy.circuit import BreakerFactory
from ahoyhoy.exceptions import AhoyhoyLbException
from ahoyhoy.lb import ILoadBalancer, RoundRobinLB
from ahoyhoy.lb.providers import ListProvider
from ahoyhoy.utils import Host, Instance

A = Host("a", 1)


class Bare(ILoadBalancer):
    """A balancer that makes its endpoints itself."""

    def __init__(self):
        pass


def test_circuits_are_made_as_the_builder_says(clock):
    lb = RoundRobinLB(ListProvider(A, Instance(Host("::1", 2))))
    lb.use_breaker(BreakerFactory(failure_threshold=1, clock=clock))
    names = [endpoint.breaker.name for endpoint in lb.endpoints()]
    assert names == ["a:1", "[::1]:2"]
    assert {endpoint.breaker.fail_max for endpoint in lb.endpoints()} == {1}


def test_circuits_that_exist_are_not_replaced():
    lb = RoundRobinLB(ListProvider(A))
    lb.pick()
    with pytest.raises(AhoyhoyLbException, match="has circuits already"):
        lb.use_breaker(BreakerFactory())
    lb = RoundRobinLB(ListProvider(A))
    lb.use_breaker(BreakerFactory())
    with pytest.raises(AhoyhoyLbException, match="has circuits already"):
        lb.use_breaker(BreakerFactory())
    with pytest.raises(AhoyhoyLbException, match="Bare makes its endpoints itself"):
        Bare().use_breaker(BreakerFactory())


def test_the_same_breaker_may_be_given_twice():
    lb, make = RoundRobinLB(ListProvider(A)), BreakerFactory()
    lb.use_breaker(make)
    lb.pick()
    lb.use_breaker(make)
