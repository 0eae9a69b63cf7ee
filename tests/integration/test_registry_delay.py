"""How long after a registry's answer a balancer picks by it."""

import statistics
import threading
import time

import pytest

from ahoyhoy import Host, RoundRobinLB
from integration.dns_sources import AddressZone, SrvZone
from integration.every_registry import (  # noqa: F401 - fixtures among them
    REGISTRIES,
    each,
    name_of,
    registry,
    service,
    watching,
)
from integration.server_process import pause
from integration.tap import Tap

pytestmark = pytest.mark.slow

CHANGES = 7


class Lateness:
    """How late a thread is woken here, in seconds: a busy machine delays everybody."""

    def __init__(self):
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._measure)
        self.found = []

    def _measure(self):
        while not self._end.is_set():
            start = time.monotonic()
            pause(0.01)
            self.found.append(time.monotonic() - start - 0.01)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        self._thread.join()


def host_number(registry, number):
    """Another one for each number; nobody serves there."""
    if isinstance(registry, AddressZone):
        return Host(f"127.0.1.{number}", registry.members)
    return Host("127.0.0.1", 20000 + number)


def delays_of(registry, service, balancer, tap):
    """Of some changes: seconds from the first byte that comes back after it to a pick by it."""
    known = {balancer.pick().host}
    for number in range(1, CHANGES + 1):
        pause(0.3)  # whatever the last change led to is over
        begun = time.monotonic()
        registry.announce(host_number(registry, number), service)
        while balancer.pick().host in known:
            pause(0.001)
        picked = time.monotonic()
        known.add(host_number(registry, number))
        yield picked - tap.first_after(begun)


@each([*REGISTRIES, SrvZone, AddressZone])
def test_a_change_reaches_pick_within_a_tenth_of_a_second_of_the_answer(
    registry, service, watching, record_property
):
    """By the clock of a relay between them."""
    registry.announce(host_number(registry, 0), service)
    with Tap(registry.port) as tap, Lateness() as lateness:
        with registry.through(tap.port):
            source = watching()
        balancer = RoundRobinLB(source, slow_start=0)
        delays = list(delays_of(registry, service, balancer, tap))
        source.close()
    late = statistics.quantiles(lateness.found, n=10)[-1]
    record_property("median", statistics.median(delays))
    record_property("longest", max(delays))
    record_property("late", late)
    # An answer passes from thread to thread: through the relay, the source and the test.
    assert statistics.median(delays) < 0.1 + 10 * late
