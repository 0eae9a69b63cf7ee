import random

import pytest

from ahoyhoy.lb import RoundRobinLB
from unit.balancing import GET, UNREACHED, Turning, balancer, fail, host, leased, names, request
from unit.sources import Changing


class Draws(random.Random):
    """Chance that the test wrote out."""

    def __new__(cls, *_):  # Python 3.10 would take the numbers for seeds
        return super().__new__(cls)

    def __init__(self, *values):
        super().__init__()
        self.values = list(values)

    def random(self):
        return self.values.pop(0)


def joined(clock, *draws, hosts="bcd", picker=None, **options):
    """A balancer that the host "a" joins now, in the first place."""
    source = Changing(*map(host, hosts))
    lb = balancer(clock, provider=source, rng=Draws(*draws), picker=picker, **options)
    leased(lb)
    source.set(host("a"), *map(host, hosts))
    return lb


@pytest.mark.parametrize(
    ("age", "draw", "used"),
    [
        (0, 0.09, "a"),
        (0, 0.11, "b"),
        (3, 0.09, "a"),
        (3, 0.11, "b"),
        (15, 0.49, "a"),
        (15, 0.51, "b"),
        (29, 0.97, "b"),
    ],
)
def test_a_new_host_is_used_with_a_probability_that_rises_from_a_tenth(clock, age, draw, used):
    lb = joined(clock, draw)
    lb._members.current()
    clock.advance(age)
    assert leased(lb) == used
    assert lb._rng.values == []


def test_after_that_time_it_is_a_host_like_others(clock):
    lb = joined(clock)
    lb._members.current()
    clock.advance(30)
    assert names(lb, 3) == "aaa"
    assert lb._members.nodes[0].clear


def test_its_turn_is_drawn_once_in_a_choice_however_often_the_picker_names_it(clock):
    class Insisting(Turning):
        def candidates(self, nodes, call, now):
            return iter([nodes[0], nodes[0], nodes[0], *nodes])

    lb = joined(clock, 0.5, picker=Insisting())
    assert leased(lb) == "b"


def test_it_is_used_anyway_when_nothing_else_may_be(clock):
    lb = joined(clock, 0.5)
    lb._members.current()
    fail(lb, "bcd", UNREACHED)
    assert leased(lb) == "a"


def test_of_several_new_ones_the_first_of_the_pickers_order_is_used_when_nothing_else_may_be(clock):
    source = Changing(host("x"))
    lb = balancer(clock, provider=source, rng=Draws(0.5, 0.6, 0.7))
    leased(lb)
    source.set(*map(host, "abc"))
    assert leased(lb) == "a"


def test_there_is_none_while_there_are_two_hosts(clock):
    lb = joined(clock, hosts="b")
    assert names(lb, 3) == "aaa"


def test_there_is_none_for_the_hosts_of_the_first_list(clock):
    lb = balancer(clock, "abc", rng=Draws())
    assert names(lb, 3) == "aaa"


def test_it_can_be_switched_off(clock):
    lb = joined(clock, slow_start=0)
    assert names(lb, 3) == "aaa"
    recover(lb, clock, "a")
    assert names(lb, 3) == "aaa"


def recover(lb, clock, name):
    fail(lb, name)
    clock.advance(1)
    assert request(lb, call=GET) == name


@pytest.mark.parametrize(
    ("age", "draw", "used"), [(0, 0.09, "a"), (2.5, 0.51, "b"), (5, None, "a")]
)
def test_a_host_that_recovered_gets_less_than_its_share_for_five_seconds(clock, age, draw, used):
    lb = balancer(clock, "abc", rng=Draws(*[draw] * (draw is not None)))
    recover(lb, clock, "a")
    clock.advance(age)
    assert leased(lb) == used


def test_one_that_was_closed_by_hand_gets_its_whole_share(clock):
    lb = balancer(clock, "abc", rng=Draws())
    endpoint = lb.endpoints()[0]
    endpoint.open()
    endpoint.close()
    assert leased(lb) == "a"


@pytest.mark.parametrize("seconds", [-1, float("nan")])
def test_a_time_that_cannot_be_is_refused(seconds):
    with pytest.raises(ValueError, match="slow_start must be seconds from 0 up"):
        RoundRobinLB(Changing(), slow_start=seconds)
