"""How long after a registry's answer a balancer picks by it."""

import statistics
import time

import pytest

from ahoyhoy import Host, RoundRobinLB
from integration.dns_servers import pause
from integration.dns_sources import AddressZone, SrvZone
from integration.every_registry import (  # noqa: F401 - fixtures among them
    REGISTRIES,
    each,
    name_of,
    registry,
    service,
    watching,
)
from integration.tap import Tap

pytestmark = pytest.mark.slow

CHANGES = 7


def host_number(registry, number):
    """Another one for each number; nobody serves there."""
    if isinstance(registry, AddressZone):
        return Host(f"127.0.1.{number}", registry.members)
    return Host("127.0.0.1", 20000 + number)


@each([*REGISTRIES, SrvZone, AddressZone])
def test_a_change_reaches_pick_within_a_tenth_of_a_second_of_the_answer(
    registry, service, watching, record_property
):
    """By the clock of a relay between them, from the first byte that comes back after the change."""
    registry.announce(host_number(registry, 0), service)
    delays = []
    with Tap(registry.port) as tap:
        with registry.through(tap.port):
            source = watching()
        balancer = RoundRobinLB(source, slow_start=0)
        known = {balancer.pick().host}
        for number in range(1, CHANGES + 1):
            pause(0.3)  # whatever the last change led to is over
            begun = time.monotonic()
            registry.announce(host_number(registry, number), service)
            while balancer.pick().host in known:
                pause(0.001)
            picked = time.monotonic()
            known.add(host_number(registry, number))
            delays.append(picked - tap.first_after(begun))
        source.close()
    record_property("delays", max(delays))
    assert statistics.median(delays) < 0.1
