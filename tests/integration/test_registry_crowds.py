"""Two hundred clients of one registry: after its restart they come back one by one."""

import math
import time

import pytest

from integration.etcd_server import Etcd
from integration.eureka_rig import Eureka
from integration.redis_server import Redis
from integration.registries import Consul
from integration.server_process import pause, until

pytestmark = pytest.mark.slow

CLIENTS = 200
OUTAGE = 5.0


def consul():
    # As Consul comes, one address may have 200 connections.
    return Consul(settings={"limits": {"http_max_conns_per_client": 1000}})


@pytest.fixture(params=[consul, Etcd, Eureka, Redis], ids=["Consul", "Etcd", "Eureka", "Redis"])
def registry(request):
    with request.param() as registry:
        yield registry


@pytest.fixture
def sources(registry):
    sources = [registry.watched(**{**registry.OWN, "timeout": 60.0}) for _ in range(CLIENTS)]
    yield sources
    for source in sources:
        source.close()


def due(source):
    """When a client will come back; infinity while it need not."""
    known = source._listing.known
    return known.due if source.stale_for else math.inf


def test_the_clients_of_a_registry_that_was_restarted_come_back_one_by_one(registry, sources):
    """By when each of them means to. When it then does depends on how busy the machine is."""
    registry.register(8001)
    for source in sources:
        source.changes()
    assert all(len(source.get_list()) == 1 for source in sources)
    registry.kill()
    until(lambda: all(source.stale_for for source in sources), within=60)
    planned = set()
    end = time.monotonic() + OUTAGE
    while (now := time.monotonic()) < end:
        soon = {(number, due(source)) for number, source in enumerate(sources)}
        # Up to 4 s later, so that the list is fresh within 5 s of the registry's return.
        assert max(at for _, at in soon) <= time.monotonic() + 4.0
        planned |= {(number, at) for number, at in soon if at > now}
        pause(0.02)
    moments = sorted(at for _, at in planned)
    assert len(moments) > CLIENTS
    assert max(sum(at <= m < at + 0.1 for m in moments) for at in moments) < CLIENTS / 3
    registry.start()
    registry.register(8001)
    until(lambda: not any(source.stale_for for source in sources), within=60)
    assert all(len(source.get_list()) == 1 for source in sources)
