"""How often a real DNS server is asked."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from integration.dns_servers import ZONE, Counter, addresses, provider
from integration.server_process import pause, until

pytestmark = [pytest.mark.server("knot"), pytest.mark.slow]


def slowest_get_list(source, seconds):
    """The longest that one of many `get_list` took, in seconds."""
    end, slowest = time.monotonic() + seconds, 0.0
    while (start := time.monotonic()) < end:
        source.get_list()
        slowest = max(slowest, time.monotonic() - start)
        pause(0.01)
    return slowest


def test_the_ttl_is_that_of_the_shortest_lived_name_on_the_way(knot):
    knot.set("web", "CNAME", f"other.{ZONE}.", ttl=2)
    knot.set("other", "A", "10.0.0.1", ttl=3600)
    source = provider(knot)
    source.get_list()
    knot.set("web", "CNAME", f"another.{ZONE}.", ttl=2)
    knot.set("another", "A", "10.0.0.2", ttl=3600)
    until(lambda: addresses(source) == ["10.0.0.2"])


def test_within_its_ttl_a_list_is_not_asked_for_again(knot):
    knot.set("web", "A", "10.0.0.1", ttl=2)
    with Counter(knot) as counter:
        source = provider(counter, family="ipv4")
        start = time.monotonic()
        source.get_list()
        while source.get_list() and len(counter.queries) == 1:
            assert time.monotonic() - start < 20
        assert time.monotonic() - start > 1.75  # two seconds less a tenth
        slowest_get_list(source, 0.5)
        assert counter.queries == ["A", "A"]


def test_a_ttl_of_0_means_one_refresh_per_min_ttl(knot):
    knot.set("web", "A", "10.0.0.1", ttl=0)
    with Counter(knot) as counter:
        source = provider(counter, family="ipv4", min_ttl=0.5)
        start = time.monotonic()
        slowest_get_list(source, 1.2)
        assert 2 <= len(counter.queries) <= (time.monotonic() - start) / 0.5 + 1


def test_sixteen_threads_in_need_of_the_first_list_ask_once(knot):
    knot.set("web", "A", "10.0.0.1", ttl=300)
    with Counter(knot) as counter, ThreadPoolExecutor(16) as pool:
        source = provider(counter, family="ipv4", timeout=10)
        barrier = threading.Barrier(16)

        def first():
            barrier.wait()
            return addresses(source)

        results = [pool.submit(first) for _ in range(16)]
        assert [r.result() for r in results] == [["10.0.0.1"]] * 16
        assert counter.queries == ["A"]
