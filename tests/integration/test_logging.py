"""What the library logs on real servers: little, once, and no secrets."""

import logging

import pytest
import requests

from ahoyhoy import Endpoint, ListProvider, Retry, RoundRobinLB
from integration.calls import in_order, until

SECRET = "s3cr3t"


@pytest.fixture
def records(caplog):
    """The library's own records so far."""
    caplog.set_level(logging.DEBUG)

    def own():
        return [r for r in caplog.records if r.name.split(".")[0] == "ahoyhoy"]

    return own


def test_calls_that_succeed_log_nothing(cluster, build, records):
    client = build(RoundRobinLB(ListProvider(*cluster.hosts)))
    for _ in range(6):
        client.get("/x", params={"token": SECRET})
    assert records() == []


def test_a_circuit_is_logged_when_it_opens_and_when_it_closes(cluster, build, records):
    cluster[0].kill()
    options = {"break_duration": 0.2, "max_break_duration": 0.2}
    client = build(in_order(*cluster.hosts), add_breaker=options)
    for _ in range(4):
        client.get("/x", params={"token": SECRET})
    cluster[0].restart()
    until(lambda: client.get("/x").status_code and client.hosts()[0].circuit == "closed")
    warnings = [r.getMessage() for r in records() if r.levelno >= logging.WARNING]
    name = f"circuit 127.0.0.1:{cluster[0].port}"
    assert [w.split(":", 2)[:2] for w in warnings] == [
        f"{name} opened".split(":"),
        f"{name} closed".split(":"),
    ]


def test_nothing_is_logged_twice(cluster, build, records):
    for node in cluster:
        node.kill()
    client = build(in_order(*cluster.hosts), add_breaker={"break_duration": 50})
    for _ in range(8):
        with pytest.raises(requests.ConnectionError):
            client.get("/x", params={"token": SECRET})
    messages = [r.getMessage() for r in records()]
    assert len(messages) == len(set(messages)) == 3


def test_what_is_raised_is_not_logged(cluster, build, records):
    cluster[0].set(fault="reset")
    client = build(in_order(*cluster.hosts))
    for _ in range(2):
        with pytest.raises(requests.ConnectionError):
            client.post("/x", b"data")
    with pytest.raises(TypeError):
        client.get("/x", bogus=1)
    assert records() == []
    assert [r for r in records() if r.exc_info] == []


def test_no_record_has_a_secret(cluster, build, records):
    cluster[0].set(status=503)
    cluster[1].kill()
    client = build(in_order(*cluster.hosts), add_retries=Retry(tries=2))
    for _ in range(8):
        client.get("/x", params={"token": SECRET}, headers={"Authorization": SECRET})
    endpoint = Endpoint(cluster.hosts[1], retry=Retry(tries=4))
    with pytest.raises(requests.ConnectionError):
        endpoint.get("/x", params={"token": SECRET}, auth=("user", SECRET))
    assert records() != []
    assert [r for r in records() if SECRET in r.getMessage() or SECRET in str(r.args)] == []


def test_a_library_that_nobody_configured_prints_nothing(cluster, build, capfd):
    root = logging.getLogger()
    cluster[0].kill()
    client = build(in_order(*cluster.hosts))
    before, root.handlers = root.handlers, []
    try:
        for _ in range(4):
            client.get("/x")
    finally:
        root.handlers = before
    captured = capfd.readouterr()
    # logging itself prints warnings that nobody takes: the circuit that opened, once
    assert captured.out == ""
    assert captured.err.count("\n") <= 1
