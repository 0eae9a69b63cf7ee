import random
from collections import Counter

import pytest

from ahoyhoy.lb.weights import Weights, WeightsByTier
from unit.fake_nodes import Draws, fake_node, fake_nodes, names

THREE = {"a": 1, "b": 2, "c": 1}


@pytest.mark.parametrize(
    ("draws", "pair"),
    [
        # the line is a0 1 b1 2 b2 3 c3 4; the second draw is of what the first one leaves
        ((0.0, 0.0), "ab"),
        ((0.24, 0.66), "ab"),
        ((0.24, 0.67), "ac"),
        ((0.26, 0.0), "ba"),
        ((0.74, 0.49), "ba"),
        ((0.74, 0.51), "bc"),
        ((0.76, 0.32), "ca"),
        ((0.99, 0.34), "cb"),
    ],
)
def test_a_pair_is_drawn_by_weight_and_never_the_same_twice(draws, pair):
    assert names(Weights(fake_nodes(THREE)).pair(Draws(*draws))) == pair


@pytest.mark.parametrize(
    ("draws", "pair"),
    [((0.0, 0.0), "ab"), ((0.4, 0.0), "ba"), ((0.4, 0.9), "bc"), ((0.9, 0.4), "ca")],
)
def test_a_pair_of_equals_is_drawn_by_number(draws, pair):
    assert names(Weights(fake_nodes("abc")).pair(Draws(*draws))) == pair


def test_where_one_node_has_all_the_weight_its_rival_is_any_other():
    nodes = fake_nodes({"y": 0, "a": 3, "z": 0})
    weights = Weights(nodes)
    assert [names(weights.pair(Draws(0.5, n))) for n in (0.0, 0.49, 0.51)] == ["ay", "ay", "az"]


def test_where_nobody_has_weight_all_are_drawn_alike():
    weights = Weights(fake_nodes({"a": 0, "b": 0, "c": 0}))
    rng = random.Random(3)
    counts = Counter(names(weights.pair(rng))[0] for _ in range(3000))
    assert all(count == pytest.approx(1000, rel=0.1) for count in counts.values())


@pytest.mark.parametrize("first", [0.0, 0.5, 0.9999999999999999])
@pytest.mark.parametrize("second", [0.0, 0.5, 0.9999999999999999])
@pytest.mark.parametrize(
    "weights", [(0.1, 1e16, 0.1), (1e16, 0.1, 0.1), (0.1, 0.1, 1e16), (0.1, 0.7)]
)
def test_a_pair_is_two_however_the_numbers_are_rounded(first, second, weights):
    nodes = fake_nodes(dict(zip("abc", weights, strict=False)))
    one, two = Weights(nodes).pair(Draws(first, second))
    assert one is not two


def test_shares_are_relative_to_the_mean():
    nodes = fake_nodes({"a": 1, "b": 3, "z": 0, "c": 4})
    weights = Weights(nodes)
    assert [weights.share(node) for node in nodes] == [0.5, 1.5, 0.0, 2.0]


@pytest.mark.parametrize("weight", [0, 1, 7.5])
def test_where_all_weigh_the_same_each_has_a_share_of_one(weight):
    nodes = fake_nodes(dict.fromkeys("ab", weight))
    assert [Weights(nodes).share(node) for node in nodes] == [1.0, 1.0]


def test_sums_are_kept_until_the_hosts_change_and_virtual_time_goes_on():
    tiers, nodes = WeightsByTier(), fake_nodes("ab")
    first = tiers.of(nodes)
    first.turn = 5.0
    assert tiers.of(nodes) is first
    second = tiers.of(nodes[:1])
    assert second is not first
    assert second.turn == 5.0


def test_each_priority_has_sums_of_its_own():
    tiers = WeightsByTier()
    near, far = (fake_node("a"),), (fake_node("b", priority=1),)
    assert tiers.of(near) is not tiers.of(far)
    assert tiers.of(near) is tiers.of(near)


def test_nodes_come_in_turn_whatever_they_weigh():
    weights = Weights(fake_nodes({"a": 9, "b": 0}))
    assert names(weights.next_in_turn() for _ in range(3)) == "aba"
