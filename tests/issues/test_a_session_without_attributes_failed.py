"""Sessions without a `__dict__` made every call fail."""

import types
from typing import NamedTuple

import pytest
import requests

from ahoyhoy import Instance, ListProvider, RoundRobinLB


class Slots:
    __slots__ = ()

    def get(self, url, **kwargs):
        return requests.get(url, **kwargs)


class Verbs(NamedTuple):
    get: object = requests.get


SESSIONS = {
    "slots": Slots(),
    "namedtuple": Verbs(),
    "namespace": types.SimpleNamespace(get=requests.get),
    "module": requests,
}


@pytest.mark.parametrize("kind", SESSIONS)
@pytest.mark.parametrize("authority", [None, "svc.invalid"])
def test_a_session_needs_nothing_but_verbs(serve, build, kind, authority):
    server = serve()
    balancer = RoundRobinLB(ListProvider(Instance(server.host, authority=authority)))
    client = build(balancer, add_session=SESSIONS[kind])
    assert client.get("/").status_code == 200
    assert server.count == 1
