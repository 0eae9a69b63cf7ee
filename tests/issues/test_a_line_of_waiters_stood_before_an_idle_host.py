"""A call that was refused because others waited was not woken when they left with nothing."""

import pytest

from ahoyhoy import Host, ListProvider, RoundRobinLB
from ahoyhoy._core import Call
from ahoyhoy.exceptions import HostsBusyError
from ahoyhoy.lb import Limits

CALL = Call("GET", "/")


@pytest.fixture
def balancer():
    balancer = RoundRobinLB(ListProvider(Host("10.0.0.1", 80)))
    balancer.use_limits(Limits(total=1))
    return balancer


def stand_in_line(balancer):
    """How the one who waits leaves, and the wake-ups it got."""
    with pytest.raises(HostsBusyError) as refusal:
        balancer.lease(CALL)
    woken = []
    return balancer.when_room(lambda: woken.append(True), refusal.value.since), woken


def test_who_came_while_another_was_woken_is_woken_when_that_one_leaves_with_nothing(balancer):
    lease = balancer.lease(CALL)
    leave, woken = stand_in_line(balancer)
    lease.end()
    assert woken
    leave_too, woken_too = stand_in_line(balancer)
    leave()  # its time was over
    assert woken_too
    leave_too()
    balancer.lease(CALL).end()
