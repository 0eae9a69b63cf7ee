"""Load-balancing, circuit-breaking, service-discovery-aware HTTP client in the `requests` style.

>>> from ahoyhoy import Host, LBClientBuilder, ListProvider, RoundRobinLB
>>> hosts = ListProvider(Host("10.0.0.1", 8080), Host("10.0.0.2", 8080))
>>> users = LBClientBuilder().add_lb(RoundRobinLB(hosts)).build()
>>> users.get("/users/1")
<Response [200]>

Nothing happens at import: names are loaded when they are first used.
"""

from __future__ import annotations

import importlib
import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .circuit import BreakerFactory, CircuitBreaker, RedisCircuits
    from .client import Client, LBClientBuilder, SessionClientBuilder, SimpleClient, attempts_of
    from .endpoints import Endpoint
    from .exceptions import (
        Ahoyhoy500Exception,
        AhoyhoyError,
        CircuitOpenError,
        ClientNoEndpointsException,
        DeadlineExceeded,
        LimitExceededError,
    )
    from .health import HealthCheck
    from .lb import (
        ConsistentHashLB,
        FailoverLB,
        LeastRequestLB,
        Limits,
        PeakEwmaLB,
        RandomLB,
        RoundRobinLB,
        WeightedRoundRobinLB,
    )
    from .lb.providers import (
        CallableProvider,
        ChainProvider,
        ConsulProvider,
        DnsProvider,
        EtcdProvider,
        EurekaProvider,
        FileProvider,
        KubernetesProvider,
        ListProvider,
        MergeProvider,
        RedisProvider,
        SrvProvider,
        SubsetProvider,
        ZoneProvider,
        ZooKeeperProvider,
    )
    from .propagation import Propagation, deadline, priority
    from .registration import (
        ConsulRegistry,
        EtcdRegistry,
        EurekaRegistry,
        Registration,
        ZooKeeperRegistry,
    )
    from .retries import Retry, RetryBudget, RetryPolicy
    from .session import Adapter, Session
    from .strategies import Hedged, PerMethod, Sequential, Single
    from .utils import Host, Instance

# A library says nothing by itself: the application decides what of its log is shown.
logging.getLogger(__name__).addHandler(logging.NullHandler())

_HOMES = {
    "circuit": ("BreakerFactory", "CircuitBreaker", "RedisCircuits"),
    "client": ("Client", "LBClientBuilder", "SessionClientBuilder", "SimpleClient", "attempts_of"),
    "endpoints": ("Endpoint",),
    "exceptions": (
        "Ahoyhoy500Exception",
        "AhoyhoyError",
        "CircuitOpenError",
        "ClientNoEndpointsException",
        "DeadlineExceeded",
        "LimitExceededError",
    ),
    "health": ("HealthCheck",),
    "lb": (
        "ConsistentHashLB",
        "FailoverLB",
        "LeastRequestLB",
        "Limits",
        "PeakEwmaLB",
        "RandomLB",
        "RoundRobinLB",
        "WeightedRoundRobinLB",
    ),
    "lb.providers": (
        "CallableProvider",
        "ChainProvider",
        "ConsulProvider",
        "DnsProvider",
        "EtcdProvider",
        "EurekaProvider",
        "FileProvider",
        "KubernetesProvider",
        "ListProvider",
        "MergeProvider",
        "RedisProvider",
        "SrvProvider",
        "SubsetProvider",
        "ZoneProvider",
        "ZooKeeperProvider",
    ),
    "propagation": ("Propagation", "deadline", "priority"),
    "registration": (
        "ConsulRegistry",
        "EtcdRegistry",
        "EurekaRegistry",
        "Registration",
        "ZooKeeperRegistry",
    ),
    "retries": ("Retry", "RetryBudget", "RetryPolicy"),
    "session": ("Adapter", "Session"),
    "strategies": ("Hedged", "PerMethod", "Sequential", "Single"),
    "utils": ("Host", "Instance"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = (
    "Adapter",
    "Ahoyhoy500Exception",
    "AhoyhoyError",
    "BreakerFactory",
    "CallableProvider",
    "ChainProvider",
    "CircuitBreaker",
    "CircuitOpenError",
    "Client",
    "ClientNoEndpointsException",
    "ConsistentHashLB",
    "ConsulProvider",
    "ConsulRegistry",
    "DeadlineExceeded",
    "DnsProvider",
    "Endpoint",
    "EtcdProvider",
    "EtcdRegistry",
    "EurekaProvider",
    "EurekaRegistry",
    "FailoverLB",
    "FileProvider",
    "HealthCheck",
    "Hedged",
    "Host",
    "Instance",
    "KubernetesProvider",
    "LBClientBuilder",
    "LeastRequestLB",
    "LimitExceededError",
    "Limits",
    "ListProvider",
    "MergeProvider",
    "PeakEwmaLB",
    "PerMethod",
    "Propagation",
    "RandomLB",
    "RedisCircuits",
    "RedisProvider",
    "Registration",
    "Retry",
    "RetryBudget",
    "RetryPolicy",
    "RoundRobinLB",
    "Sequential",
    "Session",
    "SessionClientBuilder",
    "SimpleClient",
    "Single",
    "SrvProvider",
    "SubsetProvider",
    "WeightedRoundRobinLB",
    "ZoneProvider",
    "ZooKeeperProvider",
    "ZooKeeperRegistry",
    "attempts_of",
    "deadline",
    "priority",
)


def __getattr__(name: str) -> Any:
    if name in _HOME_OF:
        value = getattr(importlib.import_module(f".{_HOME_OF[name]}", __name__), name)
        globals()[name] = value
        return value
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 - 20 ms

        try:
            globals()[name] = version(__name__)
        except PackageNotFoundError:  # a source tree that is not installed
            globals()[name] = "0.0"
        return globals()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, "__version__"})
