"""What holds for every picker, and for sources made from others, whatever happens to the hosts."""

import math
import random
from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ahoyhoy._core import Outcome
from ahoyhoy.lb import (
    ConsistentHashPicker,
    LeastRequestPicker,
    PeakEwmaPicker,
    SpillingTiers,
    WeightedRoundRobinPicker,
)
from ahoyhoy.lb.peakewma import PeakEwma
from ahoyhoy.lb.providers import ListProvider, SubsetProvider, ZoneProvider
from ahoyhoy.utils import Host, Instance
from unit.fake_nodes import BAD, GET, GOOD, LEFT, POST, fake_node, finish, names, take

PICKERS = (
    lambda seed: PeakEwmaPicker(rng=random.Random(seed)),
    lambda seed: LeastRequestPicker(rng=random.Random(seed)),
    lambda seed: WeightedRoundRobinPicker(rng=random.Random(seed)),
    lambda _seed: ConsistentHashPicker(),
)
ANY_PICKER = st.builds(lambda make, seed: make(seed), st.sampled_from(PICKERS), st.integers(0, 99))
#: weight, in flight, usable
STATES = st.tuples(st.sampled_from([0.0, 0.5, 1.0, 2.0, 1e6]), st.integers(0, 5), st.booleans())


def nodes_of(states):
    return tuple(
        fake_node(
            f"n{n}", weight, in_flight=load, usable=usable, oldest_start=0.0 if load else None
        )
        for n, (weight, load, usable) in enumerate(states)
    )


@given(ANY_PICKER, st.lists(STATES, min_size=1, max_size=30), st.sampled_from([GET, POST]))
def test_every_node_is_named_at_least_once_and_then_it_ends(picker, states, call):
    nodes = nodes_of(states)
    for now in (0.0, 5.0):
        found = list(picker.candidates(nodes, call, now))
        assert {id(node) for node in found} == {id(node) for node in nodes}
        assert len(found) <= len(nodes) + 6


@given(ANY_PICKER, st.lists(STATES, min_size=1, max_size=30))
def test_a_node_without_weight_is_used_only_where_no_other_can_be(picker, states):
    nodes = nodes_of(states)
    taken = take(picker, nodes)
    if any(node.usable and node.weight for node in nodes):
        assert taken.weight
    else:
        assert (taken is None) == (not any(node.usable for node in nodes))


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["take", "good", "bad", "left", "break", "heal", "weigh"]),
        st.integers(0, 50),
        st.floats(0.0, 70.0),
    ),
    max_size=60,
)


@given(ANY_PICKER, st.sampled_from([1, 3, 18]), STEPS)
def test_whatever_happens_a_node_that_can_be_used_is_found_and_states_stay_finite(
    picker, count, steps
):
    nodes, now = tuple(fake_node(f"n{n}") for n in range(count)), 0.0
    for what, number, seconds in steps:
        node = nodes[number % count]
        now += seconds
        if what == "take":
            taken = take(picker, nodes, now)
            assert taken is not None or not any(node.usable for node in nodes)
        elif what in ("good", "bad", "left") and node.in_flight:
            judgement = {"good": GOOD, "bad": BAD, "left": LEFT}[what]
            finish(picker, node, seconds, now, judgement)
        elif what == "weigh":
            node.weight = seconds
            nodes = tuple(nodes)[::-1]
        else:
            node.usable = what != "break"
    peaks = [n.memory.seconds(now) for n in nodes if isinstance(n.memory, PeakEwma)]
    assert all(0 <= peak < math.inf for peak in peaks)


@pytest.mark.parametrize("make", PICKERS[:3])
@given(st.lists(st.integers(1, 9), min_size=2, max_size=6), st.integers(0, 99))
def test_with_one_call_at_a_time_equal_hosts_are_used_in_proportion_to_their_weights(
    make, weights, seed
):
    picker = make(seed)
    nodes = tuple(fake_node(f"n{n}", weight) for n, weight in enumerate(weights))
    counts, rounds = Counter(), 400
    for step in range(rounds):
        node = take(picker, nodes, step * 0.01)
        finish(picker, node, 0.01, step * 0.01 + 0.005)
        counts[node.key.address] += 1
    for n, weight in enumerate(weights):
        share = rounds * weight / sum(weights)
        assert counts[f"n{n}"] == pytest.approx(share, abs=5 * math.sqrt(share) + 3)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=12), st.integers(0, 99))
def test_a_weighted_round_is_exact_and_spread(weights, seed):
    """After every round each node had its weight, and in between it is never a call behind."""
    picker = WeightedRoundRobinPicker(rng=random.Random(seed))
    nodes = tuple(fake_node(f"n{n}", weight) for n, weight in enumerate(weights))
    total, counts = sum(weights), Counter()
    for step in range(1, 3 * total + 1):
        counts[take(picker, nodes).key.address] += 1
        for n, weight in enumerate(weights):
            assert abs(counts[f"n{n}"] - step * weight / total) < len(weights)


