"""Clients, endpoints and errors go through pickle and copy, and work on the other side."""

import copy
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
import requests

import ahoyhoy
from ahoyhoy import (
    Ahoyhoy500Exception,
    CircuitOpenError,
    ClientNoEndpointsException,
    Endpoint,
    ListProvider,
    RandomLB,
    Retry,
    RetryPolicy,
    RoundRobinLB,
)
from integration.calls import circuits, counts, in_order


def again(item):
    return pickle.loads(pickle.dumps(item))


duplicates = pytest.mark.parametrize("duplicate", [again, copy.deepcopy])


def mark(path):
    return path + "-pre"


@duplicates
@pytest.mark.parametrize("kind", [RoundRobinLB, RandomLB])
def test_a_client_keeps_what_it_was_built_with(cluster, build, session, kind, duplicate):
    session.headers["X-Session"] = "yes"
    steps = {"add_session": session, "add_headers": {"X-Built": "yes"}, "add_name": "users"}
    steps |= {"add_callbacks": {"pre": mark}, "add_breaker": {"failure_threshold": 2}}
    steps |= {"add_retries": RetryPolicy(attempts=2), "set_endpoint_updates": 2}
    client = build(kind(ListProvider(*cluster.hosts)), **steps)
    client.get("/x")
    other = duplicate(client)
    other.get("/y")
    received = [r for node in cluster for r in node.requests]
    assert sorted(r.path for r in received) == ["/x-pre", "/y-pre"]
    assert {(r.headers["X-Session"], r.headers["X-Built"]) for r in received} == {("yes", "yes")}
    assert (other.stats().calls, client.stats().calls) == (1, 1)
    for node in cluster:
        node.set(status=500)
        node.reset_counts()
    with pytest.raises(Ahoyhoy500Exception, match=r"^users: 2 attempts"):
        other.get("/x")
    other.close()


@duplicates
def test_a_copy_has_circuits_and_connections_of_its_own(cluster, build, duplicate):
    cluster[0].kill()
    client = build(in_order(*cluster.hosts))
    for _ in range(5):
        client.get("/x")
    other = duplicate(client)
    assert (circuits(client)[0], circuits(other)) == ("open", ["closed"] * 3)
    other.get("/x")
    assert cluster[1].connections == 2
    other.close()


def test_a_client_works_in_a_process_that_is_no_child(cluster, build):
    client = build(RoundRobinLB(ListProvider(*cluster.hosts)), add_retries=Retry(tries=2))
    code = "import pickle, sys; print(pickle.load(sys.stdin.buffer).get('/x').status_code)"
    outcome = subprocess.run(
        [sys.executable, "-c", code],
        input=pickle.dumps(client),
        capture_output=True,
        cwd=Path(ahoyhoy.__file__).parent.parent,
        check=False,
    )
    assert (outcome.returncode, outcome.stdout) == (0, b"200\n"), outcome.stderr
    assert sum(counts(cluster)) == 1


@duplicates
def test_an_endpoint_keeps_host_and_session(cluster, session, duplicate):
    session.headers["X-Session"] = "yes"
    endpoint = Endpoint(cluster.hosts[0], session=session, pre_callback=mark)
    endpoint.open()
    other = duplicate(endpoint)
    assert (other, hash(other), other.host) == (endpoint, hash(endpoint), cluster.hosts[0])
    assert other.is_closed()
    assert other.get("/x").status_code == 200
    (received,) = cluster[0].requests
    assert (received.path, received.headers["X-Session"]) == ("/x-pre", "yes")
    other.close_connections()
    other._session._session.close()


def failing_call(cluster, build, kind):
    client = build(in_order(*cluster.hosts))
    if kind is ClientNoEndpointsException:
        for node in cluster:
            node.kill()
    elif kind is Ahoyhoy500Exception:
        cluster[0].set(status=503, body=b"tired")
    elif kind is requests.ReadTimeout:
        cluster[0].set(fault="stall")
    elif kind is requests.exceptions.InvalidURL:
        return lambda: client.get("x")
    elif kind is requests.ConnectionError:
        cluster[0].set(fault="reset")
    else:
        endpoint = client.resolve()
        endpoint.open()
        return lambda: endpoint.post("/x")
    return lambda: client.post("/x", b"pay", timeout=0.3)


@pytest.mark.parametrize(
    "kind",
    [
        ClientNoEndpointsException,
        Ahoyhoy500Exception,
        requests.ReadTimeout,
        requests.ConnectionError,
        requests.exceptions.InvalidURL,
        CircuitOpenError,
    ],
)
def test_an_error_keeps_class_text_and_story(cluster, build, kind):
    call = failing_call(cluster, build, kind)
    with pytest.raises(kind) as raised:
        call()
    error = raised.value
    for other in (again(error), copy.copy(error)):
        assert type(other) is type(error) is kind
        assert str(other) == str(error) != ""
        assert getattr(other, "attempts", None) == getattr(error, "attempts", None)
    if kind is Ahoyhoy500Exception:
        assert again(error).response.text == "tired"


def test_a_response_of_a_client_goes_through_pickle(cluster, build):
    answer = again(build(in_order(*cluster.hosts)).get("/x"))
    assert answer.json()["port"] == cluster[0].port
