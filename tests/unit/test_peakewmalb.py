import pickle
import random
from collections import Counter

import pytest

from ahoyhoy._core import Judgement, Verdict
from ahoyhoy.lb import PeakEwmaLB, PeakEwmaPicker
from ahoyhoy.lb.providers import ListProvider
from ahoyhoy.utils import Host
from unit.fake_nodes import (
    BAD,
    GET,
    GOOD,
    LEFT,
    POST,
    Draws,
    fake_node,
    fake_nodes,
    finish,
    names,
    order,
    take,
)


def measured(picker, latencies, now=0.0):
    """Nodes that each answered twice: `measured(picker, {"a": 0.01, "b": 0.2})`."""
    nodes = fake_nodes(dict.fromkeys(latencies, 1.0))
    for node, seconds in zip(nodes, latencies.values(), strict=True):
        for _ in range(2):
            node.in_flight = 1
            node.used_at = now - seconds
            finish(picker, node, seconds, now)
    return nodes


@pytest.fixture
def picker():
    return PeakEwmaPicker(rng=Draws())


@pytest.mark.parametrize(
    ("latencies", "in_flight", "expected"),
    [
        ((0.010, 0.030, 0.020), (0, 0, 0), "acb"),
        ((0.010, 0.030, 0.020), (2, 0, 0), "cab"),  # 30, 30, 20 ms
        ((0.010, 0.030, 0.020), (3, 0, 1), "bac"),  # 40, 30, 40 ms
        ((0.0101, 0.0125, 0.010), (0, 0, 0), "bac"),  # within a quarter: the longest unused first
        ((0.010, 0.0126, 0.010), (0, 0, 0), "acb"),
        ((0.0010, 0.0019, 0.0021), (0, 0, 0), "bac"),  # within a millisecond
    ],
)
def test_the_cost_is_latency_by_what_is_in_flight(picker, latencies, in_flight, expected):
    nodes = measured(picker, dict(zip("abc", latencies, strict=True)))
    for node, count in zip(nodes, in_flight, strict=True):
        node.in_flight = count
    assert order(picker, nodes) == expected


@pytest.mark.parametrize(
    ("draws", "expected"), [((0.1, 0.2, 0.3), "abc"), ((0.9, 0.5, 0.7), "bca")]
)
def test_equals_of_which_none_was_used_are_in_the_order_of_a_draw(draws, expected):
    assert order(PeakEwmaPicker(rng=Draws(*draws)), fake_nodes("abc")) == expected


def test_one_call_at_a_time_goes_to_all_equals_in_turn(picker):
    nodes = measured(picker, {"a": 0.010, "b": 0.011, "c": 0.012, "x": 0.050})
    taken = []
    for step in range(9):
        node = take(picker, nodes, 0.02 * step)
        finish(picker, node, 0.01, 0.02 * step + 0.01)
        taken.append(node)
    assert names(taken) == "cbacbacba"


def test_weights_are_respected_by_one_call_at_a_time(picker):
    nodes = measured(picker, dict.fromkeys("abc", 0.01))
    for node, weight in zip(nodes, (3, 1, 0), strict=True):
        node.weight = weight
    taken = []
    for step in range(40):
        node = take(picker, nodes, 0.02 * step)
        finish(picker, node, 0.01, 0.02 * step + 0.01)
        taken.append(node)
    assert Counter(names(taken)) == {"a": 30, "b": 10}


def test_weights_are_respected_by_what_is_in_flight(picker):
    nodes = measured(picker, dict.fromkeys("ab", 0.01))
    nodes[0].weight = 4
    for _ in range(50):
        take(picker, nodes)
    assert nodes[0].in_flight == pytest.approx(40, abs=2)


@pytest.mark.parametrize("chance", [0.1, 0.5])
def test_a_node_that_takes_some_of_its_turns_only_gets_that_part_of_its_share(chance, rng):
    picker = PeakEwmaPicker(rng=rng)
    nodes = measured(picker, dict.fromkeys("abcd", 0.01))
    counts = Counter()
    for step in range(4000):
        now = 0.001 * step
        node = take(picker, nodes, now, avoid="" if rng.random() < chance else "a")
        counts[node.key.address] += 1
        finish(picker, node, 0.01, now)
    assert counts["a"] == pytest.approx(1000 * chance, rel=0.25)


