"""Room that came in another way than by the end of a request was nobody's."""

import contextlib

import pytest

from ahoyhoy import Host, ListProvider, RoundRobinLB
from ahoyhoy._core import Call
from ahoyhoy.exceptions import HostsBusyError
from ahoyhoy.lb import Limits

CALL = Call("GET", "/")
BUSY, IDLE = Host("10.0.0.1", 80), Host("10.0.0.2", 80)


class Growing(ListProvider):
    """Names one host, and two once it has grown."""

    grown = False

    def changes(self):
        return int(self.grown)

    def get_list(self):
        return super().get_list() if self.grown else [BUSY]


def test_a_host_that_joined_while_calls_waited_serves_them_or_whoever_comes():
    provider = Growing(BUSY, IDLE)
    balancer = RoundRobinLB(provider)
    balancer.use_limits(Limits(per_host=1))
    with balancer.lease(CALL):
        with pytest.raises(HostsBusyError) as refusal:
            balancer.lease(CALL)
        woken = []
        leave = balancer.when_room(lambda: woken.append(True), refusal.value.since)
        provider.grown = True
        served = False
        with contextlib.suppress(HostsBusyError), balancer.lease(CALL):
            served = True
        leave()
    assert served or woken
