import pickle
import random
from collections import Counter

import pytest

from ahoyhoy.lb import LeastRequestLB, LeastRequestPicker
from ahoyhoy.lb.providers import ListProvider
from ahoyhoy.utils import Host
from unit.fake_nodes import GET, Draws, fake_node, fake_nodes, finish, names, order, take


def first(picker, nodes):
    return names([next(iter(picker.candidates(nodes, GET, 0.0)))])


@pytest.mark.parametrize(
    ("draws", "loads", "name"),
    [
        ((0.0, 0.0), (0, 0, 0), "a"),  # a and b: equals, the first one drawn
        ((0.4, 0.0), (0, 0, 0), "b"),  # b and a
        ((0.0, 0.0), (1, 0, 0), "b"),
        ((0.0, 0.9), (5, 0, 4), "c"),  # a and c: b is idle, but was not drawn
        ((0.9, 0.0), (3, 0, 3), "c"),
    ],
)
def test_of_two_nodes_drawn_the_less_loaded_one_goes_first(draws, loads, name):
    nodes = fake_nodes("abc")
    for node, load in zip(nodes, loads, strict=True):
        node.in_flight = load
    assert first(LeastRequestPicker(rng=Draws(*draws)), nodes) == name


def test_load_is_per_weight():
    nodes = (fake_node("a", 4, in_flight=3), fake_node("b", 1, in_flight=1))
    assert first(LeastRequestPicker(rng=Draws(0.9, 0.0)), nodes) == "a"


def test_health_goes_before_load():
    nodes = (fake_node("a", usable=False), fake_node("b", in_flight=9))
    assert first(LeastRequestPicker(rng=Draws(0.0, 0.0)), nodes) == "b"


def test_after_five_pairs_every_node_comes_by_load_and_the_broken_ones_last():
    nodes = (
        fake_node("x", usable=False),
        fake_node("z", 0),
        fake_node("b", in_flight=2),
        fake_node("a", in_flight=1),
    )
    found = order(LeastRequestPicker(rng=random.Random(1)), nodes)
    assert len(found) == 9
    assert found[5:] == "abzx"


def test_a_lone_node_is_yielded_without_a_draw():
    assert order(LeastRequestPicker(rng=Draws()), fake_nodes("a")) == "a"


@pytest.mark.parametrize("at_once", [1, 8])
def test_the_shares_are_the_weights_with_one_call_at_a_time_or_many(at_once, rng):
    picker, nodes = LeastRequestPicker(rng=rng), fake_nodes({"a": 1, "b": 3})
    counts, running = Counter(), []
    for _ in range(4000):
        node = take(picker, nodes)
        counts[node.key.address] += 1
        running.append(node)
        if len(running) == at_once:
            finish(picker, running.pop(0), 0.1, 0.0)
    assert counts["b"] / counts["a"] == pytest.approx(3, rel=0.15)


def test_a_forked_child_draws_other_numbers():
    draws = Draws()
    LeastRequestPicker(rng=draws)._after_fork()
    assert draws.seeded == 1


def test_a_pickled_one_draws_numbers_of_its_own():
    copy = pickle.loads(pickle.dumps(LeastRequestPicker(rng=random.Random(1))))
    assert set(order(copy, fake_nodes("ab"))) == {"a", "b"}


def test_a_balancer_over_it_leases_the_idle_host():
    lb = LeastRequestLB(ListProvider(Host("10.0.0.1", 1), Host("10.0.0.2", 1)))
    with lb.lease(GET) as one, lb.lease(GET) as two:
        assert {one.host.address, two.host.address} == {"10.0.0.1", "10.0.0.2"}
    lb.close()