def test_nodes_without_weight_and_broken_ones_come_last(picker):
    nodes = measured(picker, {"x": 0.001, "z": 0.001, "a": 0.1})
    nodes[0].usable, nodes[1].weight = False, 0
    assert order(picker, nodes) == "azx"


def test_where_nobody_has_weight_all_take_turns(picker):
    nodes = measured(picker, dict.fromkeys("ab", 0.01))
    for node in nodes:
        node.weight = 0
    assert names(take(picker, nodes) for _ in range(4)) == "abab"


def test_a_node_that_never_answered_goes_first_with_one_request_until_it_does(picker):
    nodes = (*measured(picker, {"a": 0.001, "b": 0.010}), fake_node("new"), fake_node("other"))
    assert names(take(picker, nodes) for _ in range(3)) == "newothera"
    finish(picker, nodes[2], 0.0005, 0.01)
    assert take(picker, nodes, 0.01) is nodes[2]


def test_the_first_answer_which_took_a_connection_to_be_made_is_not_held_against_a_node(picker):
    nodes = (*measured(picker, {"a": 0.010}), fake_node("new"))
    for seconds, now in ((0.3, 1.0), (0.010, 1.4)):
        assert take(picker, nodes, now) is nodes[1]
        finish(picker, nodes[1], seconds, now + seconds)
    assert sorted(names([take(picker, nodes, 1.5)]) for _ in range(2)) == ["a", "new"]


def test_hosts_that_all_never_answered_share_the_first_calls(picker):
    nodes = fake_nodes("abc")
    for _ in range(9):
        take(picker, nodes)
    assert [node.in_flight for node in nodes] == [3, 3, 3]


def test_a_request_without_an_answer_counts_as_what_it_took_so_far(picker):
    nodes = measured(picker, {"a": 0.010, "b": 0.030, "c": 0.5})
    nodes[0].in_flight, nodes[0].oldest_start = 1, 0.0
    assert order(picker, nodes, 0.0)[0] == "a"
    assert order(picker, nodes, 0.1)[0] == "b"
    assert order(picker, nodes, 1.0) == "bca"  # 2 s are worse than half a second


@pytest.mark.parametrize(
    ("judgement", "elapsed", "peak"),
    [
        (GOOD, 0.2, 0.2),
        (BAD, 0.001, 5.0),
        (Judgement(Verdict.UNSENT, refused=True), 0.0, 5.0),
        (Judgement(Verdict.FAILED, retry_after=30.0), 0.001, 30.0),
        (LEFT, 0.2, 0.2),
        (LEFT, 0.001, 0.01),
    ],
)
def test_what_became_of_an_attempt_is_remembered(picker, judgement, elapsed, peak):
    (node,) = measured(picker, {"a": 0.01})
    finish(picker, node, elapsed, 0.0, judgement)
    assert node.memory.peak == peak


def probes(picker, nodes, now, call=GET):
    return order(picker, nodes, now, call)[0]


def test_a_slow_node_is_probed_after_three_seconds_of_rest_by_a_call_that_may_be_repeated(picker):
    nodes = measured(picker, {"a": 0.01, "b": 0.2})
    nodes[0].used_at = 2.99
    assert probes(picker, nodes, 2.7) == "a"
    assert probes(picker, nodes, 3.0) == "b"
    assert probes(picker, nodes, 3.0, POST) == "a"
    assert take(picker, nodes, 3.0) is nodes[1]
    assert probes(picker, nodes, 3.0) == "a"  # one at a time


def test_a_probe_that_is_fast_brings_the_node_back(picker):
    nodes = measured(picker, {"a": 0.01, "b": 0.2})
    finish(picker, take(picker, nodes, 3.0), 0.011, 3.0)
    assert names(take(picker, nodes, 3.1 + n) for n in range(2)) == "ab"


