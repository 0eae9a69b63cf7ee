import pickle
from collections import Counter

import pytest

from ahoyhoy.lb import WeightedRoundRobinLB, WeightedRoundRobinPicker
from ahoyhoy.lb.providers import ListProvider
from ahoyhoy.utils import Host, Instance
from unit.fake_nodes import GET, Draws, fake_node, fake_nodes, names, order, take


def round_of(picker, nodes, count):
    return names(take(picker, nodes) for _ in range(count))


@pytest.mark.parametrize(
    ("weights", "sequence"),
    [
        ({"a": 5, "b": 1, "c": 1}, "aabacaa" * 2),
        ({"a": 2, "b": 1}, "aba" * 3),
        ({"a": 1, "b": 1, "c": 1}, "abc" * 3),
        ({"a": 0.5, "b": 1.5}, "babb" * 2),
    ],
)
def test_heavier_nodes_come_more_often_and_evenly_spread(weights, sequence):
    picker = WeightedRoundRobinPicker(rng=Draws())
    assert round_of(picker, fake_nodes(weights), len(sequence)) == sequence


def test_where_a_round_begins_is_drawn():
    picker = WeightedRoundRobinPicker(rng=Draws(0.1, 0.9, 0.5))
    assert round_of(picker, fake_nodes("abc"), 6) == "bcabca"


def test_a_node_that_was_out_comes_back_without_a_burst():
    picker, nodes = WeightedRoundRobinPicker(rng=Draws()), fake_nodes("abc")
    nodes[0].usable = False
    assert Counter(round_of(picker, nodes, 30)) == {"b": 15, "c": 15}
    nodes[0].usable = True
    assert "aa" not in round_of(picker, nodes, 6)


def test_a_node_that_goes_out_in_the_middle_of_a_round_leaves_its_turns_to_the_others():
    picker, nodes = WeightedRoundRobinPicker(rng=Draws()), fake_nodes("abc")
    assert round_of(picker, nodes, 4) == "abca"
    nodes[1].usable = False
    assert round_of(picker, nodes, 4) == "caca"
    nodes[1].usable = True
    back = round_of(picker, nodes, 9)
    assert "bb" not in back
    assert all(back.count(name) in (2, 3, 4) for name in "abc")


def test_a_node_that_was_never_usable_may_be_so_in_the_middle_of_a_call():
    picker, nodes = WeightedRoundRobinPicker(rng=Draws()), fake_nodes("abc")
    nodes[1].usable = nodes[2].usable = False
    found = []
    for node in picker.candidates(nodes, GET, 0.0):
        nodes[1].usable = nodes[2].usable = True
        found.append(node)
    assert names(found) == "abc"


def test_a_heavy_node_that_is_passed_over_is_not_asked_twice():
    picker, nodes = WeightedRoundRobinPicker(rng=Draws()), fake_nodes({"a": 9, "b": 1})
    assert [order(picker, nodes) for _ in range(20)] == ["ab"] * 20


def nginx(weights, count):
    """`ngx_http_upstream_get_peer`, with current weights that begin at 0."""
    current, found = dict.fromkeys(weights, 0), ""
    for _ in range(count):
        for name, weight in weights.items():
            current[name] += weight
        best = max(weights, key=current.__getitem__)
        current[best] -= sum(weights.values())
        found += best
    return found


@pytest.mark.parametrize(
    "weights", [(1, 1), (3, 3, 3), (7, 2, 2, 7, 1), (1, 2, 3, 4, 5), (100, 1, 1), (4, 0.5, 0.25)]
)
def test_the_order_is_that_of_nginx(weights):
    weights = dict(zip("abcde", weights, strict=False))
    picker = WeightedRoundRobinPicker(rng=Draws())
    assert round_of(picker, fake_nodes(weights), 300) == nginx(weights, 300)


def test_a_node_that_is_passed_over_has_had_its_turn():
    picker, nodes = WeightedRoundRobinPicker(rng=Draws()), fake_nodes("abc")
    assert take(picker, nodes, avoid="a").key.address == "b"
    assert round_of(picker, nodes, 3) == "cab"


@pytest.mark.parametrize("chance", [0.1, 0.5])
def test_a_node_that_takes_some_of_its_turns_only_gets_that_part_of_its_share(chance, rng):
    picker, nodes = WeightedRoundRobinPicker(rng=rng), fake_nodes("abcd")
    counts = Counter()
    for _ in range(4000):
        counts[take(picker, nodes, avoid="" if rng.random() < chance else "a").key.address] += 1
    assert counts["a"] == pytest.approx(1000 * chance, rel=0.25)


def test_a_weight_that_changes_a_thousandfold_counts_from_then_on():
    picker, nodes = WeightedRoundRobinPicker(rng=Draws()), fake_nodes({"a": 1000, "b": 1})
    round_of(picker, nodes, 500)
    nodes[0].weight = 1
    nodes = (*nodes[:1], *nodes[1:])  # another one, as a balancer makes when a weight changed
    assert "aa" not in round_of(picker, nodes, 20)[2:]
    assert Counter(round_of(picker, nodes, 20)) == {"a": 10, "b": 10}


def test_hosts_that_come_and_go_for_ever_leave_no_debts():
    picker, nodes = WeightedRoundRobinPicker(rng=Draws()), fake_nodes("abc")
    for number in range(1000):
        left = take(picker, nodes)
        nodes = (*(node for node in nodes if node is not left), fake_node(f"n{number}"))
    newest = fake_node("new")
    nodes = (*nodes, newest)
    assert newest in [take(picker, nodes) for _ in range(5)]


def test_nodes_without_weight_come_after_the_others_and_broken_ones_last():
    nodes = (fake_node("x", 5, usable=False), fake_node("z", 0), fake_node("a"), fake_node("b"))
    assert order(WeightedRoundRobinPicker(rng=Draws()), nodes) == "abzx"


def test_where_nobody_has_weight_all_take_turns():
    picker, nodes = WeightedRoundRobinPicker(rng=Draws()), fake_nodes({"a": 0, "b": 0})
    assert round_of(picker, nodes, 4) == "abab"


def test_a_forked_child_begins_elsewhere():
    draws = Draws(0.0, 0.0)
    picker, nodes = WeightedRoundRobinPicker(rng=draws), fake_nodes("ab")
    assert round_of(picker, nodes, 1) == "a"
    picker._after_fork()
    assert draws.seeded == 1
    draws.numbers = [0.9, 0.0]
    assert round_of(picker, nodes, 2) == "ab"


def test_a_pickled_one_starts_anew():
    copy = pickle.loads(pickle.dumps(WeightedRoundRobinPicker()))
    assert set(order(copy, fake_nodes("ab"))) == {"a", "b"}


def test_a_balancer_over_it_follows_the_weights_of_its_instances():
    hosts = [Instance(Host("10.0.0.1", 1), weight=3), Host("10.0.0.2", 1)]
    lb = WeightedRoundRobinLB(ListProvider(*hosts), slow_start=0)
    counts = Counter()
    for _ in range(40):
        with lb.lease(GET) as lease:
            counts[lease.host.address] += 1
    assert counts == {"10.0.0.1": 30, "10.0.0.2": 10}
    lb.close()
