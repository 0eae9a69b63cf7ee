"""Whatever is given wrongly, the error says what to do."""

import subprocess
import sys
from pathlib import Path

import pytest
import requests

import ahoyhoy
from ahoyhoy import (
    Client,
    ClientNoEndpointsException,
    Endpoint,
    Host,
    Instance,
    LBClientBuilder,
    ListProvider,
    RetryPolicy,
    RoundRobinLB,
    SessionClientBuilder,
)
from ahoyhoy.lb.exceptions import InvalidHostError
from integration.calls import counts, in_order

LB = RoundRobinLB(ListProvider(Host("10.0.0.1", 80)))


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda: LBClientBuilder().build(), "add_lb"),
        (lambda: SessionClientBuilder().build(), "add_session"),
        (lambda: LBClientBuilder().add_lb(RoundRobinLB), r"RoundRobinLB\("),
        (lambda: LBClientBuilder().add_lb("10.0.0.1:80"), "RoundRobinLB"),
        (lambda: Client(RoundRobinLB), r"RoundRobinLB\("),
        (lambda: Client(None), "RoundRobinLB"),
        (lambda: RoundRobinLB([Host("10.0.0.1", 80)]), "ListProvider"),
        (lambda: RoundRobinLB(ListProvider), "ListProvider"),
        (lambda: SessionClientBuilder().add_session(requests.Session), r"requests\.Session\(\)"),
        (lambda: LBClientBuilder().add_session(7), r"requests\.Session\(\)"),
        (lambda: LBClientBuilder().add_headers("X-A: b"), "mapping"),
        (lambda: LBClientBuilder().add_callbacks(pre="/x"), "function"),
    ],
)
def test_what_is_missing_or_of_the_wrong_kind_is_named(wrong, says):
    for family in (TypeError, AssertionError):
        with pytest.raises(family, match=says):
            wrong()


@pytest.mark.parametrize(
    ("wrong", "error", "says"),
    [
        (lambda: LBClientBuilder().add_retries(7), TypeError, "RetryPolicy"),
        (lambda: LBClientBuilder().add_retries(RetryPolicy), TypeError, "RetryPolicy"),
        (lambda: LBClientBuilder().set_endpoint_updates(0), ValueError, "at least once"),
        (lambda: LBClientBuilder().set_endpoint_updates("2"), ValueError, "at least once"),
        (lambda: Client(LB, 0), ValueError, "at least once"),
        (lambda: Client(LB, "2"), ValueError, "at least once"),
        (lambda: Client(LB, timeoutt=3), TypeError, "timeoutt"),
        (lambda: LBClientBuilder().add_breaker(threshold=3), TypeError, "threshold"),
        (lambda: LBClientBuilder().add_breaker(failure_threshold=0), ValueError, "from 1 up"),
        (lambda: LBClientBuilder().add_breaker(success_rate=80), ValueError, "from 0 to 1"),
        (lambda: LBClientBuilder().add_breaker(break_duration=-1), ValueError, "seconds from"),
        (lambda: LBClientBuilder().add_timeout("3"), (TypeError, ValueError), "timeout"),
        (lambda: LBClientBuilder().add_timeout(-1), ValueError, "timeout"),
        (lambda: RetryPolicy(attempts=0), ValueError, "at least 1"),
        (lambda: LBClientBuilder().add_sesion(None), AttributeError, "add_sesion"),
    ],
)
def test_a_value_out_of_range_or_an_unknown_option_is_named(wrong, error, says):
    with pytest.raises(error, match=says):
        wrong()


@pytest.mark.parametrize(
    "host",
    [
        "10.0.0.1:80",
        Host("10.0.0.1:80", ""),
        Host("http://10.0.0.1", 80),
        Host("10.0.0.1", "eighty"),
        Host("10.0.0.1", 0),
        Host("10.0.0.1", 65536),
        Host("10.0.0.1", -1),
        Host("10.0.0.1", True),
        Host("", 80),
        Host(None, 80),
        Host("user@10.0.0.1", 80),
        Host("a b", 80),
        Host("10.0.0.1", 80.5),
        ("10.0.0.1",),
        7,
        None,
    ],
    ids=repr,
)
def test_a_malformed_host_is_named_when_it_is_picked(host):
    lb = RoundRobinLB(ListProvider(host))
    client = LBClientBuilder().add_lb(lb).build()
    for call in (client.resolve, lambda: client.get("/x"), lambda: Endpoint(host or 7)):
        with pytest.raises(InvalidHostError, match=r"Host\('10\.0\.0\.1', 8080\)"):
            call()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"scheme": "ftp"}, "http"),
        ({"weight": -1}, "weight"),
        ({"weight": float("nan")}, "weight"),
        ({"path": "api"}, "start with '/'"),
        ({"path": "/api?a=b"}, "query"),
    ],
)
def test_a_wrong_instance_is_named(options, says):
    with pytest.raises(InvalidHostError, match=says):
        Instance(Host("10.0.0.1", 80), **options)


