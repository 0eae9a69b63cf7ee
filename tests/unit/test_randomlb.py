import pickle
import random
from collections import Counter

import pytest

from ahoyhoy._core import Call
from ahoyhoy.exceptions import LbNoEndpointsException
from ahoyhoy.lb import RandomLB
from ahoyhoy.lb.node import Node
from ahoyhoy.lb.providers import ListProvider
from ahoyhoy.lb.randomlb import RandomPicker
from ahoyhoy.utils import Host, Instance

GET = Call("GET", "/")


def nodes(weights):
    items = [Instance(Host(name, 1), weight=weight) for name, weight in weights.items()]
    return tuple(Node(item.host, item) for item in items)


def drawn(picker, nodes, count=1):
    """The names of the first candidates of so many calls."""
    return [next(iter(picker.candidates(nodes, GET, 0.0))).key.address for _ in range(count)]


class Draws:
    """A source of chance that draws fractions of the range from a list."""

    def __init__(self, *fractions):
        self.fractions = list(fractions)

    def uniform(self, low, high):
        return low + (high - low) * self.fractions.pop(0)

    def randint(self, low, high):
        return round(self.uniform(low, high))

    def seed(self):
        self.fractions = [0.0] * 9


def picks(lb, count):
    return [lb.pick().host.address for _ in range(count)]


@pytest.mark.parametrize(
    ("fraction", "name"),
    [(0.0, "a"), (0.24, "a"), (0.26, "b"), (0.74, "b"), (0.76, "c"), (1.0, "c")],
)
def test_a_host_is_drawn_in_proportion_to_its_weight(fraction, name):
    weights = nodes({"a": 1, "b": 2, "c": 1})
    assert drawn(RandomPicker(rng=Draws(fraction)), weights) == [name]


def test_over_many_draws_the_shares_are_the_weights(rng):
    counts = Counter(drawn(RandomPicker(rng=rng), nodes({"a": 1, "b": 3}), 20_000))
    assert counts["b"] / counts["a"] == pytest.approx(3, rel=0.1)


def test_a_host_of_weight_0_is_not_drawn(rng):
    weights = nodes({"z": 0, "a": 1, "y": 0})
    assert set(drawn(RandomPicker(rng=rng), weights, 1000)) == {"a"}
    assert drawn(RandomPicker(rng=Draws(0.0)), weights) == ["a"]


def test_a_host_of_weight_0_is_the_last_resort(rng):
    items = nodes({"a": 1, "z": 0})
    order = [node.key.address for node in RandomPicker(rng=rng).candidates(items, GET, 0.0)]
    assert order[:5] == ["a"] * 5
    assert "z" in order


def test_where_all_weigh_nothing_all_are_equal(rng):
    counts = Counter(drawn(RandomPicker(rng=rng), nodes({"a": 0, "b": 0}), 2000))
    assert counts["a"] == pytest.approx(1000, rel=0.15)


def test_weights_that_change_count_from_then_on(rng):
    picker = RandomPicker(rng=rng)
    assert set(drawn(picker, nodes({"a": 1, "b": 0}), 50)) == {"a"}
    assert set(drawn(picker, nodes({"a": 0, "b": 1}), 50)) == {"b"}


def test_after_some_draws_every_host_comes_once():
    items = nodes(dict.fromkeys("abcd", 1))
    order = [n.key.address for n in RandomPicker(rng=Draws(*[0.3] * 5)).candidates(items, GET, 0.0)]
    assert order == [*"bbbbb", *"cdab"]


def test_a_random_function_gets_the_ends_of_the_list_and_says_which():
    asked = []

    def last(low, high):
        asked.append((low, high))
        return high

    lb = RandomLB(ListProvider(*[Host(n, 1) for n in "abc"]), random_function=last)
    assert picks(lb, 2) == ["c", "c"]
    assert asked == [(0, 2)] * 2
    assert lb.random_function is last


@pytest.mark.parametrize(("index", "name"), [(-5, "a"), (0, "a"), (1, "b"), (2, "c"), (99, "c")])
def test_a_random_function_that_goes_too_far_gets_the_last_one(index, name):
    lb = RandomLB(ListProvider(*[Host(n, 1) for n in "abc"]), random_function=lambda *_: index)
    assert picks(lb, 1) == [name]


def test_a_random_function_takes_weights_out_of_account():
    items = [Instance(Host("a", 1), weight=0), Instance(Host("b", 1), weight=9)]
    assert picks(RandomLB(ListProvider(*items), None, lambda *_: 0), 1) == ["a"]


def test_a_random_function_that_always_says_a_host_that_is_down_does_not_hide_the_others():
    lb = RandomLB(ListProvider(*[Host(n, 1) for n in "abc"]), random_function=lambda *_: 0)
    lb.endpoints()[0].open()
    assert picks(lb, 2) == ["b", "b"]


def test_hosts_that_are_down_are_not_picked(rng):
    lb = RandomLB(ListProvider(*[Host(n, 1) for n in "abcd"]), rng=rng)
    for endpoint in lb.endpoints()[:3]:
        endpoint.open()
    assert set(picks(lb, 50)) == {"d"}
    lb.endpoints()[3].open()
    with pytest.raises(LbNoEndpointsException, match="no host left among 4"):
        lb.pick()


def test_without_hosts_there_is_nothing_to_draw():
    with pytest.raises(LbNoEndpointsException, match="the provider's list is empty"):
        RandomLB(ListProvider()).pick()


def test_a_pickled_copy_draws_numbers_of_its_own_and_carries_no_connection():
    lb = RandomLB(ListProvider(*[Host(n, 1) for n in "abcdefgh"]), rng=random.Random(1))
    lb.pick()
    frozen = pickle.dumps(lb)
    assert b"Endpoint" not in frozen
    copies = [pickle.loads(frozen) for _ in range(4)]
    assert len({"".join(picks(copy, 20)) for copy in copies}) == 4


def _first(low, _high):
    return low


def test_a_pickled_copy_keeps_the_random_function():
    lb = pickle.loads(pickle.dumps(RandomLB(ListProvider(Host("a", 1)), random_function=_first)))
    assert lb.random_function is _first
    assert picks(lb, 1) == ["a"]


def test_a_forked_child_draws_numbers_of_its_own():
    rng = Draws()
    picker = RandomPicker(rng=rng)
    picker._after_fork()
    assert drawn(picker, nodes({"a": 1, "b": 1}), 9) == ["a"] * 9


def test_4xs_hook_draws_a_host_open_or_not():
    lb = RandomLB(ListProvider(Host("a", 1)))
    lb.endpoints()[0].open()
    assert lb._choose_next().host == Host("a", 1)
    assert RandomLB(ListProvider())._choose_next() is None
