import random

import pytest

from ahoyhoy._core import Judgement, Verdict
from ahoyhoy.events import CircuitChanged, HostEjected, HostReturned, HostsChanged
from ahoyhoy.exceptions import LbNoEndpointsException
from ahoyhoy.lb import ILoadBalancer, Limits
from ahoyhoy.utils import Instance
from unit.balancing import GET, balancer, fail, heard, host, leased, names, request
from unit.sources import Changing

A, B, C = host("a"), host("b"), host("c")


def test_a_circuit_that_opens_and_closes_ejects_and_returns_its_host(clock):
    lb = balancer(clock, "ab")
    events = heard(lb)
    fail(lb, "a")
    clock.advance(1)
    request(lb)
    assert events == [
        CircuitChanged(A, "closed", "open", "HTTP 500; tried again in 1.0 s"),
        HostEjected(A, "HTTP 500; tried again in 1.0 s"),
        CircuitChanged(A, "open", "half-open", "a trial goes through"),
        CircuitChanged(A, "half-open", "closed", "the trial succeeded"),
        HostReturned(A),
    ]


def test_a_trial_that_fails_ejects_nobody_anew(clock):
    lb = balancer(clock, "ab")
    fail(lb, "a")
    events = heard(lb)
    clock.advance(1)
    with lb.lease(GET) as lease, lease.endpoint.guard():
        pass
    assert [type(event) for event in events] == [CircuitChanged, CircuitChanged]


def test_hosts_that_come_and_go_are_told_but_for_the_first_list(clock):
    source = Changing(A, B)
    lb = balancer(clock, provider=source)
    events = heard(lb)
    leased(lb)
    assert events == []
    source.set(B, C)
    leased(lb)
    assert events == [HostsChanged(added=(C,), removed=(A,))]
    lb.update()
    assert len(events) == 1


def test_a_host_that_left_is_not_ejected_any_more(clock):
    source = Changing(A, B)
    lb = balancer(clock, provider=source)
    with lb.lease(GET) as lease:
        source.set(B)
        leased(lb)
        events = heard(lb)
        lease.endpoint.open()
        lease.endpoint.close()
    assert [type(event) for event in events] == [CircuitChanged] * 2
    assert not lb._members.ejections.out


def test_no_lock_is_held_while_listeners_hear(clock):
    lb = balancer(clock, "ab")
    held = []
    lb.announcer.add(lambda _: held.append(lb._members.lock._is_owned()))
    fail(lb, "a")
    lb.report(B, healthy=False)
    assert held == [False] * 3


def test_a_host_returns_when_the_last_of_several_reasons_is_over(clock):
    lb = balancer(clock, "ab")
    leased(lb)
    events = heard(lb)
    lb.report(A, healthy=False, reason="no route")
    endpoint = lb.get_or_create_endpoint(A)
    endpoint.open()
    endpoint.close()
    assert HostReturned(A) not in events
    lb.report(A, healthy=True)
    assert events[-1] == HostReturned(A)


def test_nobody_is_told_what_nobody_listens_to(clock):
    lb = balancer(clock, "ab")
    fail(lb, "a")
    lb.report(B, healthy=False)
    lb.report(B, healthy=True)
    assert not lb._members.ledger.due


class TestReports:
    def test_a_host_that_failed_its_check_is_passed_over_until_it_is_healthy(self, clock):
        lb = balancer(clock, "ab")
        leased(lb)
        events = heard(lb)
        lb.report(A, healthy=True)
        lb.report(A, healthy=False, reason="HTTP 500")
        lb.report(A, healthy=False, reason="HTTP 502")
        assert names(lb, 3) == "bbb"
        lb.report(A, healthy=True)
        assert leased(lb) == "a"
        assert events == [HostEjected(A, "HTTP 500"), HostReturned(A)]

    def test_it_makes_no_trial_and_is_not_used_in_panic(self, clock):
        lb = balancer(clock, "abcd", rng=random.Random(7))
        fail(lb, "abc")
        lb.report(A, healthy=False)
        assert set(names(lb, 30)) == set("bcd")
        clock.advance(1)
        assert leased(lb, avoid="bc") == "d"

    def test_panic_is_about_circuits_alone(self, clock):
        lb = balancer(clock, "abcd")
        fail(lb, "a")
        for sick in (B, C):
            lb.report(sick, healthy=False)
        assert names(lb, 2) == "dd"

    def test_the_newest_reason_is_told_by_the_error_and_only_a_change_by_an_event(self, clock):
        lb = balancer(clock, "ab")
        leased(lb)
        events = heard(lb)
        lb.report(A, healthy=False, reason="failed 3 health checks")
        lb.report(A, healthy=False, reason="failed 4 health checks")
        with pytest.raises(LbNoEndpointsException, match="a:80 failed 4 health checks"):
            lb.lease(GET, {B})
        assert events == [HostEjected(A, "failed 3 health checks")]

    def test_without_a_reason_the_check_is_the_reason(self, clock):
        lb = balancer(clock, "ab")
        leased(lb)
        lb.report(A, healthy=False)
        with pytest.raises(LbNoEndpointsException, match="a:80 a health check failed"):
            lb.lease(GET, {B})

    def test_a_check_that_fails_everywhere_keeps_nobody_away(self, clock):
        lb = balancer(clock, "abc")
        fail(lb, "c")
        for sick in (A, B, C):
            lb.report(sick, healthy=False)
        assert names(lb, 2) == "aa"
        clock.advance(1)
        assert leased(lb) == "c"  # by a trial
        assert [node.usable for node in lb._members.nodes] == [True] * 3
        lb.report(B, healthy=True)
        assert names(lb, 2) == "bb"

    def test_of_unknown_hosts_nothing_is_noted(self, clock):
        lb = balancer(clock, "a")
        lb.report(C, healthy=False)
        assert leased(lb) == "a"
        ILoadBalancer().report(A, healthy=False)


def test_a_balancer_of_ones_own_has_an_announcer_without_its_constructor():
    class Own(ILoadBalancer):
        def __init__(self):
            pass

    lb = Own()
    assert lb.announcer is lb.announcer
    lb.use_clock(lambda: 0.0)


def test_the_stats_of_a_host_tell_what_keeps_calls_away(clock):
    items = [Instance(A, weight=2.0, zone="east"), Instance(B)]
    lb = balancer(clock, provider=Changing(*items))
    lb.use_limits(Limits(per_host=7))
    request(lb, Judgement(Verdict.RETRYABLE, "HTTP 503", answered=True, retry_after=3.0))
    lb.report(B, healthy=False)
    clock.advance(1)
    first, second = lb.hosts()
    assert (first.held_for, first.healthy, first.limit) == (2.0, True, 7)
    assert (first.weight, first.zone) == (2.0, "east")
    assert (second.held_for, second.healthy, second.weight, second.zone) == (None, False, 1.0, None)
    assert not first.available
    assert not second.available
    clock.advance(2)
    lb.report(B, healthy=True)
    assert [stats.available for stats in lb.hosts()] == [True, True]
    assert lb.hosts()[0].held_for is None
