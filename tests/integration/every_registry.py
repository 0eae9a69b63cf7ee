"""Fixtures for what holds for every registry, and for every source of hosts."""

import pytest

from integration.dns_sources import AddressZone, HostsFile, SrvZone
from integration.etcd_server import Etcd
from integration.eureka_rig import Eureka
from integration.kubernetes_server import Kubernetes
from integration.redis_server import Redis
from integration.registries import Consul
from integration.zookeeper_server import ZooKeeper

REGISTRIES = [Consul, Etcd, Eureka, Kubernetes, Redis, ZooKeeper]
WITH_WEIGHTS = [Consul, Etcd, Eureka, Redis, ZooKeeper]
SOURCES = [*REGISTRIES, SrvZone, AddressZone, HostsFile]


def name_of(kind):
    return kind.__name__


@pytest.fixture(scope="module", params=REGISTRIES, ids=name_of)
def registry(request):
    with request.param() as registry:
        yield registry


def each(kinds):
    """A mark for tests of these kinds."""
    return pytest.mark.parametrize("registry", kinds, ids=name_of, indirect=True, scope="module")


@pytest.fixture
def service(request):
    """The name of a service of this test's own."""
    return request.node.originalname.removeprefix("test_").replace("_", "-")[:60]


@pytest.fixture
def fleet(registry):
    """Servers that may be hosts of the service."""
    with registry.fleet() as fleet:
        yield fleet


@pytest.fixture
def watching(registry, service):
    """Providers of that service, closed at the end."""
    made = []

    def begin(**options):
        made.append(registry.watched(service, **{**registry.CALM, **options}))
        return made[-1]

    yield begin
    for source in made:
        source.close()
