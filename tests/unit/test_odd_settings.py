"""What is wrong is said when it is set, and costs nobody a lock or a count."""

import logging

import pytest

from ahoyhoy.exceptions import AhoyhoyLbException
from ahoyhoy.lb import RoundRobinLB
from ahoyhoy.lb.iloadbalancer import ILoadBalancer
from ahoyhoy.lb.providers import ListProvider
from ahoyhoy.lb.providers.iprovider import IProvider
from ahoyhoy.retries import RetryPolicy
from ahoyhoy.utils import Host

A = Host("10.0.0.1", 80)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"statuses": {"503"}}, "collection of numbers"),
        ({"statuses": 503}, "collection"),
        ({"backoff": 3}, "delay"),
        ({"methods": "GET"}, "collection"),
    ],
)
def test_a_policy_that_could_not_work_is_refused(options, says):
    with pytest.raises(TypeError, match=says):
        RetryPolicy(**options)


def test_a_breaker_that_cannot_be_made_occupies_no_host():
    class BrokenError(Exception):
        pass

    def make(name):
        raise BrokenError(name)

    lb = RoundRobinLB(ListProvider(A))
    lb.use_breaker(make)
    with pytest.raises(BrokenError):
        lb.pick()
    assert lb.hosts()[0].in_flight == 0


def test_a_second_way_to_make_breakers_is_refused():
    lb = RoundRobinLB(ListProvider(A))
    lb.use_breaker(len)
    lb.use_breaker(len)
    with pytest.raises(AhoyhoyLbException, match="circuits already"):
        lb.use_breaker(print)


def test_a_provider_that_goes_on_failing_is_logged_once(caplog):
    class Source(IProvider):
        def get_list(self):
            return [A]

        def changes(self):
            if self.broken:
                raise OSError("down")
            return 0

        broken = False

    source = Source()
    lb = RoundRobinLB(source)
    lb.pick()
    source.broken = True
    with caplog.at_level(logging.WARNING, "ahoyhoy.balancer"):
        for _ in range(3):
            assert lb.pick().host == A
    assert len(caplog.messages) == 1
    assert "its last list stays" in caplog.text


def test_a_balancer_of_ones_own_has_nothing_to_prepare():
    class Own(ILoadBalancer):
        def __init__(self):
            pass

        def update(self):
            raise AssertionError("nobody asked for it")

    assert Own().prepare() is None