def test_a_node_that_stays_slow_rests_longer_each_time(picker):
    nodes = measured(picker, {"a": 0.01, "b": 5.0})
    at = []
    for now in range(1, 200):
        node = take(picker, nodes, float(now))
        finish(picker, node, {"a": 0.01, "b": 5.0}[node.key.address], float(now))
        if node.key.address == "b":
            at.append(now)
    assert at == [3, 9, 21, 45, 93, 153]


def test_a_probe_that_is_not_taken_is_not_counted(picker):
    nodes = measured(picker, {"a": 0.01, "b": 0.2})
    assert take(picker, nodes, 3.0, avoid="b") is nodes[0]
    finish(picker, nodes[1], 0.15, 3.0)
    assert nodes[1].memory.peak > 0.15  # as any other answer


def test_the_longest_unheard_is_probed_first(picker):
    nodes = measured(picker, {"a": 0.01, "b": 0.2, "c": 0.2})
    nodes[1].memory.last = 0.1
    assert order(picker, nodes, 3.5)[0] == "c"


@pytest.mark.parametrize(
    "state", [{"usable": False}, {"in_flight": 1}, {"weight": 0}, {"memory": None}]
)
def test_only_an_idle_usable_node_with_weight_and_a_past_is_probed(picker, state):
    nodes = measured(picker, {"a": 0.01, "b": 5.0})
    nodes[0].used_at = nodes[0].memory.last = 2.9
    vars(nodes[1]).update(state)
    list(picker.candidates(nodes, GET, 3.0))
    assert nodes[1].memory._limit == float("inf")


def many(picker, count=20, slow=0.2):
    return measured(picker, {f"n{n}": 0.01 if n else slow for n in range(count)})


def test_above_16_hosts_the_better_of_two_drawn_goes_first():
    picker = PeakEwmaPicker(rng=Draws())
    nodes = many(picker)
    picker._rng.numbers = [0.0, 0.0]  # n0 and n1
    assert next(iter(picker.candidates(nodes, POST, 0.0))).key.address == "n1"
    picker._rng.numbers = [0.5, 0.999, 0.4, 0.3]  # n10 and n19 are equals
    assert next(iter(picker.candidates(nodes, POST, 0.0))).key.address == "n19"


def test_above_16_hosts_every_one_is_named_after_five_pairs(rng):
    picker = PeakEwmaPicker(rng=rng)
    nodes = many(picker)
    found = [node.key.address for node in picker.candidates(nodes, POST, 0.0)]
    assert len(found) == 25
    assert found[-1] == "n0"
    assert len(set(found)) == 20


def test_above_16_hosts_one_node_per_call_is_looked_at_whether_to_probe_it():
    picker = PeakEwmaPicker(rng=random.Random(2))
    nodes = many(picker)
    for node in nodes[1:]:
        node.memory.last = node.used_at = 4.0
    probed = [take(picker, nodes, 4.0) is nodes[0] for _ in range(21)]
    assert [n for n, was in enumerate(probed) if was] == [0]  # and in flight the second time
    nodes[0].in_flight, nodes[0].used_at = 0, 0.0
    probed = [take(picker, nodes, 4.0) is nodes[0] for _ in range(20)]
    assert [n for n, was in enumerate(probed) if was] == [19]


def test_a_forked_child_draws_other_numbers(picker):
    picker._after_fork()
    assert picker._rng.seeded == 1


def test_a_pickled_one_starts_anew(picker):
    measured(picker, {"a": 0.01})
    copy = pickle.loads(pickle.dumps(picker))
    assert set(order(copy, fake_nodes("ab"))) == {"a", "b"}


def test_a_balancer_over_it_learns_from_its_leases(outcome, clock):
    lb = PeakEwmaLB(ListProvider(Host("10.0.0.1", 1), Host("10.0.0.2", 1)), clock=clock)
    seconds = {"10.0.0.1": 0.01, "10.0.0.2": 0.3}
    counts = Counter()
    for _ in range(50):
        with lb.lease(POST) as lease:
            took = seconds[lease.host.address]
            counts[lease.host.address] += 1
            clock.advance(took)
            lease.ended(outcome("accepted", elapsed=took))
    assert counts == {"10.0.0.1": 48, "10.0.0.2": 2}
    lb.close()
