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
    ConsistentHashLB,
    DeadlineExceeded,
    DnsProvider,
    Endpoint,
    FailoverLB,
    FileProvider,
    HealthCheck,
    Hedged,
    Host,
    Instance,
    LBClientBuilder,
    LeastRequestLB,
    LimitExceededError,
    Limits,
    ListProvider,
    PeakEwmaLB,
    PerMethod,
    Propagation,
    RandomLB,
    Retry,
    RetryBudget,
    RetryPolicy,
    RoundRobinLB,
    Sequential,
    SessionClientBuilder,
    SimpleClient,
    Single,
    SrvProvider,
    SubsetProvider,
    WeightedRoundRobinLB,
    ZoneProvider,
    attempts_of,
)
from ahoyhoy.events import AttemptEnded, CircuitChanged, RetryDenied
from ahoyhoy.http import SessionProxy
from ahoyhoy.lb import Gradient2
from ahoyhoy.lb.iloadbalancer import ILoadBalancer
from ahoyhoy.lb.providers.iprovider import IProvider
from ahoyhoy.retries import ConstantBackoff, ExponentialBackoff, FullJitterBackoff
from ahoyhoy.servicediscovery import ServiceDiscoveryHttpClient
from ahoyhoy.strategies import linear_delays
from ahoyhoy.utils.django import get_cookies, get_headers

if TYPE_CHECKING:
    from typing_extensions import assert_type

    from ahoyhoy._core import Attempt, ClientStats, Deadline, HostStats


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
        PeakEwmaLB(OwnProvider(), fail_open=True, slow_start=0.0),
        LeastRequestLB(SubsetProvider(OwnProvider(), 50)),
        WeightedRoundRobinLB(ZoneProvider(OwnProvider(), "eu-1a")),
        ConsistentHashLB(OwnProvider(), header="X-User"),
        FailoverLB(OwnProvider(), overprovisioning=1.2),
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


def listen(event: object) -> None:
    if isinstance(event, RetryDenied):
        assert_type(event.reason, str)
    elif isinstance(event, AttemptEnded):
        assert_type(event.attempt, "Attempt")
    elif isinstance(event, CircuitChanged):
        assert_type(event.host, Host)


def calls_may_be_bounded_and_hedged(lb: ILoadBalancer) -> Client:
    builder = LBClientBuilder().add_lb(lb)
    assert_type(builder.add_strategy(Single()), LBClientBuilder)
    assert_type(builder.add_strategy(Hedged(delays=linear_delays(0.05)), "GET"), LBClientBuilder)
    assert_type(builder.add_retry_budget(RetryBudget(0.1, floor=1.0)), LBClientBuilder)
    assert_type(builder.add_retry_budget(None), LBClientBuilder)
    assert_type(builder.add_deadline(2.5), LBClientBuilder)
    assert_type(builder.add_priority("high"), LBClientBuilder)
    assert_type(builder.add_propagation(Propagation(service_name="shop")), LBClientBuilder)
    assert_type(builder.add_limits(Limits(per_host=Gradient2(), wait=0.5)), LBClientBuilder)
    assert_type(builder.add_health_check(HealthCheck("/health")), LBClientBuilder)
    assert_type(builder.add_listener(listen), LBClientBuilder)
    builder.add_strategy(RetryPolicy())  # type: ignore[arg-type]
    builder.add_deadline("2")  # type: ignore[arg-type]
    builder.add_retry_budget(0.2)  # type: ignore[arg-type]
    builder.add_listener(3)  # type: ignore[arg-type]
    return builder.build()


def a_session_may_have_deadlines_too() -> None:
    builder = SessionClientBuilder().add_session(requests.Session())
    assert_type(builder.add_deadline(2.5).add_strategy(Sequential()), SessionClientBuilder)
    assert_type(builder.build(), Endpoint)
    builder.add_limits(Limits())  # type: ignore[attr-defined]


def strategies_are_made_of_policies() -> None:
    PerMethod({"GET": Hedged(3, 0.1), "POST": Single()}, Sequential(RetryPolicy(2)))
    PerMethod({"GET": "hedged"}, Single())  # type: ignore[dict-item]
    Hedged(delays=0.1)  # type: ignore[arg-type]
    Sequential(urllib3.Retry(3))
    assert_type(ConstantBackoff(0.1).delay(1), float)
    assert_type(RetryBudget().balance, float)


def time_may_be_limited(client: Client) -> float:
    try:
        with ahoyhoy.deadline(2.0) as limit, ahoyhoy.priority("low"):
            assert_type(limit, Deadline)
            client.get("/users", deadline=1.0, strategy=Single(), priority="high", key="ada")
            return limit.remaining()
    except DeadlineExceeded as error:
        late: requests.Timeout = error
        also: TimeoutError = error
        logging.getLogger("users").warning("%s %s %s", late, also, error.attempts)
    except LimitExceededError as error:
        assert_type(error.attempts, "tuple[Attempt, ...]")
    assert_type(client.stats().retry_budget, float | None)
    assert_type(client.stats().denied, int)
    return 0.0


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
