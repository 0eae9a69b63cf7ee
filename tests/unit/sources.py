"""A source of hosts that the test changes, and a membership over it."""

import pytest

from ahoyhoy._core import Judgement, Outcome, Verdict
from ahoyhoy.endpoints import Endpoint
from ahoyhoy.lb.membership import Membership
from ahoyhoy.lb.providers.iprovider import IProvider
from ahoyhoy.utils import Host

A, B, C = Host("a", 1), Host("b", 1), Host("c", 1)
GOOD = Outcome(Judgement(Verdict.ACCEPTED), elapsed=0.5)


class Changing(IProvider):
    """A source whose list the test sets."""

    def __init__(self, *hosts):
        self.hosts = hosts
        self.asked = 0
        self.version = 0
        self.closed = 0

    def set(self, *hosts):
        self.hosts = hosts
        self.version += 1

    def get_list(self):
        self.asked += 1
        return self.hosts

    def changes(self):
        return self.version

    def close(self):
        self.closed += 1


class Closing(Endpoint):
    def close_connections(self):
        vars(self)["closed"] = vars(self).get("closed", 0) + 1


@pytest.fixture
def make(stub):
    return lambda instance: Closing(instance, session=stub(None))


@pytest.fixture
def source():
    return Changing(A, B)


@pytest.fixture
def members(source, make):
    return Membership(source, make)


def keys(members):
    return [node.key for node in members.current()]


def begin(members, host):
    node = members.find(host)
    node.ensure_endpoint(members.make)
    lease = members.lease(node.endpoint)
    with members.lock:
        lease.occupy_locked(node, 0.0)
    _LEASES.setdefault(id(node), []).append(lease)
    return node


def end(node):
    """The request that began last ends well."""
    lease = _LEASES[id(node)].pop()
    lease.outcome = GOOD
    lease.end()


_LEASES = {}