def test_one_malformed_host_is_told_once_and_costs_calls_to_the_others_nothing(
    cluster, build, caplog
):
    client = build(RoundRobinLB(ListProvider(Host("bad host", 80), *cluster.hosts)))
    for _ in range(8):
        assert client.get("/x").status_code == 200
    assert sum(counts(cluster)) == 8
    told = [r.getMessage() for r in caplog.records if "'bad host'" in r.getMessage()]
    assert len(told) == 1


def test_a_call_over_an_empty_list_says_so(build):
    client = build(RoundRobinLB(ListProvider()))
    for call in (client.get, client.post):
        with pytest.raises(ClientNoEndpointsException, match="no hosts: the provider's list"):
            call("/x")
    assert client.hosts() == ()


@pytest.mark.parametrize("path", ["x", "", "?a=b", None, 7, b"/x", "http://10.0.0.1/x"])
def test_a_path_that_is_none_says_how_it_looks(cluster, build, path):
    client = build(in_order(*cluster.hosts))
    with pytest.raises(ValueError, match="/users/1"):
        client.get(path)
    assert counts(cluster) == [0, 0, 0]
    assert [h.requests for h in client.hosts()] == [0, 0, 0]


def test_an_endpoint_too_says_how_a_path_looks(cluster):
    endpoint = Endpoint(cluster.hosts[0])
    with pytest.raises(ValueError, match="'/x'"):
        endpoint.get("x")
    assert endpoint.is_closed()


@pytest.mark.parametrize("name", ["headers", "verify", "auth", "timeout", "proxies", "cookies"])
def test_a_sessions_attribute_on_a_client_says_what_to_use(name):
    client = LBClientBuilder().add_lb(LB).build()
    with pytest.raises(AttributeError, match="Instead") as read:
        getattr(client, name)
    with pytest.raises(AttributeError, match="Instead") as assigned:
        setattr(client, name, {})
    assert str(read.value) == str(assigned.value)
    with pytest.raises(AttributeError):
        client.headers.update({"a": "b"})


def test_nothing_of_a_misspelled_call_is_ignored(cluster, build):
    client = build(in_order(*cluster.hosts))
    with pytest.raises(TypeError, match="timeot"):
        client.get("/x", timeot=3)
    with pytest.raises(AttributeError):
        client.gett("/x")
    with pytest.raises(TypeError):
        client.get()


def test_a_breaker_for_circuits_that_exist_is_refused(cluster, build):
    lb = in_order(*cluster.hosts)
    build(lb).get("/x")
    with pytest.raises(ahoyhoy.AhoyhoyError, match="circuits already"):
        build(lb, add_breaker={"failure_threshold": 2})


def test_all_of_this_holds_without_asserts():
    """`python -O` takes out `assert`."""
    code = """
from ahoyhoy import *
from ahoyhoy.lb.iloadbalancer import ILoadBalancer
wrong = [
    LBClientBuilder().build, SessionClientBuilder().build, lambda: RoundRobinLB([]),
    lambda: RandomLB(None), lambda: Client(RoundRobinLB), lambda: Client(ILoadBalancer),
    lambda: LBClientBuilder().add_lb(RoundRobinLB), lambda: LBClientBuilder().add_session(str),
]
assert False, "asserts are on"
for call in wrong:
    try:
        call()
    except AssertionError as error:
        print(isinstance(error, TypeError))
    else:
        print("nothing was raised")
client = LBClientBuilder().add_lb(RoundRobinLB(ListProvider(Host("127.0.0.1", 1)))).build()
try:
    client.get("/x")
except ClientNoEndpointsException as error:
    print(len(error.attempts))
"""
    outcome = subprocess.run(
        [sys.executable, "-O", "-c", code],
        capture_output=True,
        text=True,
        cwd=Path(ahoyhoy.__file__).parent.parent,
        check=False,
    )
    assert outcome.stdout.split() == ["True"] * 8 + ["1"], outcome.stderr
