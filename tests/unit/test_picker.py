import copy
import pickle
import random

import pytest

from ahoyhoy._core import Judgement, Outcome, Verdict
from ahoyhoy.lb import LoadBalancer, Picker, RandomLB, RoundRobinLB, StrictTiers
from ahoyhoy.lb.providers import ListProvider
from ahoyhoy.testing import FakeClock
from unit.balancing import GET, GOOD, InOrder, balancer, host, leased, request, tiered
from unit.test_lease import streamed


def test_a_picker_must_have_a_rule_and_need_not_learn():
    picker = Picker()
    assert picker.observe(None, None, 0.0) is None
    with pytest.raises(TypeError, match=r"Picker must write candidates\(\)"):
        picker.candidates((), GET, 0.0)


def test_it_observes_each_request_while_that_is_still_in_flight(clock):
    lb = balancer(clock)
    clock.advance(3)
    request(lb, elapsed=0.25)
    failed = Judgement(Verdict.RETRYABLE, "HTTP 500")
    request(lb, failed, elapsed=0.5)
    assert lb._picker.seen == [("a", GOOD, 0.25, 3.0, 1), ("a", failed, 0.5, 3.0, 1)]


@pytest.mark.parametrize(("abandoned", "seen"), [(False, []), (True, ["a"])])
def test_of_what_is_ignored_it_observes_only_what_was_abandoned(clock, abandoned, seen):
    lb = balancer(clock)
    request(lb, Judgement(Verdict.IGNORED, abandoned=abandoned))
    assert [name for name, *_ in lb._picker.seen] == seen
    assert lb.hosts()[0].requests == 0


def test_it_observes_nothing_of_a_request_without_an_outcome(clock):
    lb = balancer(clock)
    leased(lb)
    assert lb._picker.seen == []


def test_a_streamed_answer_is_observed_once_before_its_body_ends(clock):
    lb = balancer(clock)
    response = streamed()
    with lb.lease(GET) as lease:
        lease.ended(Outcome(GOOD, response, elapsed=0.5))
        node = lease.node
        lease._owner.answered(lease, node)
    assert len(lb._picker.seen) == 1
    assert (node.in_flight, node.oldest_start, node.requests) == (1, None, 1)
    response.raw.release_conn()
    assert (node.in_flight, node.requests) == (0, 1)
    assert len(lb._picker.seen) == 1


def test_a_picker_that_fails_to_learn_leaves_no_host_busy(clock):
    class Failing(InOrder):
        def observe(self, node, outcome, now):
            raise ZeroDivisionError

    lb = balancer(clock, picker=Failing())
    with pytest.raises(ZeroDivisionError):
        request(lb)
    assert [stats.in_flight for stats in lb.hosts()] == [0, 0]
    assert lb._members.ledger.in_flight == lb._members.ledger.depth == 0


def test_the_clock_is_the_balancers_and_its_circuits(clock):
    lb = balancer(FakeClock())
    lb.use_clock(clock)
    clock.advance(7)
    request(lb)
    assert lb._picker.seen[0][3] == 7.0
    assert lb.endpoints()[0].breaker.clock is clock
    assert lb._members.nodes[0].used_at == 7.0


def test_tiers_are_asked_only_where_there_are_several(clock):
    class Reversed(StrictTiers):
        asked = 0

        def order(self, groups, now, rng):
            self.asked += 1
            return reversed(groups)

    tiers = Reversed()
    assert leased(balancer(clock, "ab", tiers=tiers)) == "a"
    assert tiers.asked == 0
    assert leased(tiered(clock, priorities=[("a", 0), ("b", 1)], tiers=tiers)) == "b"
    assert tiers.asked == 1
    assert leased(tiered(clock, priorities=[("a", 0), ("b", 1)])) == "a"


@pytest.mark.parametrize("copied", [copy.copy, lambda lb: pickle.loads(pickle.dumps(lb))])
def test_a_copy_has_the_settings_and_chance_of_its_own(copied):
    rng = random.Random(1)
    lb = LoadBalancer(
        ListProvider(host("a")), picker=InOrder(), rng=rng, slow_start=7, fail_open=True
    )
    lb.announcer.add(print)
    other = copied(lb)
    assert other._rng is not rng
    assert other._members.ejections.slow_start == 7
    assert other._fail_open
    assert list(other.announcer) == [print]
    assert leased(other) == "a"


@pytest.mark.parametrize("kind", [RoundRobinLB, RandomLB])
def test_every_balancer_takes_what_is_around_its_picker(kind, clock):
    lb = kind(ListProvider(host("a")), clock=clock, slow_start=3, fail_open=True)
    leased(lb)
    assert (lb._clock, lb._slow_start, lb._fail_open) == (clock, 3, True)


def test_a_forked_child_draws_numbers_of_its_own():
    rng = random.Random(1)
    lb = LoadBalancer(ListProvider(host("a")), picker=InOrder(), rng=rng)
    state = rng.getstate()
    lb._after_fork()
    assert rng.getstate() != state
