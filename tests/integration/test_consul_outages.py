"""A real Consul agent that falls silent, dies, and comes back: no call fails meanwhile."""

import time

import pytest

from ahoyhoy import RoundRobinLB
from ahoyhoy.exceptions import ProviderError
from ahoyhoy.lb.providers.consul.consulprovider import ConsulProvider
from integration.registries import Consul, ports
from integration.running import Running
from integration.server_process import pause, until

pytestmark = pytest.mark.slow

OUTAGE = 5.0
# How fast a list must be fresh again, and a little for a machine that has other things to do.
SOON = 5.0 + 2.0


@pytest.fixture
def agent():
    with Consul() as agent:
        yield agent


def register_all(agent, cluster):
    for host in cluster.hosts:
        agent.register(host.port, Address=host.address)


def short(agent, **options):
    """Notices within seconds that an agent is silent."""
    given = {"address": agent.address, "wait": 1.0, "timeout": 1.0, **options}
    return ConsulProvider("users", **given)


def test_an_agent_that_dies_and_comes_back_with_nothing_in_it(agent, cluster, build):
    for _ in range(3):  # its index is higher than one that begins anew
        register_all(agent, cluster)
        agent.maintenance(cluster.hosts[0].port, True)
        agent.maintenance(cluster.hosts[0].port, False)
    source = ConsulProvider("users", address=agent.address)
    assert len(source.get_list()) == 3
    with Running(build, RoundRobinLB(source)):
        agent.kill()
        until(lambda: source.stale_for)
        pause(OUTAGE)
        agent.start()
        # It says that there are no hosts, as it was told of none yet.
        until(lambda: "has no hosts" in str(source._listing.known.error))
        assert len(source.get_list()) == 3
        assert source.stale_for > 0
        register_all(agent, cluster)
        start = time.monotonic()
        until(lambda: source.stale_for == 0.0)
        until(lambda: len(source.get_list()) == 3)
        assert time.monotonic() - start < SOON
    source.close()


def test_an_empty_list_that_stays_empty_is_believed_in_the_end(agent, cluster, caplog):
    register_all(agent, cluster)
    source = ConsulProvider("users", address=agent.address, empty_grace=1.0)
    assert len(source.get_list()) == 3
    start = time.monotonic()
    for host in cluster.hosts:
        agent.deregister(host.port)
    until(lambda: not source.get_list())
    assert time.monotonic() - start > 0.9
    assert "still no hosts, and now that is believed" in caplog.text
    register_all(agent, cluster)
    until(lambda: len(source.get_list()) == 3)
    source.close()


def test_a_watch_begins_again_on_an_agent_whose_index_went_back(agent):
    for port in range(8001, 8030):
        agent.register(port)
    source = short(agent)
    assert len(source.get_list()) == 29
    agent.kill()
    agent.start()
    agent.register(8001)
    until(lambda: ports(source) == [8001])
    agent.register(8002)
    start = time.monotonic()
    until(lambda: ports(source) == [8001, 8002])
    assert time.monotonic() - start < SOON
    source.close()


def test_of_several_agents_the_next_is_asked_and_the_list_never_is_stale(agent):
    with Consul() as other:
        for each in (agent, other):
            each.register(8001)
        source = short(agent, address=[agent.address, other.address])
        assert ports(source) == [8001]
        agent.kill()
        ends = time.monotonic() + 3
        while time.monotonic() < ends:
            assert source.stale_for == 0.0
            pause(0.02)
        other.register(8002)
        until(lambda: ports(source) == [8001, 8002])
        source.close()


def test_an_agent_that_is_down_is_an_error_at_once_and_used_as_soon_as_it_is_up(agent):
    agent.kill()
    source = ConsulProvider("users", address=agent.address)
    start = time.monotonic()
    with pytest.raises(ProviderError, match=f"{agent.address} cannot be reached: .*refused"):
        source.get_list()
    assert time.monotonic() - start < 2
    agent.start()
    agent.register(8001)
    until(lambda: source.changes())
    assert ports(source) == [8001]
    source.close()


def test_a_silent_agent_is_an_error_after_the_timeout(agent):
    agent.stop_answering()
    source = short(agent)
    start = time.monotonic()
    with pytest.raises(ProviderError, match=r"no answer within 1 s|read timeout"):
        source.get_list()
    assert 0.9 < time.monotonic() - start < 5
    source.close()
