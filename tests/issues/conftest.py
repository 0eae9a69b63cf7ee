"""Fixtures of the tests of what once went wrong."""

import gc
import socket

import pytest

from ahoyhoy import Host
from integration.conftest import build, cluster, only_these_servers, session
from issues.raw_server import RawServer

__all__ = ("build", "cluster", "collected", "only_these_servers", "refused", "serve", "session")


@pytest.fixture
def serve():
    """Starts servers that are ended after the test: `serve(answer)`."""
    servers = []

    def start(answer=None):
        servers.append(RawServer(answer))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def collected():
    """Has what the test leaves behind collected in it, not in a later one."""
    yield
    gc.collect()


@pytest.fixture
def refused():
    """A host that refuses connections: its port is taken, and nobody listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        yield Host(*sock.getsockname())
