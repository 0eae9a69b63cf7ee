"""What the tests with other libraries share: a service of real servers, and what those were asked."""

import importlib
import os

import pytest

import ahoyhoy

URL = "http://users/1"
USER = {"name": "Ann"}

#: vcrpy before 9 drops the connections that were open, without closing them.
VCR_LEAKS = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")


def needed(library):
    """The library; without it a test is skipped, except in the environment that is to have it."""
    if os.environ.get("TOX_ENV_NAME") == "libraries":
        return importlib.import_module(library)
    return pytest.importorskip(library)


def in_turn(servers):
    """A balancer of them all: each has as many of an even number of calls."""
    return ahoyhoy.RoundRobinLB(ahoyhoy.ListProvider(*[server.host for server in servers]))


def warm_up(session, servers):
    """Leaves a connection to each server open in the session."""
    for _ in range(8):
        session.get("http://users/warm")
    assert [server.connections for server in servers] == [1, 1]
    for server in servers:
        server.reset_counts()


def asked(servers):
    """The paths that the servers were asked for."""
    return [request.path for server in servers for request in server.requests]


def refuse(*servers):
    """Has them answer that they are not available."""
    for server in servers:
        server.set(status=503)
