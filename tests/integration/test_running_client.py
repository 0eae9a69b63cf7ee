"""Every source of hosts under a client that is used all the time: what changes there is seen by it."""

import threading
import time

import pytest

from ahoyhoy import RoundRobinLB, WeightedRoundRobinLB
from ahoyhoy.lb import membership
from ahoyhoy.lb.providers import IProvider
from integration.dns_sources import HostsFile, SrvZone
from integration.eureka_rig import Eureka
from integration.every_registry import (  # noqa: F401 - fixtures among them
    SOURCES,
    WITH_WEIGHTS,
    each,
    fleet,
    registry,
    service,
    watching,
)
from integration.kubernetes_server import Kubernetes
from integration.registries import Consul
from integration.running import Running
from integration.server_process import until

pytestmark = pytest.mark.slow


@each(SOURCES)
def test_hosts_that_come_and_go(registry, service, watching, fleet, build):
    first, second, third, fourth = fleet.hosts
    registry.announce(first, service)
    registry.announce(second, service)
    with Running(build, RoundRobinLB(watching(), slow_start=0)) as running:
        running.serves(first, second)
        registry.announce(third, service)
        running.serves(first, second, third)
        running.hears(added=[third])
        registry.withdraw(first, service)
        running.serves(second, third)
        running.hears(removed=[first])
        registry.announce(fourth, service)
        running.serves(second, third, fourth)


@each([*WITH_WEIGHTS, SrvZone, HostsFile])
def test_a_weight_that_changes(registry, service, watching, fleet, build):
    first, second = fleet.hosts[:2]
    registry.announce(first, service)
    registry.announce(second, service)
    with Running(build, WeightedRoundRobinLB(watching(), slow_start=0)) as running:
        running.serves(first, second)
        registry.announce(first, service, weight=9)
        until(lambda: running.hosts().get(first, 0) > 0.8)
        registry.announce(first, service, weight=1)
        until(lambda: running.hosts().get(first, 0) < 0.6)


def fall_ill(registry, host, service, ill):
    if isinstance(registry, Consul):
        registry.health(host.port, "fail" if ill else "pass", service)
    elif isinstance(registry, Eureka):
        registry.status(host.port, "DOWN" if ill else "UP", service)
    else:
        registry.announce(host, service, conditions={"ready": not ill})


@each([Consul, Eureka, Kubernetes])
def test_a_host_that_falls_ill_and_is_well_again(registry, service, watching, fleet, build):
    first, second = fleet.hosts[:2]
    checked = {"Check": {"TTL": "600s", "Status": "passing"}}
    registry.announce(first, service, **(checked if isinstance(registry, Consul) else {}))
    registry.announce(second, service)
    with Running(build, RoundRobinLB(watching(), slow_start=0)) as running:
        running.serves(first, second)
        fall_ill(registry, first, service, True)
        running.serves(second)
        running.hears(removed=[first])
        fall_ill(registry, first, service, False)
        running.serves(first, second)
        running.hears(added=[first])


@each(SOURCES)
def test_a_host_that_is_removed_ends_what_it_has_begun(registry, service, watching, fleet, build):
    first, second = fleet.hosts[:2]
    registry.announce(first, service)
    fleet[0].set(delay=2.0)
    balancer = RoundRobinLB(watching(), slow_start=0)
    client = build(balancer)
    answers = []
    begun = threading.Thread(target=lambda: answers.append(client.get("/slow")))
    begun.start()
    until(lambda: fleet[0].count)
    registry.announce(second, service)
    registry.withdraw(first, service)
    until(lambda: [seen.host for seen in balancer.hosts()] == [second])
    assert client.get("/").status_code == 200
    assert answers == []
    begun.join()
    assert answers[0].status_code == 200
    assert (fleet[0].count, fleet[1].count) == (1, 1)


@each(SOURCES)
def test_an_empty_answer_is_doubted_and_then_believed(registry, service, watching, fleet):
    host = fleet.hosts[0]
    registry.announce(host, service)
    source = watching(empty_grace=1.5)
    assert len(source.get_list()) == 1
    begun = time.monotonic()
    registry.withdraw(host, service)
    until(lambda: source.get_list() and source.stale_for)
    assert len(source.get_list()) == 1
    until(lambda: not source.get_list())
    assert time.monotonic() - begun > 1.5
    assert source.stale_for == 0.0
    registry.announce(host, service)
    until(source.get_list)


class Plain(IProvider):
    """What a user writes who has a list, and tells nobody of changes."""

    def __init__(self, *hosts):
        self.hosts = hosts

    def get_list(self):
        return self.hosts


def test_a_plain_provider_of_ones_own_is_asked_again_on_an_interval(cluster, build, monkeypatch):
    monkeypatch.setattr(membership, "ASK_AGAIN", 0.2)  # not half a minute
    first, second, third = cluster.hosts
    provider = Plain(first, second)
    with Running(build, RoundRobinLB(provider, slow_start=0)) as running:
        running.serves(first, second)
        provider.hosts = (second, third)
        running.serves(second, third)
        running.hears(added=[third], removed=[first])
