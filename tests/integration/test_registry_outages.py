"""Every registry falls silent, dies, and comes back: no call fails meanwhile."""

import contextlib
import logging
import threading
import time

import pytest

from ahoyhoy import RoundRobinLB
from integration.dns_servers import pause, until
from integration.every_registry import registry, service, watching  # noqa: F401 - fixtures

OUTAGE = 5.0
# How fast a list must be fresh again, and a little for a machine that has other things to do.
SOON = 5.0 + 2.0


@contextlib.contextmanager
def calling(client):
    """Four threads call all the time; the failures."""
    end, failures, made = threading.Event(), [], []

    def call():
        while not end.is_set():
            try:
                made.append(client.get("/").status_code)
            except Exception as error:
                failures.append(error)
            pause(0.005)

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        yield failures
    finally:
        end.set()
        for thread in threads:
            thread.join()
    assert made.count(200) == len(made) > 100


@pytest.mark.slow
def test_one_that_falls_silent(registry, service, watching, cluster, build, caplog):
    caplog.set_level(logging.INFO, "ahoyhoy.discovery")
    for host in cluster.hosts:
        registry.register(host.port, service=service)
    source = watching()
    assert len(source.get_list()) == 3
    with calling(build(RoundRobinLB(source))) as failures:
        registry.stop_answering()
        until(lambda: source.stale_for > 1.0)
        pause(OUTAGE - 3)
        assert len(source.get_list()) == 3
        registry.answer_again()
        start = time.monotonic()
        until(lambda: source.stale_for == 0.0)
        assert time.monotonic() - start < SOON
        registry.deregister(cluster.hosts[0].port, service=service)
        until(lambda: len(source.get_list()) == 2)
    assert failures == []
    (warning,) = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    assert "refresh failed" in warning
    assert "still using 3 hosts" in warning
    assert "fresh again" in caplog.text


@pytest.mark.slow
def test_one_that_dies_and_comes_back(registry, service, watching, cluster, build):
    def register_all():
        for host in cluster.hosts:
            registry.register(host.port, service=service)

    register_all()
    source = watching()
    assert len(source.get_list()) == 3
    with calling(build(RoundRobinLB(source))) as failures:
        registry.kill()
        until(lambda: source.stale_for)
        pause(OUTAGE)
        assert len(source.get_list()) == 3
        registry.start()
        register_all()
        start = time.monotonic()
        until(lambda: source.stale_for == 0.0)
        until(lambda: len(source.get_list()) == 3)
        assert time.monotonic() - start < SOON
        registry.deregister(cluster.hosts[0].port, service=service)
        until(lambda: len(source.get_list()) == 2)
    assert failures == []
