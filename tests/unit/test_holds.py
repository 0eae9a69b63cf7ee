import pytest

from ahoyhoy._core import Judgement, Outcome, Verdict
from ahoyhoy.events import HostEjected, HostReturned
from ahoyhoy.exceptions import LbNoEndpointsException
from ahoyhoy.lb import ILoadBalancer
from unit.balancing import POST, balancer, fail, heard, host, leased, names, request
from unit.sources import Changing


def asked(seconds, verdict=Verdict.RETRYABLE):
    return Judgement(verdict, "HTTP 503", answered=True, retry_after=seconds)


def test_a_host_that_asked_for_a_pause_is_left_alone_until_it_is_over(clock):
    lb = balancer(clock, "ab")
    assert request(lb, asked(2.0)) == "a"
    assert names(lb, 3) == "bbb"
    assert leased(lb, POST) == "b"
    clock.advance(1.9)
    assert leased(lb) == "b"
    clock.advance(0.2)
    assert leased(lb) == "a"


def test_a_longer_pause_counts_and_a_shorter_one_does_not(clock):
    lb = balancer(clock, "ab")
    with lb.lease(POST) as other:
        request(lb, asked(2.0))
        other.ended(Outcome(asked(1.0)))
    clock.advance(1.5)
    assert leased(lb) == "b"
    request(lb, asked(5.0))
    assert lb.pause() == pytest.approx(0.5)


def test_no_pause_is_longer_than_five_minutes(clock):
    lb = balancer(clock, "ab")
    request(lb, asked(86400.0))
    clock.advance(299)
    assert leased(lb) == "b"
    clock.advance(1)
    assert leased(lb) == "a"


@pytest.mark.parametrize("seconds", [None, 0.0, -1.0])
def test_without_a_length_it_is_no_pause(clock, seconds):
    lb = balancer(clock, "ab")
    request(lb, asked(seconds))
    assert leased(lb) == "a"


def test_an_ignored_outcome_holds_nothing(clock):
    lb = balancer(clock, "ab")
    request(lb, asked(5.0, Verdict.IGNORED))
    assert leased(lb) == "a"


def test_when_all_asked_for_a_pause_the_error_says_so_and_how_long(clock):
    lb = balancer(clock, "ab")
    request(lb, asked(2.0))
    request(lb, asked(1.25))
    with pytest.raises(
        LbNoEndpointsException, match=r"b:80 asked to be left alone for 1\.2 s more"
    ):
        lb.lease(POST)
    assert lb.pause() == 1.25
    clock.advance(1.25)
    assert lb.pause() == 0.0
    assert leased(lb) == "b"


def test_a_single_host_is_not_refused_because_of_a_pause(clock):
    lb = balancer(clock, "a")
    request(lb, asked(2.0))
    assert lb.pause() == 0.0
    assert leased(lb) == "a"


def test_there_is_no_pause_to_wait_for_while_a_host_is_free(clock):
    lb = balancer(clock, "ab")
    assert lb.pause() == 0.0
    request(lb, asked(2.0))
    assert lb.pause() == 0.0


def test_hosts_that_could_not_be_used_after_their_pause_are_not_waited_for(clock):
    lb = balancer(clock, "abcd")
    for seconds in (0.5, 2.0, 5.0):
        request(lb, asked(seconds))
    fail(lb, "ad")
    assert lb.pause() == 2.0
    lb.report(host("b"), healthy=False)
    assert lb.pause() == 5.0
    fail(lb, "bc")
    assert lb.pause() == 0.0


def test_a_held_host_makes_no_trial_and_fail_open_does_not_reach_it(clock):
    lb = balancer(clock, "abc", fail_open=True)
    request(lb, asked(3.0))
    fail(lb, "abc")
    assert leased(lb) == "b"
    clock.advance(1)
    assert leased(lb) == "b"
    assert leased(lb, avoid="bc") is None


def test_listeners_hear_of_the_pause_and_of_the_first_request_after_it(clock):
    lb = balancer(clock, "ab")
    events = heard(lb)
    with lb.lease(POST) as other:
        request(lb, asked(2.0))
        assert events == [HostEjected(host("a"), "asked for a pause of 2.0 s")]
        other.ended(Outcome(asked(3.0)))
    clock.advance(3)
    assert len(events) == 1
    leased(lb)
    leased(lb)
    assert events[1:] == [HostReturned(host("a"))]


def test_a_host_that_left_while_it_was_held_is_forgotten(clock):
    source = Changing(host("a"), host("b"))
    lb = balancer(clock, provider=source)
    with lb.lease(POST) as late:
        request(lb, asked(5.0))
        source.set(host("b"), host("c"))
        assert leased(lb) == "b"
        late.ended(Outcome(asked(9.0)))
    assert not lb._members.ejections.held


def test_a_balancer_of_ones_own_without_hosts_never_pauses():
    assert ILoadBalancer().pause() == 0.0
