"""The thread of health checks: when it begins, and when it ends."""

import gc
import threading
import weakref

import pytest

from ahoyhoy.health import HealthMonitor
from integration.calls import pause, until
from integration.health_rig import Reports, names, quick


@pytest.fixture(autouse=True)
def no_thread_is_left():
    yield
    until(lambda: names() == [])


@pytest.fixture
def lb(cluster):
    return Reports(*cluster.hosts)


@pytest.fixture
def monitor(lb):
    monitor = HealthMonitor(lb, quick())
    yield monitor
    monitor.close()


def test_only_a_check_is_a_check(lb):
    with pytest.raises(TypeError, match="HealthCheck"):
        HealthMonitor(lb, "/health")


def test_it_says_what_it_asks(lb, monitor):
    assert repr(monitor) == "<HealthMonitor /health every 0.5 s>"
    assert repr(HealthMonitor(lb, quick(None))) == "<HealthMonitor TCP every 0.5 s>"


def test_nothing_happens_before_it_is_started(cluster, lb, monitor):
    pause(0.3)
    assert names() == []
    assert [node.connections for node in cluster] == [0, 0, 0]


def test_starting_it_again_and_again_makes_one_thread(lb, monitor):
    threads = [threading.Thread(target=monitor.start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    monitor.start()
    assert names().count("ahoyhoy-health") == 1
    until(lambda: len(lb.latest) == 3)


def test_it_ends_promptly_when_closed_and_can_be_started_again(cluster, lb, monitor):
    monitor.start()
    until(lambda: len(lb.latest) == 3)
    monitor.close()
    assert "ahoyhoy-health" not in names()
    monitor.close()
    until(lambda: names() == [])
    cluster[0].set(status=500)
    monitor.start()
    until(lambda: lb.latest[cluster.hosts[0]] is False)


def test_when_it_is_closed_unhealthy_hosts_are_used_again(cluster, lb, monitor):
    cluster[0].set(status=500)
    monitor.start()
    until(lambda: lb.latest.get(cluster.hosts[0]) is False)
    monitor.close()
    assert lb.log[-1] == (cluster.hosts[0], True, "no longer checked")
    assert False not in lb.latest.values()


def test_it_ends_with_its_balancer(cluster):
    lb = Reports(*cluster.hosts)
    monitor = HealthMonitor(lb, quick(interval=600, jitter=0))
    monitor.start()
    until(lambda: cluster[0].count)
    gone = weakref.ref(lb)
    lb.itself = lb  # as balancers are: parts of a cycle
    del lb
    until(lambda: gc.collect() is not None and gone() is None)
    until(lambda: names() == [], seconds=5)
    monitor.start()
    assert names() == []
    monitor.close()


def test_without_a_reference_to_it_it_goes_on_until_its_balancer_is_gone(cluster):
    lb = Reports(*cluster.hosts)
    HealthMonitor(lb, quick()).start()
    gc.collect()
    until(lambda: cluster[0].count >= 2)
    del lb
    gc.collect()
    until(lambda: names() == [], seconds=5)


def test_a_listener_may_close_it(cluster):
    class Closing(Reports):
        def report(self, host, **said):
            super().report(host, **said)
            monitor.close()

    lb = Closing(cluster.hosts[0])
    monitor = HealthMonitor(lb, quick())
    monitor.start()
    until(lambda: lb.log)
    until(lambda: names() == [])


def test_a_listener_that_takes_its_time_holds_up_closing_for_a_second_at_most(cluster):
    go = threading.Event()

    class Slow(Reports):
        def report(self, host, **said):
            super().report(host, **said)
            go.wait(30)

    lb = Slow(cluster.hosts[0])
    monitor = HealthMonitor(lb, quick())
    monitor.start()
    until(lambda: lb.log)
    monitor.close()
    assert names()[0] == "ahoyhoy-health"
    go.set()
