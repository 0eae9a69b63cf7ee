"""Fixtures of the tests against real servers."""

import os
import shutil

import pytest
import requests
import trustme

from ahoyhoy import LBClientBuilder
from ahoyhoy.testing.cluster import Cluster
from integration.dns_servers import Knot

# Debian keeps servers in sbin, which is not on everybody's PATH.
os.environ["PATH"] = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])

# The programs of packages that are not named like them.
PROGRAM_OF = {"knot": "knotd", "dnsmasq-base": "dnsmasq", "nginx-light": "nginx"}


def pytest_runtest_setup(item):
    for mark in item.iter_markers("server"):
        for package in mark.args:
            if shutil.which(PROGRAM_OF.get(package, package)) is None:
                missing = pytest.fail if os.environ.get("CI") else pytest.skip
                missing(f"needs the Debian package {package}")


@pytest.fixture(autouse=True)
def only_these_servers(monkeypatch):
    """The machine's own proxy and certificates have no part in these tests."""
    monkeypatch.setenv("NO_PROXY", "*")
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def knot():
    """A DNS server whose records the test changes."""
    with Knot() as server:
        yield server


@pytest.fixture
def cluster():
    """Three servers, each a process of its own."""
    with Cluster(3) as servers:
        yield servers


@pytest.fixture
def build():
    """Builds clients that are closed at the end: `build(balancer, step=argument, …)`."""
    clients = []

    def make(balancer, **steps):
        builder = LBClientBuilder().add_lb(balancer)
        for step, argument in steps.items():
            takes_many = step in ("add_breaker", "add_callbacks")
            getattr(builder, step)(**argument) if takes_many else getattr(builder, step)(argument)
        clients.append(builder.build())
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def session():
    """A user's own session."""
    with requests.Session() as session:
        yield session


@pytest.fixture(scope="session")
def own_authority():
    """A certificate authority that nobody else knows."""
    return trustme.CA()


@pytest.fixture(scope="session")
def ca_file(own_authority, tmp_path_factory):
    """What to verify certificates with: a PEM file."""
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    own_authority.cert_pem.write_to_path(path)
    return str(path)


@pytest.fixture(scope="session")
def certificate(own_authority, tmp_path_factory):
    """`certificate(name, …)`: a PEM file with a server's certificate and key."""

    def issue(*names):
        path = tmp_path_factory.mktemp("certificate") / "server.pem"
        own_authority.issue_cert(*names).private_key_and_cert_chain_pem.write_to_path(path)
        return str(path)

    return issue
