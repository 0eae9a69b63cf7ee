"""The public interface as a user's type checker sees it: checked by mypy, never run."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import requests
import urllib3

import ahoyhoy
from ahoyhoy import (
    Ahoyhoy500Exception,
    AhoyhoyError,
    CircuitBreaker,
    CircuitOpenError,
    Client,
    ClientNoEndpointsException,
    DnsProvider,
    Endpoint,
    FileProvider,
    Host,
    Instance,
    LBClientBuilder,
    ListProvider,
    RandomLB,
    Retry,
    RetryPolicy,
    RoundRobinLB,
    SessionClientBuilder,
    SimpleClient,
    SrvProvider,
    attempts_of,
)
from ahoyhoy.http import SessionProxy
from ahoyhoy.lb.iloadbalancer import ILoadBalancer
from ahoyhoy.lb.providers.iprovider import IProvider
from ahoyhoy.retries import ExponentialBackoff, FullJitterBackoff
from ahoyhoy.servicediscovery import ServiceDiscoveryHttpClient
from ahoyhoy.utils.django import get_cookies, get_headers

if TYPE_CHECKING:
    from typing_extensions import assert_type

    from ahoyhoy._core import Attempt, ClientStats, HostStats


def hosts_are_named_pairs() -> None:
    host = Host("10.0.0.1", 8080)
    assert_type(host.address, str)
    assert_type(host.port, int | str)
    Host("10.0.0.1", "8080")
    Host("10.0.0.1", None)  # type: ignore[arg-type]
    Host("10.0.0.1")  # type: ignore[call-arg]
    instance = Instance(host, scheme="https", weight=2, zone="a", authority="users", path="/api")
    assert_type(instance.host, Host)
    assert_type(instance.protocol, str)
    instance.weight = 3  # type: ignore[misc]


class OwnProvider(IProvider):
    def get_list(self) -> Sequence[Host]:
        return [Host("10.0.0.1", 8080)]


class OwnBalancer(ILoadBalancer):
    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    def pick(self) -> Endpoint:
        return self._endpoint

    def update(self) -> None:
        return None


def draw(low: int, high: int) -> int:
    return (low + high) // 2


def balancers_take_providers() -> None:
    session = requests.Session()
    balancers: list[ILoadBalancer] = [
        RoundRobinLB(ListProvider(Host("10.0.0.1", 80), Instance(Host("10.0.0.2", 80)))),
        RoundRobinLB(OwnProvider(), session=session),
        RandomLB(FileProvider("hosts.json"), random_function=draw),
        RandomLB(DnsProvider("users.internal", 80)),
        RoundRobinLB(SrvProvider("_http._tcp.users.internal")),
        OwnBalancer(Endpoint(Host("10.0.0.1", 80))),
    ]
    for balancer in balancers:
        assert_type(balancer.hosts(), tuple[HostStats, ...])
    RoundRobinLB([Host("10.0.0.1", 80)])  # type: ignore[arg-type]
    RoundRobinLB(ListProvider)  # type: ignore[arg-type]


def pre(path: str) -> str:
    return path


def post(response: requests.Response) -> requests.Response:
    return response


def on_error(error: Exception) -> None:
    raise error


def builders_return_themselves(lb: ILoadBalancer) -> Client:
    builder = LBClientBuilder()
    assert_type(builder.add_lb(lb), LBClientBuilder)
    assert_type(builder.add_session(requests.Session()), LBClientBuilder)
    assert_type(builder.add_headers({"X-A": "b"}), LBClientBuilder)
    assert_type(builder.add_retries(RetryPolicy(attempts=2)), LBClientBuilder)
    assert_type(builder.add_retries(Retry(tries=2)), LBClientBuilder)
    assert_type(builder.add_retries(urllib3.Retry(2)), LBClientBuilder)
    assert_type(builder.add_callbacks(pre=pre, post=post, exception=on_error), LBClientBuilder)
    assert_type(builder.add_breaker(failure_threshold=3), LBClientBuilder)
    assert_type(builder.add_timeout((1, 2)), LBClientBuilder)
    assert_type(builder.set_endpoint_updates(2), LBClientBuilder)
    builder.add_lb("10.0.0.1:80")  # type: ignore[arg-type]
    builder.add_headers("X-A: b")  # type: ignore[arg-type]
    builder.add_callbacks(pre=7)  # type: ignore[arg-type]
    builder.add_sesion(None)  # type: ignore[attr-defined]
    assert_type(builder.build(), Client)
    return LBClientBuilder().add_lb(lb).add_headers({}).add_name("users").build()


def a_session_builder_builds_an_endpoint() -> None:
    endpoint = SessionClientBuilder().add_session(requests.Session()).add_headers({}).build()
    assert_type(endpoint, Endpoint)
    assert_type(SimpleClient(), Endpoint)
    assert_type(endpoint.host, Host | None)
    assert_type(endpoint.is_open(), bool)
    assert_type(endpoint.available, bool)
    endpoint.open()
    endpoint.close()


def clients_are_called_like_sessions(client: Client) -> None:
    with client as same:
        assert_type(same, Client)
    response: requests.Response = client.get("/users", params={"a": 1}, timeout=3)
    client.post("/users", {"name": "a"}, {"json": 1}, headers={})
    client.request("GET", "/users", stream=True)
    assert_type(client.hosts(), tuple[HostStats, ...])
    assert_type(client.stats(), ClientStats)
    assert_type(attempts_of(response), tuple[Attempt, ...])
    client.get()  # type: ignore[call-arg]
    Client("10.0.0.1:80")  # type: ignore[arg-type]
    Client(OwnBalancer, 1)  # type: ignore[arg-type]


def statistics_are_values(client: Client) -> None:
    for host in client.hosts():
        assert_type(host.circuit, str)
        assert_type(host.in_flight, int)
        assert_type(host.latency, float | None)
        host.failures = 0  # type: ignore[misc]
    assert_type(client.stats().calls, int)


def errors_are_errors_of_requests(client: Client) -> int | None:
    try:
        client.get("/users")
    except Ahoyhoy500Exception as error:
        assert_type(error.attempts, "tuple[Attempt, ...]")
        return None if error.response is None else error.response.status_code
    except (CircuitOpenError, ClientNoEndpointsException) as error:
        failed: requests.ConnectionError = error
        logging.getLogger("users").warning("%s", failed)
    except AhoyhoyError as error:
        for attempt in error.attempts:
            assert_type(attempt.host, Host)
            assert_type(attempt.status, int | None)
    return None


def add(first: int, second: int = 0) -> int:
    return first + second


def breakers_keep_the_types_of_what_they_guard() -> None:
    breaker = CircuitBreaker("ledger", failure_threshold=3)
    assert_type(breaker.call(add, 1, second=2), int)
    guarded = breaker(add)
    assert_type(guarded(1), int)
    guarded("1")  # type: ignore[arg-type]
    breaker.call(add, "1")  # type: ignore[arg-type]
    assert_type(breaker.retry_in, float | None)


def policies_are_plain_values() -> None:
    policy = RetryPolicy(
        attempts=4, backoff=FullJitterBackoff(0.1, 2.0), methods={"GET"}, statuses=[503]
    )
    assert_type(policy.attempts, int)
    RetryPolicy(backoff=ExponentialBackoff(0.1))
    RetryPolicy(backoff=0.1)  # type: ignore[arg-type]
    RetryPolicy(tries=3)  # type: ignore[call-arg]


def the_rest_of_4x_is_typed() -> None:
    proxy = SessionProxy(requests.Session(), pre, post, on_error)
    response: requests.Response = proxy.get("http://10.0.0.1/")
    client = ServiceDiscoveryHttpClient(Host("10.0.0.1", 80))
    assert_type(client.url, str)
    assert_type(client.host, Host)
    request: Any = response
    assert_type(get_headers(request, ["X-A"]), dict[str, str])
    assert_type(get_cookies(request, ("id",)), dict[str, str])
    assert_type(ahoyhoy.Host("a", 1), Host)
