"""Whole clients in trouble: every server is busy, or one sends a byte at a time."""

import time

import pytest

from ahoyhoy import ListProvider, PeakEwmaLB
from ahoyhoy.exceptions import DeadlineExceeded
from integration.calls import circuits, counts, pause


def test_servers_that_are_all_busy_are_left_alone(cluster, build):
    for node in cluster:
        node.set(status=503)
    client = build(PeakEwmaLB(ListProvider(*cluster.hosts)))
    for _ in range(300):
        with pytest.raises(Exception, match=r"503|open"):
            client.get("/x")
        pause(0.001)
    # Each host's circuit opened after a few failures, and the trials since then were as few.
    assert sum(counts(cluster)) <= 60
    assert "closed" not in circuits(client)


@pytest.mark.parametrize("stream", [False, True])
def test_a_call_to_servers_that_drip_ends_at_its_deadline(cluster, build, stream):
    for node in cluster:
        node.set(fault="drip", body=b"x" * 600)
    client = build(PeakEwmaLB(ListProvider(*cluster.hosts)), add_deadline=1.0)
    start = time.monotonic()
    with pytest.raises(DeadlineExceeded):
        client.get("/x", stream=stream).content  # noqa: B018 - reads what is streamed
    assert 0.9 < time.monotonic() - start < 3.0  # the body takes a minute
