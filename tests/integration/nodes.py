"""What the tests of `Cluster` share."""

import threading
import time

import pytest
import requests

from ahoyhoy.testing.cluster import Cluster


@pytest.fixture
def no_proxy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture
def cluster():
    with Cluster(2) as cluster:
        yield cluster


@pytest.fixture
def node(cluster):
    return cluster[0]


@pytest.fixture
def session():
    with requests.Session() as session:
        session.trust_env = False
        yield session


def url(node, path="/"):
    return f"http://127.0.0.1:{node.port}{path}"


def state(pid):
    """The kernel's letter for the process; Z and None are dead."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return None


def eventually(condition, seconds=10):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "did not happen"
        threading.Event().wait(0.01)
