import math

import pytest

from ahoyhoy.exceptions import AhoyhoyLbException, HostsBusyError, LbNoEndpointsException
from ahoyhoy.lb import Gradient2, ILoadBalancer, Limits, RoundRobinLB
from unit.balancing import GET, GOOD, balancer, fail, host, leased, request, tiered
from unit.sources import Changing


@pytest.fixture
def limited(clock):
    def make(names="ab", **limits):
        lb = balancer(clock, names)
        lb.use_limits(Limits(**limits))
        return lb

    return make


def begin(lb, count=1, avoid=""):
    return [lb.lease(GET, {host(name) for name in avoid}) for _ in range(count)]


def test_no_host_gets_more_requests_than_its_limit(limited):
    lb = limited(per_host=2)
    leases = begin(lb, 4)
    assert [lease.host.address for lease in leases] == ["a", "a", "b", "b"]
    with pytest.raises(HostsBusyError, match=r"no host has room .* a:80 2, b:80 2"):
        lb.lease(GET)
    leases[1].end()
    assert leased(lb) == "a"


def test_there_are_no_more_requests_in_all_than_the_total(limited):
    lb = limited(total=3)
    leases = begin(lb, 3)
    with pytest.raises(HostsBusyError, match=r"3 requests are in flight, the limit \(total=3\)"):
        lb.lease(GET)
    leases[0].end()
    assert leased(lb) == "a"


def test_it_is_not_for_want_of_room_when_no_host_may_be_used(limited):
    lb = limited(per_host=1)
    fail(lb, "ab")
    with pytest.raises(LbNoEndpointsException) as caught:
        lb.lease(GET)
    assert not isinstance(caught.value, HostsBusyError)


def test_hosts_that_were_tried_are_not_busy(limited):
    lb = limited(per_host=1)
    begin_a = begin(lb)
    with pytest.raises(LbNoEndpointsException) as caught:
        lb.lease(GET, {host("a"), host("b")})
    assert not isinstance(caught.value, HostsBusyError)
    with pytest.raises(HostsBusyError):
        lb.lease(GET, {host("b")})
    assert begin_a[0].host.address == "a"


def test_a_busy_host_makes_no_trial(limited, clock):
    lb = limited("a", per_host=1)
    kept = begin(lb)
    fail(lb, "a")
    clock.advance(1)
    with pytest.raises(HostsBusyError):
        lb.lease(GET)
    kept[0].end()
    assert leased(lb) == "a"


def test_fail_open_keeps_the_limits(clock):
    lb = balancer(clock, "a", fail_open=True)
    lb.use_limits(Limits(per_host=1))
    fail(lb, "a")
    kept = begin(lb)
    with pytest.raises(HostsBusyError):
        lb.lease(GET)
    kept[0].end()


def test_a_full_tier_spills_to_the_next(clock):
    lb = tiered(clock, priorities=[("a", 0), ("b", 1)])
    lb.use_limits(Limits(per_host=1))
    assert [lease.host.address for lease in begin(lb, 2)] == ["a", "b"]


def test_a_limit_that_was_found_out_is_forgotten_when_others_are_set(clock):
    lb = balancer(clock, "a")
    lb.use_limits(Limits(per_host=Gradient2(initial=2, minimum=1, maximum=10)))
    for wanted in (Gradient2(initial=3, minimum=1, maximum=10), 4):
        leased(lb)
        lb.use_limits(Limits(per_host=wanted))
        leased(lb)
        assert lb.hosts()[0].limit == (wanted if isinstance(wanted, int) else wanted.initial)


def test_limits_can_be_taken_back(limited):
    lb = limited(per_host=1)
    lb.use_limits(Limits())
    assert len(begin(lb, 5)) == 5


def test_an_adaptive_limit_is_each_hosts_own(clock):
    lb = balancer(clock, "ab")
    lb.use_limits(Limits(per_host=Gradient2(initial=2, minimum=1, maximum=10)))
    leases = begin(lb, 4)
    assert [lease.host.address for lease in leases] == ["a", "a", "b", "b"]
    with pytest.raises(HostsBusyError):
        lb.lease(GET)
    leases[0].end()
    assert request(lb, GOOD, elapsed=0.1) == "a"
    assert [int(node.adaptive.value) for node in lb._members.nodes] == [2, 2]
    assert [node.adaptive.value > 2 for node in lb._members.nodes] == [True, False]


