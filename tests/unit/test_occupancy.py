import pytest

from ahoyhoy._core import Outcome
from ahoyhoy.circuit import BreakerFactory
from ahoyhoy.lb import Limits, RoundRobinLB
from ahoyhoy.lb.ledger import Ledger
from ahoyhoy.lb.providers import ListProvider
from ahoyhoy.testing import FakeClock
from issues.interrupts import interrupts
from unit.balancing import ANSWERED, GET, GOOD, balancer, fail, heard, host, leased


def test_an_end_that_two_threads_tell_counts_once(clock):
    lb = balancer(clock)
    lease = lb.lease(GET)
    lease.end()
    lease._owner.vacate(lease, lease.node)
    assert [stats.in_flight for stats in lb.hosts()] == [0, 0]
    assert lb._members.ledger.in_flight == 0


def test_a_lease_of_the_parent_that_ends_in_a_forked_child_is_none_of_the_childs(clock):
    lb = balancer(clock)
    parents = lb.lease(GET)
    lb._members._after_fork()
    own = lb.lease(GET)
    parents.end()
    assert lb.hosts()[0].in_flight == 1
    own.end()
    assert lb.hosts()[0].in_flight == 0


def test_what_another_thread_did_already_is_not_done_twice():
    class Emptied:
        def __bool__(self):
            return True

        def popleft(self):
            raise IndexError

    ledger = Ledger()
    ledger.due = Emptied()
    assert ledger.perform() is None


def prepared(state):
    """A balancer two of whose hosts are in trouble, so that a choice has much to consider."""
    clock = FakeClock()
    lb = RoundRobinLB(ListProvider(*map(host, "abc")), clock=clock)
    lb.use_breaker(BreakerFactory(clock=clock))
    lb.use_limits(Limits(per_host=1, total=1))
    heard(lb)
    fail(lb, "ab")
    clock.advance({"panic": 0.5, "trial": 1.0}[state])
    leased(lb)
    return lb


def use(lb):
    leave = lb.when_room(str)
    with lb.lease(GET, waited=True) as lease:
        with lease.endpoint.breaker.acquire(bypass=lease.bypass) as permit:
            permit.record(ANSWERED if lease.bypass else GOOD)
        lease.ended(Outcome(GOOD, elapsed=0.1))
    leave()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("state", ["panic", "trial"])
def test_wherever_an_interrupt_comes_no_host_stays_busy_and_none_stays_out(state):
    places = 0
    for lb in interrupts(lambda: prepared(state), use):
        assert [stats.in_flight for stats in lb.hosts()] == [0, 0, 0], f"at place {places}"
        assert lb._members.ledger.in_flight == lb._members.ledger.depth == 0
        assert all(node.trying is None for node in lb._members.nodes)
        lb._members.ledger.clock.advance(60)
        for _ in range(3):
            use(lb)
        assert {leased(lb, avoid=avoid) for avoid in ("bc", "ac", "ab")} == set("abc")
        places += 1
    assert places > 50
