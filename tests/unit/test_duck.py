import pickle

import pytest
import requests

from ahoyhoy.client import Client
from ahoyhoy.endpoints.defaults import Callbacks
from ahoyhoy.exceptions import AhoyhoyClientException, LbNoEndpointsException
from ahoyhoy.lb import RoundRobinLB
from ahoyhoy.lb.providers import ListProvider
from ahoyhoy.utils import Host


class LookAlike:
    """No ILoadBalancer, but it has `pick` and `update`."""

    def __init__(self, *things):
        self.things = list(things)
        self.updates = 0

    def pick(self):
        if not self.things:
            raise LbNoEndpointsException("nothing")
        return self.things[0]

    def update(self):
        self.updates += 1


def test_anything_with_pick_and_update_is_a_balancer(stub):
    session = stub("answer")
    client = Client(LookAlike(session), 3, headers={"X": "1"})
    assert client.get("/x") == "answer"
    assert session.calls == [("get", "/x", (), {"headers": {"X": "1"}})]  # and no timeout
    assert client.resolve() is session
    assert client.hosts() == ()
    empty = LookAlike()
    with pytest.raises(requests.ConnectionError):
        Client(empty, 3).get("/x")
    assert empty.updates == 2
    assert pickle.loads(pickle.dumps(Client(LookAlike(), 1)))._lb.pick


@pytest.mark.parametrize(
    "options", [{"session": requests.Session()}, {"callbacks": Callbacks(pre=str)}]
)
def test_what_cannot_be_added_to_a_stand_in_is_an_error(stub, options):
    with pytest.raises(AhoyhoyClientException, match="no ahoyhoy Endpoint"):
        Client(LookAlike(stub("x")), **options).get("/x")


def test_an_endpoint_with_a_patched_verb_keeps_it(recorded):
    session, adapter = recorded()
    client = Client(RoundRobinLB(ListProvider(Host("a", 1))), session=session)
    for endpoint in client._lb.endpoints():
        endpoint.get = lambda url, **options: (url, options)
    assert client.get("/x", stream=True) == ("/x", {"stream": True})
    assert adapter.requests == []