KEYS = st.lists(st.text(max_size=20), min_size=1, max_size=20)
HOSTS = st.integers(2, 12)


def host_of(picker, nodes, key):
    return next(iter(picker.candidates(nodes, GET.with_(key=key), 0.0)))


@given(HOSTS, st.data(), KEYS)
def test_a_host_that_goes_takes_only_its_own_keys_away(count, data, keys):
    picker = ConsistentHashPicker()
    weights = data.draw(st.lists(st.sampled_from([1.0, 2.0, 0.3]), min_size=count, max_size=count))
    nodes = tuple(fake_node(f"n{n}", weight) for n, weight in enumerate(weights))
    gone = nodes[data.draw(st.integers(0, count - 1))]
    left = tuple(node for node in nodes if node is not gone)
    for key in keys:
        before, after = host_of(picker, nodes, key), host_of(picker, left, key)
        assert after is before or before is gone


@given(st.lists(st.integers(0, 9), min_size=1, max_size=12), st.text(max_size=5))
def test_the_bound_leaves_room_for_one_more_and_holds_whoever_is_first(loads, key):
    nodes = tuple(fake_node(f"n{n}", in_flight=load) for n, load in enumerate(loads))
    chosen = host_of(ConsistentHashPicker(), nodes, key)
    assert chosen.in_flight + 1 <= max(1, math.ceil(1.25 * (sum(loads) + 1) / len(loads)))


@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(1, 6)), min_size=2, max_size=5),
    st.floats(1, 3),
    st.integers(0, 99),
)
@example([(2, 4), (3, 4)], 1.4, 0)
def test_loads_of_priorities_are_those_of_envoy(sizes, factor, seed):
    groups = [
        tuple(fake_node(f"n{n}", priority=p, usable=n < usable) for n in range(total))
        for p, (usable, total) in enumerate(sizes)
    ]
    health = [min(1.0, factor * min(usable, total) / total) for usable, total in sizes]
    normal, expected = min(1.0, sum(health)), []
    for value in health:
        expected.append(normal and min(1.0 - sum(expected), value / normal))
    tiers, rng, counts = SpillingTiers(factor), random.Random(seed), Counter()
    for _ in range(300):
        order = tiers.order(groups, 0.0, rng)
        assert sorted(map(id, order)) == sorted(map(id, groups))
        counts[order[0][0].priority] += 1
    if not normal:
        expected[0] = 1.0  # nobody can be used: as they are
    for priority, load in enumerate(expected):
        spread = 5 * math.sqrt(300 * max(load, 0.0) * (1 - min(load, 1.0))) + 1
        assert counts[priority] == pytest.approx(300 * load, abs=spread)


def instances(numbers, zones=1):
    return [
        Instance(Host(f"h{n}", 80), zone=f"z{n % zones}", priority=n % 3) for n in sorted(numbers)
    ]


NUMBERS = st.sets(st.integers(0, 60), min_size=1)


@given(NUMBERS, st.integers(0, 60), st.integers(1, 20), st.text(min_size=1, max_size=5))
def test_a_host_that_comes_or_goes_changes_at_most_one_place_of_a_subset(numbers, other, size, key):
    def kept(of):
        items = [Host(f"h{n}", 80) for n in sorted(of)]
        found = SubsetProvider(ListProvider(*items), size, key=key).get_list()
        assert len(found) == min(size, len(items))
        return set(found)

    before, after = kept(numbers), kept(numbers ^ {other})
    assert len(before - after) <= 1
    assert len(after - before) <= 1


@given(NUMBERS, st.integers(1, 5), st.permutations(["z0", "z1", "z2"]), st.integers(1, 3))
def test_near_hosts_go_before_far_ones_and_all_in_their_own_order(numbers, zones, near, known):
    items = instances(numbers, zones)
    near = near[:known]
    shown = ZoneProvider(ListProvider(*items), zones=near).get_list()
    place = {zone: n for n, zone in enumerate(near)}
    wanted = {i.host: (place.get(i.zone, len(near)), i.priority) for i in items}
    assert [i.host for i in shown] == [i.host for i in items]
    for one in shown:
        for two in shown:
            assert (one.priority < two.priority) == (wanted[one.host] < wanted[two.host])


@given(st.integers(2, 16), st.integers(0, 99))
def test_one_call_at_a_time_goes_to_all_equal_replicas_in_turn(count, seed):
    picker, rng = PeakEwmaPicker(rng=random.Random(seed)), random.Random(seed)
    nodes = tuple(fake_node(f"n{n}.") for n in range(count))
    taken, now = [], 0.0
    for _ in range(5 * count):
        taken.append(take(picker, nodes, now))
        seconds = rng.uniform(0.010, 0.0115)
        now += seconds
        picker.observe(taken[-1], Outcome(GOOD, elapsed=seconds), now)
        taken[-1].in_flight, taken[-1].oldest_start = 0, None
    assert len(set(names(taken[:count]).split("."))) == count + 1
    assert taken[:count] * 5 == taken
