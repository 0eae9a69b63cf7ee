import pickle

import pytest

from ahoyhoy._core import Call, Judgement, Outcome, Verdict
from ahoyhoy.circuit import BreakerFactory
from ahoyhoy.endpoints import Endpoint
from ahoyhoy.exceptions import (
    InvalidHostError,
    InvalidProviderError,
    LbNoEndpointsException,
)
from ahoyhoy.lb import ILoadBalancer, RandomLB, RoundRobinLB
from ahoyhoy.lb.providers import ListProvider
from ahoyhoy.utils import Host

A, B = Host("a", 1), Host("b", 1)
GET, POST = Call("GET", "/"), Call("POST", "/")
GOOD = Outcome(Judgement(Verdict.ACCEPTED), elapsed=0.25)


class Bare(ILoadBalancer):
    """A balancer as small as the contract allows: no constructor, no provider."""

    def __init__(self, *endpoints):
        self.queue = list(endpoints)
        self.updates = 0

    def pick(self):
        if not self.queue:
            raise LbNoEndpointsException("nothing")
        self.queue.append(self.queue.pop(0))
        return self.queue[-1]

    def update(self):
        self.updates += 1


class Own(ILoadBalancer):
    """A balancer in the style of 4.x: a rule over `_up`."""

    def _choose_next(self):
        return self.get_or_create_endpoint(self._up[0]) if self._up else None


class OwnEndpoints(ILoadBalancer):
    """Has a provider, and makes endpoints itself all the same."""

    def pick(self):
        return Endpoint(A)


def use(lb, *, avoid=(), outcome=GOOD, call=GET):
    with lb.lease(call, avoid) as lease:
        in_flight = [stats.in_flight for stats in lb.hosts()]
        lease.ended(outcome)
    return lease, in_flight


@pytest.mark.parametrize("kind", [RoundRobinLB, RandomLB, Own])
@pytest.mark.parametrize("provider", [None, [A], ListProvider, "a:1"])
def test_a_balancer_over_no_provider_is_a_type_error_and_an_assertion_error(kind, provider):
    with pytest.raises(InvalidProviderError) as caught:
        kind(provider)
    assert isinstance(caught.value, TypeError)
    assert isinstance(caught.value, AssertionError)


@pytest.mark.parametrize("kind", [RoundRobinLB, RandomLB, Own])
def test_a_balancer_over_an_empty_list_can_be_built_but_not_used(kind):
    lb = kind(ListProvider())
    for pick in (lb.pick, lb.resolve, lambda: lb.lease(GET)):
        with pytest.raises(LbNoEndpointsException, match="no hosts: the provider's list is empty"):
            pick()
    assert lb.hosts() == lb.endpoints() == ()


@pytest.mark.parametrize("kind", [RoundRobinLB, RandomLB, Own])
def test_a_malformed_host_is_found_when_it_is_picked(kind):
    lb = kind(ListProvider("nonsense"))
    for pick in (lb.pick, lambda: lb.lease(GET), lb.endpoints):
        with pytest.raises(InvalidHostError, match="'nonsense' is not a host"):
            pick()
    assert [stats.in_flight for stats in lb.hosts()] == [0]


@pytest.mark.parametrize("kind", [RoundRobinLB, RandomLB, Own])
def test_resolve_is_another_name_of_pick(kind):
    lb = kind(ListProvider(A))
    assert lb.resolve() is lb.pick()
    assert isinstance(lb.pick(), Endpoint)
    assert lb.pick().host == A


@pytest.mark.parametrize("kind", [RoundRobinLB, RandomLB, Own])
def test_a_lease_counts_while_it_lasts_and_its_outcome_after(kind):
    lb = kind(ListProvider(A))
    lease, in_flight = use(lb)
    assert lease.host == A
    assert in_flight == [1]
    (stats,) = lb.hosts()
    assert (stats.in_flight, stats.requests, stats.failures, stats.latency) == (0, 1, 0, 0.25)


def test_a_balancer_that_makes_its_own_endpoints_counts_too():
    lb = OwnEndpoints(ListProvider(A, B))
    lb.update()
    for number in (1, 2, 3):
        lease, in_flight = use(lb)
        assert lease.host == A
        assert in_flight == [1, 0]
        assert lb.hosts()[0].in_flight == 0
        assert lb.hosts()[0].requests == number


def test_a_rule_in_the_style_of_4x_is_asked_and_open_hosts_are_passed_over():
    lb = Own(ListProvider(A, B))
    assert lb.pick().host == A
    lb.get_or_create_endpoint(A).open()
    assert lb.pick().host == B
    lb.get_or_create_endpoint(B).open()
    with pytest.raises(LbNoEndpointsException, match="a:1 circuit open; b:1 circuit open"):
        lb.pick()


def test_a_rule_that_always_says_the_same_host_does_not_stop_failover():
    lease, _ = use(Own(ListProvider(A, B)), avoid={A})
    assert lease.host == B
    with pytest.raises(LbNoEndpointsException):
        Own(ListProvider(A, B)).lease(GET, {A, B})


@pytest.mark.parametrize("base", [RoundRobinLB, RandomLB])
def test_a_subclass_with_a_rule_of_its_own_is_obeyed(base):
    class Last(base):
        def _choose_next(self):
            return self.get_or_create_endpoint(B)

    lb = Last(ListProvider(A, B))
    assert {lb.pick().host for _ in range(9)} == {B}
    assert use(lb)[0].host == B