@pytest.mark.parametrize(
    ("wrong", "error", "says"),
    [
        ({"per_host": 0}, ValueError, "per_host must be at least 1"),
        ({"per_host": 2.5}, TypeError, r"per_host must be a whole number or Gradient2\(\)"),
        ({"per_host": True}, TypeError, "per_host"),
        ({"total": 0}, ValueError, "total must be at least 1"),
        ({"total": "5"}, TypeError, "total must be a whole number, or None, not '5'"),
        ({"wait": -1}, ValueError, "wait must be seconds from 0 to"),
        ({"wait": math.inf}, ValueError, "wait"),
        ({"wait": math.nan}, ValueError, "wait"),
        ({"wait": None}, TypeError, "wait must be seconds"),
        ({"wait": True}, TypeError, "wait must be seconds"),
    ],
)
def test_limits_that_cannot_be_are_refused(wrong, error, says):
    with pytest.raises(error, match=says):
        Limits(**wrong)


def test_a_rule_of_ones_own_in_the_way_of_4_x_takes_no_limits():
    class Own(RoundRobinLB):
        def _choose_next(self):
            return None

    for lb in (ILoadBalancer(), Own(Changing())):
        with pytest.raises(AhoyhoyLbException, match="for limits, build it from a Picker"):
            lb.use_limits(Limits(per_host=1))


class TestWaiting:
    def test_each_request_that_ends_wakes_one_in_the_order_of_their_coming(self, limited):
        lb = limited(total=2)
        leases, woken = begin(lb, 2), []
        places = [
            lb.when_room(
                lambda name=name: woken.append((name, lb._members.ledger.lock._is_owned()))
            )
            for name in ("first", "second")
        ]
        leases[0].end()
        assert woken == [("first", False)]
        leases[1].end()
        assert woken == [("first", False), ("second", False)]
        assert len(places) == 2

    def test_who_waits_no_longer_is_not_woken(self, limited):
        lb = limited(total=1)
        leases, woken = begin(lb), []
        lb.when_room(lambda: woken.append("first"))()
        second = lb.when_room(lambda: woken.append("second"))
        leases[0].end()
        assert woken == ["second"]
        second()

    def test_who_is_gone_without_leaving_is_in_nobodys_way(self, limited):
        lb = limited(total=1)
        leases = begin(lb)
        for _ in range(2):  # as an interrupt leaves them: one in the line, one that was woken
            lb.when_room(lambda: None)
        leases[0].end()
        with lb.lease(GET):
            pass

    def test_a_wake_up_that_was_of_no_use_goes_to_the_next_who_waited(self, limited):
        lb = limited(total=1)
        leases, woken = begin(lb), []
        leave = lb.when_room(lambda: woken.append("first"))
        second = lb.when_room(lambda: woken.append("second"))
        leases[0].end()
        leave()
        assert woken == ["first", "second"]
        leave()
        assert woken == ["first", "second"]
        second()

    def test_two_who_cannot_use_it_do_not_wake_each_other_for_ever(self, limited):
        lb = limited(total=1)
        leases, woken = begin(lb), []
        first = lb.when_room(lambda: woken.append("first"))
        second = lb.when_room(lambda: woken.append("second"))
        leases[0].end()
        first()
        again = lb.when_room(lambda: woken.append("first again"))
        second()
        assert woken == ["first", "second"]
        with lb.lease(GET, waited=True):
            pass
        assert woken == ["first", "second", "first again"]
        again()

    def test_a_forked_child_wakes_nobody_of_the_parent(self, limited):
        lb = limited(total=1)
        leases, woken = begin(lb), []
        place = lb.when_room(lambda: woken.append("parent's"))
        lb._members._after_fork()
        leases[0].end()
        assert leased(lb) == "a"
        assert woken == []
        assert lb._members.ledger.in_flight == 0
        place()

    def test_a_balancer_without_hosts_has_nothing_to_wait_for(self):
        with pytest.raises(AhoyhoyLbException, match="no limits to wait for"):
            ILoadBalancer().when_room(print)
