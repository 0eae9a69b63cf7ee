import pytest

from ahoyhoy._core import Call, Judgement, Outcome, Verdict
from ahoyhoy.circuit import CircuitBreaker
from ahoyhoy.endpoints import Endpoint
from ahoyhoy.exceptions import InvalidHostError
from ahoyhoy.lb.lease import Lease
from ahoyhoy.lb.node import Node
from ahoyhoy.utils import Host, Instance

A = Host("a", 1)
GET, POST = Call("GET", "/"), Call("POST", "/")


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


def occupy(node):
    lease = Lease(node.endpoint, lambda lease, node: node.end_locked(lease, 0.0))
    lease.occupy_locked(node)
    return lease


def test_a_new_host_is_closed_idle_and_unmeasured():
    stats = Node(A, A).stats()
    assert (stats.host, stats.circuit, stats.in_flight) == (A, "closed", 0)
    assert (stats.requests, stats.failures, stats.latency, stats.retry_in) == (0, 0, None, None)


def test_weight_and_priority_are_the_instances_or_one_and_zero():
    assert (Node(A, A).weight, Node(A, A).priority) == (1.0, 0)
    item = Instance(A, weight=0.5, priority=7)
    assert (Node(A, item).weight, Node(A, item).priority) == (0.5, 7)


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


def test_an_open_host_admits_nothing_until_a_trial_is_due(node, clock):
    assert node.is_closed()
    assert node.admits(POST)
    for _ in range(5):
        node.endpoint.guard().record(Judgement(Verdict.RETRYABLE))
    assert not node.is_closed()
    assert not node.trial_due()
    assert not node.admits(GET)
    assert node.stats().circuit == "open"
    assert node.stats().retry_in == 1.0
    clock.advance(1)
    assert node.trial_due()
    assert node.admits(GET)
    assert not node.admits(POST)  # the trial must be able to fail over


def test_a_host_without_an_endpoint_admits_everything():
    assert Node(A, A).admits(POST)
    assert not Node(A, A).trial_due()


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
    node.end_locked(lease, 0.0)
    assert (node.in_flight, node.requests, node.failures) == (0, requests, failures)
    assert node.stats().latency == (0.5 if verdict == "accepted" else None)


def test_a_request_without_an_outcome_only_ends(node):
    lease = occupy(node)
    node.end_locked(lease, 0.0)
    assert (node.in_flight, node.requests) == (0, 0)


def test_an_end_counts_once(node):
    first, second = occupy(node), occupy(node)
    for _ in range(2):
        node.end_locked(first, 0.0)
    assert node.in_flight == 1
    second.end()
    assert node.in_flight == 0


def test_latency_is_a_moving_average(node):
    for elapsed, now in ((1.0, 0.0), (0.0, 0.0)):
        lease = occupy(node)
        lease.outcome = Outcome(Judgement(Verdict.ACCEPTED), elapsed=elapsed)
        node.end_locked(lease, now)
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
