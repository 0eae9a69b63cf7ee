"""The pauses and tries of a 4.x Retry went on when the deadline of the call had passed."""

import time

import pytest
import requests

from ahoyhoy import ListProvider, Retry, RoundRobinLB


@pytest.mark.parametrize("tries", [5, -1])
def test_it_ends_with_the_deadline(cluster, build, tries):
    for node in cluster:
        node.set(fault="close")
    client = build(
        RoundRobinLB(ListProvider(cluster.hosts[0])), add_retries=Retry(tries=tries, delay=0.3)
    )
    started = time.monotonic()
    with pytest.raises(requests.RequestException):
        client.get("/x", deadline=0.5)
    assert time.monotonic() - started < 1.5
