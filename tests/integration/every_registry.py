"""Fixtures for what holds for every registry."""

import pytest

from integration.etcd_server import Etcd
from integration.eureka_rig import Eureka
from integration.kubernetes_server import Kubernetes
from integration.redis_server import Redis
from integration.zookeeper_server import ZooKeeper

REGISTRIES = [Etcd, Eureka, Kubernetes, Redis, ZooKeeper]
WITH_WEIGHTS = [Etcd, Eureka, Redis, ZooKeeper]


def name_of(kind):
    return kind.__name__


@pytest.fixture(scope="module", params=REGISTRIES, ids=name_of)
def registry(request):
    with request.param() as registry:
        yield registry


@pytest.fixture
def service(request):
    """The name of a service of this test's own."""
    return request.node.originalname.removeprefix("test_").replace("_", "-")[:60]


@pytest.fixture
def watching(registry, service):
    """Providers of that service, closed at the end."""
    made = []

    def begin(**options):
        made.append(registry.watched(service, **options))
        return made[-1]

    yield begin
    for source in made:
        source.close()
