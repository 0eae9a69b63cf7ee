"""Servers are killed, stopped, made to reset connections and restarted while twenty threads read and write."""

import itertools
import threading
import time
from collections import Counter

import pytest
import requests

from ahoyhoy import ListProvider, PeakEwmaLB
from ahoyhoy.testing.cluster import Cluster
from integration.calls import pause, together, until

THREADS = 20
SECONDS = 10.0
EACH = 2.0  # seconds between the beginnings of two faults
SICK = 5  # of ten

FAULTS = (
    (lambda node: node.kill(), lambda node: node.restart()),
    (lambda node: node.stop(), lambda node: node.resume()),
    (lambda node: node.set(fault="reset"), lambda node: node.set()),
    (lambda node: node.restart(), lambda _node: None),
    (lambda node: node.kill(), lambda node: node.restart()),
)


@pytest.mark.slow
def test_no_read_fails_no_write_is_repeated_and_no_thread_is_left(build):
    before = set(threading.enumerate())
    with Cluster(10) as cluster:
        client = build(PeakEwmaLB(ListProvider(*cluster.hosts)), add_timeout=0.6)
        failed, answered = load(client, lambda: outages(cluster))
        client.close()
        received = Counter(
            request.path
            for node in cluster
            for request in node.requests
            if request.method == "POST"
        )
        served = [node.count for node in cluster]
    assert [(path, repr(error)) for path, error in failed if "/read" in path] == []
    assert [path for path, count in received.items() if count > 1] == []
    # A write that failed is one that a server may have read.
    assert [error for _, error in failed if not isinstance(error, requests.RequestException)] == []
    assert {path for path in answered if "/write" in path} <= set(received)
    # That it was an outage, and not the end of everything:
    assert len(answered) > 20 * len(failed)
    assert all(served)
    until(lambda: set(threading.enumerate()) <= before)


def load(client, incidents):
    """The (path, error) of calls that failed, and the paths of the others."""
    failed, answered = [], []
    numbers = itertools.count()
    limit = time.monotonic() + SECONDS

    def call():
        number = next(numbers)
        is_read = number % 5
        path = f"/{'read' if is_read else 'write'}/{number}"
        try:
            answer = client.get(path) if is_read else client.post(path, data=b"once")
            assert answer.ok
            answered.append(path)
        except Exception as error:
            failed.append((path, error))

    def work(thread):
        if thread == THREADS:
            return incidents()
        while time.monotonic() < limit:
            call()
            pause(0.05)
        return None

    assert together(THREADS + 1, work) == [None] * (THREADS + 1)
    return failed, answered


def outages(cluster):
    """One server after the other is away for most of its turn."""
    for node, (begin, end) in zip(itertools.islice(cluster, SICK), FAULTS, strict=True):
        begin(node)
        pause(0.8 * EACH)
        end(node)
        pause(0.2 * EACH)
