"""Registries, registration and shared circuits as a user's type checker sees them: never run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ahoyhoy
from ahoyhoy import (
    Adapter,
    BreakerFactory,
    CallableProvider,
    ChainProvider,
    CircuitBreaker,
    ConsulProvider,
    ConsulRegistry,
    EtcdProvider,
    EtcdRegistry,
    EurekaProvider,
    EurekaRegistry,
    Host,
    KubernetesProvider,
    LBClientBuilder,
    ListProvider,
    MergeProvider,
    RedisCircuits,
    RedisProvider,
    Registration,
    Session,
    ZooKeeperProvider,
    ZooKeeperRegistry,
)
from ahoyhoy.lb.providers.iprovider import IProvider

if TYPE_CHECKING:
    from typing_extensions import assert_type


def found() -> list[Host]:
    return [Host("10.0.0.1", 8080)]


def registries_are_providers() -> None:
    providers: list[IProvider] = [
        ConsulProvider("users", tag="v2"),
        EtcdProvider("services/users"),
        ZooKeeperProvider("/services/users"),
        KubernetesProvider("default", "users", "http"),
        EurekaProvider("users"),
        RedisProvider("services:users"),
        CallableProvider(found),
        ChainProvider(ConsulProvider("users"), ListProvider(*found())),
        MergeProvider(ConsulProvider("users"), EtcdProvider("services/users")),
    ]
    for provider in providers:
        Session(provider).close()
    ConsulProvider(7)  # type: ignore[arg-type]


def a_process_registers_itself() -> None:
    for registry in (ConsulRegistry(), EtcdRegistry(), ZooKeeperRegistry()):
        with Registration(registry, "users", ("10.0.0.1", 8080)) as registration:
            assert_type(registration.registered, bool)
    Registration(EurekaRegistry(), "users", Host("10.0.0.1", 8080), ttl=30)
    Registration(7, "users", ("10.0.0.1", 8080))  # type: ignore[arg-type]


def circuits_may_be_shared() -> None:
    circuits = RedisCircuits("redis://redis.internal/0", failure_threshold=3)
    assert_type(circuits("10.0.0.1:8080"), CircuitBreaker)
    Session("dns://users.internal:8080", breaker=circuits)
    Adapter("dns://users.internal:8080", breaker=BreakerFactory(failure_threshold=3))
    Session("dns://users.internal:8080", breaker="redis://")  # type: ignore[arg-type]
    builder = LBClientBuilder()
    assert_type(builder.add_breaker(circuits), LBClientBuilder)
    builder.add_breaker(BreakerFactory()).add_breaker(CircuitBreaker)
    builder.add_breaker("redis://redis.internal/0")  # type: ignore[arg-type]
    assert_type(ahoyhoy.RedisCircuits(), RedisCircuits)
