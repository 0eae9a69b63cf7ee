"""What `hosts()` tells of each host."""

from ahoyhoy._core import Call, Judgement, Outcome, Verdict
from ahoyhoy.lb import Gradient2, Limits, RoundRobinLB
from ahoyhoy.lb.providers import ListProvider
from ahoyhoy.utils import Host, Instance

ONE, TWO = Host("10.0.0.1", 80), Host("10.0.0.2", 80)
BUSY = Judgement(Verdict.RETRYABLE, "HTTP 503", answered=True, retry_after=7.0)


def test_a_host_tells_its_weight_zone_limit_and_what_keeps_calls_away(clock):
    hosts = ListProvider(Instance(ONE, weight=3, zone="eu-1a"), Instance(TWO))
    lb = RoundRobinLB(hosts, clock=clock)
    lb.use_limits(Limits(per_host=5))
    lb.update()
    with lb.lease(Call("GET", "/"), (TWO,)) as lease:
        lease.ended(Outcome(BUSY, elapsed=0.1))
    lb.report(TWO, healthy=False, reason="answered 500")
    clock.advance(2.0)
    one, two = lb.hosts()
    assert (one.weight, one.zone, one.limit, one.held_for) == (3, "eu-1a", 5, 5.0)
    assert (one.healthy, one.available) == (True, False)
    assert (two.healthy, two.held_for, two.available) == (False, None, False)
    clock.advance(5.0)
    assert lb.hosts()[0].held_for is None


def test_an_adaptive_limit_is_told_as_it_is_now(clock):
    lb = RoundRobinLB(ListProvider(ONE), clock=clock)
    lb.use_limits(Limits(per_host=Gradient2(initial=30)))
    lb.lease(Call("GET", "/")).end()
    assert [stats.limit for stats in lb.hosts()] == [30]


def test_without_limits_there_is_no_limit(clock):
    lb = RoundRobinLB(ListProvider(ONE), clock=clock)
    lb.update()
    assert [stats.limit for stats in lb.hosts()] == [None]
