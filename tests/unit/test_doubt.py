"""After a call that found no host the provider is asked before the next one."""

import pytest

from ahoyhoy.exceptions import ClientNoEndpointsException, ProviderError
from ahoyhoy.lb import RoundRobinLB
from ahoyhoy.lb.iloadbalancer import ILoadBalancer
from ahoyhoy.lb.providers.iprovider import IProvider
from ahoyhoy.testing import Reply, Simulator
from ahoyhoy.utils import Host

A, B = Host("10.0.0.1", 80), Host("10.0.0.2", 80)


class Source(IProvider):
    """What an own provider of 4.x is: one method, and nothing that tells of changes."""

    def __init__(self, *lists):
        self.lists = list(lists)
        self.asked = 0

    def get_list(self):
        self.asked += 1
        answer = self.lists.pop(0) if len(self.lists) > 1 else self.lists[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def world(source):
    simulator = Simulator()
    simulator.network.script(B, Reply())
    return simulator.client(RoundRobinLB(source))


def test_the_next_call_finds_the_hosts_that_came_meanwhile():
    source = Source([A], [B])
    client = world(source)
    with pytest.raises(ClientNoEndpointsException):
        client.get("/")
    assert source.asked == 1
    assert client.get("/").status_code == 200
    assert client.get("/").status_code == 200
    assert source.asked == 2


def test_a_provider_that_fails_then_leaves_the_hosts_as_they_were():
    client = world(Source([A], OSError("down"), [B]))
    for _ in range(2):
        with pytest.raises(ClientNoEndpointsException, match="connection refused"):
            client.get("/")
    assert client.get("/").status_code == 200


def test_a_provider_that_never_answered_is_the_cause():
    client = world(Source(OSError("down"), [B]))
    with pytest.raises(ClientNoEndpointsException) as caught:
        client.get("/")
    assert isinstance(caught.value.__cause__, ProviderError)
    assert client.get("/").status_code == 200


def test_a_balancer_of_ones_own_is_updated():
    class Own(ILoadBalancer):
        endpoint = None
        updates = 0

        def __init__(self):
            pass

        def pick(self):
            raise self._nothing()

        def update(self):
            self.updates += 1

    lb = Own()
    for number in range(3):
        assert lb.is_ready is True
        lb.doubt()
        assert lb.is_ready is False
        lb.prepare()
        assert lb.updates == number + 1
