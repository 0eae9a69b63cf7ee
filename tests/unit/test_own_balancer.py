"""A balancer that writes `pick` and `update`, and nothing else."""

import pytest
import requests

from ahoyhoy.client import Client
from ahoyhoy.endpoints import Endpoint
from ahoyhoy.exceptions import ClientNoEndpointsException
from ahoyhoy.lb import RoundRobinLB
from ahoyhoy.lb.iloadbalancer import ILoadBalancer
from ahoyhoy.lb.providers import ListProvider
from ahoyhoy.testing import Reply, Simulator
from ahoyhoy.utils import Host

A = Host("10.0.0.1", 80)


class Own(ILoadBalancer):
    endpoint = None

    def pick(self):
        return self.endpoint

    def update(self):
        pass


def test_it_needs_no_provider(recorded):
    session, adapter = recorded(200)
    lb = Own()
    lb.endpoint = Endpoint(A, session=session)
    assert Client(lb).get("/x").status_code == 200
    assert adapter.requests[0].url == "http://10.0.0.1:80/x"
    assert (lb.hosts(), lb.endpoints(), lb.size) == ((), (), 0)


def test_one_that_picks_nothing_is_told_so():
    with pytest.raises(ClientNoEndpointsException, match=r"Own\.pick\(\) returned None"):
        Client(Own()).get("/x")


def test_with_every_circuit_open_the_cause_is_why_they_opened():
    simulator = Simulator()
    simulator.network.script(A, Reply(fault="refused"))
    client = simulator.client(RoundRobinLB(ListProvider(A)))
    for _ in range(3):
        with pytest.raises(ClientNoEndpointsException):
            client.get("/")
    with pytest.raises(ClientNoEndpointsException, match="circuit open") as caught:
        client.get("/")
    assert caught.value.attempts == ()
    assert type(caught.value.__cause__) is requests.ConnectionError
    assert "refused" in str(caught.value.__cause__)


@pytest.mark.parametrize(
    "settings",
    [{"session": 3}, {"policy": 3}, {"callbacks": 3}, {"retry_http_call_func": 3}],
    ids=repr,
)
def test_what_a_client_cannot_use_is_refused_when_it_is_made(settings):
    with pytest.raises(TypeError, match="3"):
        Client(Own(), **settings)
