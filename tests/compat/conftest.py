"""Fixtures of the tests of the 4.x surface."""

import pytest

from ahoyhoy import Host
from ahoyhoy.lb.providers.iprovider import IProvider
from ahoyhoy.testing.cluster import Cluster

HOSTS = [Host("10.0.0.1", "8001"), Host("10.0.0.2", "8002"), Host("10.0.0.3", "8003")]


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    """The machine's own proxy has no part in these tests."""
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture
def cluster():
    """Three servers, each a process of its own."""
    with Cluster(3) as servers:
        yield servers


@pytest.fixture
def hosts():
    """Three hosts that nobody connects to."""
    return list(HOSTS)


@pytest.fixture
def provider_of():
    """Makes a provider of 4.x style: a class with `get_list`, which the test says."""

    def make(*lists):
        """Each call returns the next list, the last one for ever."""

        class Provider(IProvider):
            def __init__(self):
                self.lists = list(lists)

            def get_list(self):
                return self.lists.pop(0) if len(self.lists) > 1 else self.lists[0]

        return Provider()

    return make
