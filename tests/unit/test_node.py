import pytest

from ahoyhoy._core import Judgement, Outcome, Verdict
from ahoyhoy.circuit import CircuitBreaker
from ahoyhoy.endpoints import Endpoint
from ahoyhoy.exceptions import InvalidHostError
from ahoyhoy.lb.ejections import Ejections
from ahoyhoy.lb.lease import Lease
from ahoyhoy.lb.node import Node
from ahoyhoy.lb.occupancy import Occupancy
from ahoyhoy.utils import Host, Instance

A = Host("a", 1)


@pytest.fixture
def make(clock, stub):
    return lambda instance: Endpoint(
        instance, session=stub(None), breaker=CircuitBreaker(clock=clock)
    )


@pytest.fixture
def node(make):
    node = Node(A, A)
    node.ensure_endpoint(make)
    return node


def occupy(node, now=0.0):
    lease = Lease(node.endpoint, Occupancy(Ejections(node.ledger)))
    lease.occupy_locked(node, now)
    return lease


def test_a_new_host_is_closed_idle_and_unmeasured():
    stats = Node(A, A).stats()
    assert (stats.host, stats.circuit, stats.in_flight) == (A, "closed", 0)
    assert (stats.requests, stats.failures, stats.latency, stats.retry_in) == (0, 0, None, None)


def test_weight_priority_and_zone_are_the_instances_or_one_zero_and_none():
    node = Node(A, A)
    assert (node.weight, node.priority, node.zone) == (1.0, 0, None)
    node.retarget(Instance(A, weight=0.5, priority=7, zone="east"))
    assert (node.weight, node.priority, node.zone) == (0.5, 7, "east")


def test_an_endpoint_is_made_once(make):
    node = Node(A, A)
    assert node.endpoint is None
    assert node.ensure_endpoint(make) is node.ensure_endpoint(make) is node.endpoint


def test_of_two_endpoints_made_at_once_one_is_kept(make):
    node = Node(A, A)

    def make_while_another_does(instance):
        node._made["endpoint"] = first
        return make(instance)

    first = make(Instance(A))
    assert node.ensure_endpoint(make_while_another_does) is first


def test_a_malformed_host_is_found_when_it_is_needed(make):
    with pytest.raises(InvalidHostError):
        Node("x", "x").ensure_endpoint(make)


def test_a_plain_pair_is_a_host(make):
    assert Node(("a", 1), ("a", 1)).ensure_endpoint(make).host == A


def test_an_unchanged_host_keeps_its_endpoint(node):
    endpoint = node.endpoint
    node.retarget(("a", 1))
    assert node.endpoint is endpoint


def test_a_changed_one_keeps_its_circuit_and_its_session(node):
    old = node.endpoint
    node.retarget(Instance(A, path="/v2"))
    assert node.endpoint is not old
    assert node.endpoint.breaker is old.breaker
    assert node.endpoint.instance.path == "/v2"


def test_a_changed_one_without_an_endpoint_just_changes(make):
    node = Node(A, A)
    node.retarget(Instance(A, path="/v2"))
    assert node.ensure_endpoint(make).instance.path == "/v2"


def test_an_open_host_is_no_use_until_a_trial_is_due(node, clock):
    assert node.is_closed()
    assert node.is_serving()
    for _ in range(5):
        node.endpoint.guard().record(Judgement(Verdict.RETRYABLE))
    node.clear = False
    assert not node.is_closed()
    assert not node.trial_due()
    assert not node.may_be_used()
    assert not node.usable
    assert node.stats().circuit == "open"
    assert node.stats().retry_in == 1.0
    clock.advance(1)
    assert node.trial_due()
    assert node.may_be_used()
    assert node.usable


def test_a_host_without_an_endpoint_may_be_used():
    node = Node(A, A)
    assert node.may_be_used()
    assert node.usable
    assert not node.trial_due()
    assert not node.is_reachable()
    assert not node.is_shut_by_hand()


def test_a_trial_that_somebody_leased_is_not_due_for_others(node):
    node.endpoint.breaker.half_open()
    assert node.trial_due()
    lease = Lease(node.endpoint, Occupancy(Ejections(node.ledger)))
    lease.occupy_locked(node, 0.0, trial=True)
    assert not node.trial_due()
    lease.end()
    assert node.trial_due()


def test_it_tells_when_it_was_last_used_and_its_oldest_request_began(node):
    assert (node.used_at, node.oldest_start) == (None, None)
    first, second = occupy(node, 1.0), occupy(node, 2.0)
    assert (node.used_at, node.oldest_start) == (2.0, 1.0)
    first.end()
    assert node.oldest_start == 2.0
    second.end()
    assert (node.used_at, node.oldest_start) == (2.0, None)


def test_what_it_may_be_used_for_is_a_matter_of_checks_flaws_and_pauses(node, clock):
    node.ledger.clock = clock
    node.clear = False
    assert node.usable
    node.healthy = False
    assert not node.usable
    node.healthy = True
    node.held_until = 2.0
    assert not node.usable
    clock.advance(2)
    assert node.usable
    node.flaw = InvalidHostError("x")
    assert not node.usable


@pytest.mark.parametrize(
    ("verdict", "requests", "failures"),
    [
        ("accepted", 1, 0),
        ("retryable", 1, 1),
        ("unsent", 1, 1),
        ("failed", 1, 1),
        ("ignored", 0, 0),
    ],
)
def test_what_counts(node, outcome, verdict, requests, failures):
    lease = occupy(node)
    assert node.in_flight == 1
    lease.outcome = outcome(verdict, elapsed=0.5)
    lease.end()
    assert (node.in_flight, node.requests, node.failures) == (0, requests, failures)
    assert node.stats().latency == (0.5 if verdict == "accepted" else None)


def test_a_request_without_an_outcome_only_ends(node):
    occupy(node).end()
    assert (node.in_flight, node.requests) == (0, 0)


def test_an_end_counts_once(node):
    first, second = occupy(node), occupy(node)
    for _ in range(2):
        first.end()
        first.release_locked()
    assert node.in_flight == 1
    second.end()
    assert node.in_flight == 0


def test_latency_is_a_moving_average(node):
    for elapsed in (1.0, 0.0):
        node.count_locked(Outcome(Judgement(Verdict.ACCEPTED), elapsed=elapsed), 0.0)
    assert node.stats().latency == pytest.approx(0.9)


def test_it_shows_its_host_and_load(node):
    with occupy(node):
        assert "a" in repr(node)
        assert "1 in flight" in repr(node)


def test_a_changed_one_that_is_malformed_is_found_when_it_is_picked(make):
    node = Node(A, Instance(A, weight=2))
    node.ensure_endpoint(make)
    node.retarget(("a", 1.0))
    with pytest.raises(InvalidHostError):
        node.ensure_endpoint(make)