@pytest.mark.parametrize("base", [RoundRobinLB, RandomLB])
def test_a_subclass_with_a_pick_of_its_own_is_obeyed(base):
    class Last(base):
        def pick(self):
            return self.get_or_create_endpoint(B)

    assert use(Last(ListProvider(A, B)))[0].host == B


def test_a_pick_patched_into_one_balancer_is_obeyed():
    lb = RoundRobinLB(ListProvider(A, B))
    other = Endpoint(B)
    lb.pick = lambda: other
    assert use(lb)[0].endpoint is other


def test_a_subclass_with_its_own_list_of_hosts_in_use_is_obeyed():
    class Fixed(Own):
        _up = (B,)

    assert Fixed(ListProvider(A, B)).pick().host == B


def test_a_rule_that_never_finds_an_available_host_ends():
    class Stubborn(Own):
        def _choose_next(self):
            return self.get_or_create_endpoint(A)

    lb = Stubborn(ListProvider(A, B))
    lb.get_or_create_endpoint(A).open()
    with pytest.raises(LbNoEndpointsException):
        lb.pick()


def test_up_is_a_list_of_the_hosts_that_may_be_used():
    lb = RoundRobinLB(ListProvider(A, B))
    assert lb._up == [A, B]
    lb.get_or_create_endpoint(A).open()
    assert lb._up == [B]
    assert ILoadBalancer._up == []
    assert Bare()._up == []


def test_a_balancer_without_a_rule_says_what_is_missing():
    with pytest.raises(TypeError, match=r"ILoadBalancer must write pick\(\), or _choose_next\(\)"):
        ILoadBalancer(ListProvider(A)).pick()


def test_a_bare_balancer_has_all_that_a_client_calls():
    first, second = Endpoint(A), Endpoint(B)
    lb = Bare(first, second)
    assert lb.is_ready
    assert lb.hosts() == lb.endpoints() == ()
    assert lb.resolve() is first
    lb.close()
    assert use(lb)[0].endpoint is second
    assert use(lb, avoid={A})[0].endpoint is second
    with pytest.raises(LbNoEndpointsException):
        lb.lease(GET, {A, B})
    assert lb.get_or_create_endpoint(B) == second
    ILoadBalancer.update(lb)


def test_a_bare_balancer_of_anything_is_told_apart_by_the_thing_itself():
    thing = object()
    lb = Bare(thing)
    assert use(lb)[0].host is thing
    with pytest.raises(LbNoEndpointsException):
        lb.lease(GET, {thing})


def test_it_is_ready_once_the_provider_was_asked():
    lb = RoundRobinLB(ListProvider(A))
    assert not lb.is_ready
    lb.update()
    assert lb.is_ready


def test_an_endpoint_is_made_once_per_host_listed_or_not():
    lb = RoundRobinLB(ListProvider(A))
    assert lb.get_or_create_endpoint(A) is lb.pick()
    assert lb.get_or_create_endpoint(B) is lb.get_or_create_endpoint(B)
    assert [stats.host for stats in lb.hosts()] == [A]


def test_endpoints_use_the_session_of_the_balancer(stub):
    session = stub("answer")
    lb = RoundRobinLB(ListProvider(A, B), session)
    assert lb.pick()._session._session is lb.pick()._session._session is session


def test_only_a_call_that_can_fail_over_makes_a_trial_unless_nothing_else_is_left():
    lb = RoundRobinLB(ListProvider(A, B))
    first, second = lb.endpoints()
    first.breaker.half_open()
    assert {use(lb, call=POST)[0].host for _ in range(6)} == {B}
    assert {use(lb, call=GET)[0].host for _ in range(6)} == {A}  # the trial comes first
    second.open()
    assert use(lb, call=POST)[0].host == A
    with pytest.raises(LbNoEndpointsException):
        lb.lease(POST, {A})


def test_the_error_tells_ten_hosts_and_when_they_are_tried_again(clock):
    lb = RoundRobinLB(ListProvider(*[Host("h", n) for n in range(1, 13)]))
    lb.use_breaker(BreakerFactory(clock=clock))
    for endpoint in lb.endpoints():
        for _ in range(5):
            endpoint.guard().record(Judgement(Verdict.RETRYABLE))
    clock.advance(0.75)
    with pytest.raises(LbNoEndpointsException) as caught:
        lb.pick()
    text = str(caught.value)
    assert text.startswith("no host left among 12: h:1 circuit open (0.2 s left); h:2 ")
    assert text.count("circuit open") == 10


@pytest.mark.parametrize("kind", [RoundRobinLB, RandomLB, Own])
def test_a_pickled_copy_starts_with_closed_circuits_and_no_counts(kind):
    lb = kind(ListProvider(A, B))
    use(lb)
    lb.get_or_create_endpoint(A).open()
    copy = pickle.loads(pickle.dumps(lb))
    assert [(s.host, s.circuit, s.requests) for s in copy.hosts()] == [
        (A, "closed", 0),
        (B, "closed", 0),
    ]
    assert copy.pick().host in (A, B)


def test_a_bare_balancer_can_be_pickled():
    assert pickle.loads(pickle.dumps(Bare())).updates == 0


def test_a_malformed_host_among_good_ones_is_told_when_nothing_is_left():
    lb = RoundRobinLB(ListProvider(A, "nonsense"))
    lb.get_or_create_endpoint(A).open()
    with pytest.raises((InvalidHostError, LbNoEndpointsException), match="'nonsense' is"):
        [lb.pick() for _ in range(9)]
