"""What health checks do to the calls of a balancer."""

import pytest

from ahoyhoy import Host, ListProvider, RoundRobinLB
from ahoyhoy.health import HealthMonitor
from integration.calls import pause, until
from integration.health_rig import names, quick


class Growing(ListProvider):
    """A list that is replaced."""

    number = 0

    def now(self, *hosts):
        self._hosts, self.number = hosts, self.number + 1

    def get_list(self):
        return self._hosts

    def changes(self):
        return self.number


@pytest.fixture
def provider(cluster):
    provider = Growing()
    provider.now(*cluster.hosts)
    return provider


@pytest.fixture
def lb(provider):
    lb = RoundRobinLB(provider, slow_start=0)
    monitor = HealthMonitor(lb, quick(fall=2))
    monitor.start()
    yield lb
    monitor.close()
    lb.close()
    until(lambda: names() == [])


def used(lb):
    """The hosts that some picks in a row go to."""
    return {lb.pick().host for _ in range(12)}


def test_a_host_with_a_bad_check_is_passed_over_until_it_is_healthy_again(cluster, lb):
    cluster[0].set(status=500)
    until(lambda: used(lb) == set(cluster.hosts[1:]))
    cluster[0].set()
    until(lambda: used(lb) == set(cluster.hosts))


def test_when_the_check_fails_everywhere_it_is_ignored(cluster, lb):
    for node in cluster:
        node.set(status=404)
    until(lambda: min(node.count for node in cluster) >= 2)
    until(lambda: used(lb) == set(cluster.hosts))
    cluster[2].set()
    until(lambda: used(lb) == {cluster.hosts[2]})


def test_a_new_host_is_used_until_a_check_says_otherwise(cluster, provider, lb):
    provider.now(cluster.hosts[0])
    until(lambda: used(lb) == {cluster.hosts[0]})
    cluster[1].set(status=500)
    provider.now(*cluster.hosts[:2])
    assert cluster.hosts[1] in used(lb)
    until(lambda: used(lb) == {cluster.hosts[0]})


def test_a_malformed_host_does_not_keep_the_others_from_being_probed(cluster, provider, lb):
    provider.now(cluster.hosts[1])
    until(lambda: used(lb) == {cluster.hosts[1]})
    pause(1.5)  # the others are forgotten
    cluster[0].set(status=500)
    provider.now(Host("no address", 80), *cluster.hosts)
    until(lambda: used(lb) == set(cluster.hosts[1:]))


def test_a_host_that_left_while_unhealthy_is_found_so_again(cluster, provider, lb):
    cluster[0].set(status=500)
    until(lambda: used(lb) == set(cluster.hosts[1:]))
    provider.now(*cluster.hosts[1:])
    lb.update()
    provider.now(*cluster.hosts)  # perhaps nobody looked meanwhile
    lb.update()
    before = cluster[0].count
    until(lambda: cluster[0].count >= before + 2)
    until(lambda: used(lb) == set(cluster.hosts[1:]))
