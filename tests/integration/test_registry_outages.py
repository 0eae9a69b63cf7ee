"""Every source of hosts falls silent, dies, and comes back: no call fails meanwhile."""

import logging
import os
import time

import pytest

from ahoyhoy import RoundRobinLB
from integration.every_registry import (  # noqa: F401 - fixtures among them
    SOURCES,
    each,
    fleet,
    registry,
    service,
    watching,
)
from integration.running import Running
from integration.server_process import pause, until

pytestmark = [pytest.mark.slow, each(SOURCES)]

# Long enough to be noticed with what a provider has by default.
LONG = bool(os.environ.get("AHOYHOY_LONG"))
OUTAGE = 30.0 if LONG else 5.0
# How fast a list must be fresh again, and a little for a machine that has other things to do.
SOON = 5.0 + 2.0


@pytest.fixture
def source(registry, service, watching, fleet):
    """A provider of three hosts."""
    registry.ttl = 20 if LONG else 0  # of records: not by that is a list fresh soon
    announce_all(registry, service, fleet)
    source = watching(**(registry.OWN if LONG else registry.QUICK))
    assert len(source.get_list()) == 3
    return source


def announce_all(registry, service, fleet):
    for host in fleet.hosts[:3]:
        registry.announce(host, service)


def last(source, record_property):
    """Wait for the end of the outage; its list stays, and it is known to be old."""
    begun = time.monotonic()
    until(lambda: source.stale_for, within=max(OUTAGE, 20))
    record_property("stale after", time.monotonic() - begun)
    pause(max(0.5, OUTAGE - (time.monotonic() - begun)))
    assert source.stale_for >= 0.5
    assert len(source.get_list()) == 3


def comes_back(source, record_property):
    """Wait until the list is fresh, and that is soon."""
    back = time.monotonic()
    until(lambda: source.stale_for == 0.0 and len(source.get_list()) == 3)
    record_property("fresh after", time.monotonic() - back)
    assert time.monotonic() - back < SOON


def test_one_that_falls_silent(registry, service, source, fleet, build, caplog, record_property):
    caplog.set_level(logging.INFO, "ahoyhoy.discovery")
    first, *others = fleet.hosts[:3]
    with Running(build, RoundRobinLB(source)) as running:
        registry.stop_answering()
        try:
            last(source, record_property)
        finally:
            registry.answer_again()
        comes_back(source, record_property)
        registry.withdraw(first, service)
        running.hears(removed=[first], within=30)
        running.serves(*others)
    (warning,) = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    assert "refresh failed" in warning
    assert "still using 3 hosts" in warning
    assert "fresh again" in caplog.text


def test_one_that_dies_and_comes_back(registry, service, source, fleet, build, record_property):
    first, *others = fleet.hosts[:3]
    with Running(build, RoundRobinLB(source)) as running:
        registry.kill()
        last(source, record_property)
        registry.start()
        announce_all(registry, service, fleet)
        comes_back(source, record_property)
        registry.withdraw(first, service)
        running.hears(removed=[first], within=30)
        running.serves(*others)
