"""Who is owed a call, without a look at everybody."""

import pytest

from ahoyhoy.lb import WeightedRoundRobinPicker, claims
from ahoyhoy.lb.claims import Claim, Claims
from issues.interrupts import interrupts
from unit.fake_nodes import Draws, fake_node, fake_nodes, names, order, take


def claiming(**owed):
    """Nodes of the same weight, and what they are owed: `claiming(a=3.0, b=-3.0)`."""
    nodes = fake_nodes(dict.fromkeys(owed, 1.0))
    for node, calls in zip(nodes, owed.values(), strict=True):
        node.memory = Claim(calls, 0)
    return Claims(nodes, nodes, ())


def served(claims, count):
    found = []
    for _ in range(count):
        claims.next_call()
        queue = claims.most_owed()
        found.append(queue.first)
        queue.pay()
    return names(found)


def test_nodes_of_the_same_weight_take_turns_from_the_one_that_is_owed_most():
    assert served(claiming(a=0.0, b=0.3, c=0.1), 6) == "bcabca"


def test_one_that_is_owed_several_calls_has_them_first():
    assert served(claiming(a=3.0, b=-0.5, c=0.5), 9) == "aaacabcab"


def test_what_is_owed_is_noted_with_each_node():
    counted = claiming(a=0.25, b=-0.25)
    served(counted, 3)
    counted.settle()
    assert [node.memory.calls for node in counted.nodes] == [-0.25, 0.25]


def test_nobody_is_owed_anything_where_nobody_has_weight():
    assert Claims(fake_nodes({"z": 0}), (), ()).most_owed() is None


@pytest.mark.parametrize("usable", [True, False])
def test_one_that_can_be_used_again_is_noticed_when_it_is_its_turn_to_be_looked_at(usable):
    a, *out = nodes = fake_nodes("axy")
    for node in out:
        node.usable = False
    a.memory = Claim(0.0, 0)
    counted = Claims(nodes, (a,), out)
    assert [counted.next_call() for _ in range(2)] == [True, True]
    out[0].usable = usable
    assert [counted.next_call() for _ in range(2)].count(False) == usable


def test_the_sums_of_shares_are_begun_anew_before_they_wear_out(monkeypatch):
    monkeypatch.setattr(claims, "_LONGEST", 3)
    picker, nodes = WeightedRoundRobinPicker(rng=Draws()), fake_nodes({"a": 5, "b": 1, "c": 1})
    assert names(take(picker, nodes) for _ in range(14)) == "aabacaa" * 2


def looked_at(nodes, monkeypatch, picker, calls):
    """How many times a node was asked whether it can be used, in some calls."""
    asked = []
    kind = type(nodes[0])
    monkeypatch.setattr(kind, "clear", property(lambda node: asked.append(node) or True))
    for _ in range(calls):
        take(picker, nodes)
    return len(asked)


def test_of_many_nodes_only_those_that_are_owed_most_are_looked_at(monkeypatch):
    nodes = tuple(fake_node(f"n{n}", 1 + n % 3) for n in range(300))
    picker = WeightedRoundRobinPicker(rng=Draws())
    take(picker, nodes)
    assert looked_at(nodes, monkeypatch, picker, 50) == 50


# One that comes while a generator's end runs is reported, and gone.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_wherever_an_interrupt_comes_every_node_keeps_its_share():
    def prepared():
        picker, nodes = WeightedRoundRobinPicker(rng=Draws()), fake_nodes({"a": 2, "b": 1, "c": 1})
        nodes[2].usable = False
        take(picker, nodes)
        nodes[2].usable = True
        return picker, nodes

    places = 0
    for picker, nodes in interrupts(prepared, lambda prepared: order(*prepared)):
        found = names(take(picker, nodes) for _ in range(40))
        for name, share in {"a": 20, "b": 10, "c": 10}.items():
            assert abs(found.count(name) - share) <= 2, f"at place {places}"
        assert {*order(picker, nodes)} == set("abc"), f"at place {places}"
        places += 1
    assert places > 20
