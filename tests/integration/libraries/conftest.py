"""The service `users` of two real servers, in a session that other libraries are given or patch."""

from contextlib import contextmanager

import pytest
import requests

import ahoyhoy
from ahoyhoy.testing.cluster import Cluster
from integration.libraries.service import URL, asked, in_turn, warm_up


@pytest.fixture(scope="module")
def two_servers():
    with Cluster(2) as servers:
        yield servers


@pytest.fixture
def servers(two_servers):
    """Two servers that answer, and remember nothing."""
    for server in two_servers:
        server.set()
        server.reset_counts()
    return two_servers


@pytest.fixture(params=["a session of ours", "an adapter of ours"])
def users(request, servers):
    """A session that balances `http://users/` over the servers, and has called nobody yet."""
    if request.param == "a session of ours":
        with ahoyhoy.Session({"users": in_turn(servers)}) as session:
            yield session
    else:
        with requests.Session() as session:
            session.mount("http://users/", ahoyhoy.Adapter(in_turn(servers)))
            yield session


@pytest.fixture(params=["warm", "cold"])
def patched(request, users, servers):
    """`with patched():` calls nobody, whatever connections the session keeps; afterwards it does.

    Once with connections that are open to each server before the patch, once with none.
    """

    @contextmanager
    def calls_nobody():
        if request.param == "warm":
            warm_up(users, servers)
        yield
        assert asked(servers) == []
        for _ in range(6):
            assert users.get(URL).json()["path"] == "/1"
        # As fast as before: connections are kept again, and those from before are still good.
        assert sum(server.connections for server in servers) <= (request.param == "cold") * 2
        assert len(asked(servers)) == 6

    return calls_nobody
