"""From what a session is given to the services it has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypedDict

from .._core import Call, Clock
from ..calling.duck import balancer_of
from ..calling.settings import settings_of
from ..circuit.factory import Maker
from ..events import Listener
from ..exceptions import BuilderError, InvalidHostError
from ..health import HealthCheck
from ..lb.iloadbalancer import ILoadBalancer
from ..lb.limits import Limits
from ..lb.peakewmalb import PeakEwmaLB
from ..lb.providers.derivedprovider import DerivedProvider
from ..lb.providers.iprovider import IProvider
from ..lb.providers.listprovider import ListProvider
from ..lb.providers.spokenprovider import SpokenProvider
from ..lb.providers.targets.target import name_of, provider_of
from ..retries import RetryBudget
from ..retries.policy import Policy
from ..strategies import Strategy
from ..utils.instance import as_instance, protocol_of
from .configured import configured
from .exchange import Naming
from .service import Service

#: Settings of a `Client` that mean nothing here: requests has its own way to say them.
_OTHERS = {
    "callbacks": "use hooks= of the session",
    "driver": "a session blocks the thread that calls it",
    "headers": "use session.headers",
    "raise_for_status": "call response.raise_for_status()",
    "retry_http_call_func": "use policy=RetryPolicy(…)",
    "session": "mount its adapters on this one",
}


class Options(TypedDict, total=False):
    """The keyword arguments of `Session` and `Adapter`, for type checkers and editors."""

    lb: Callable[[IProvider], ILoadBalancer] | None
    policy: Policy | None
    strategy: Strategy | None
    deadline: float | None
    timeout: Any
    breaker: Maker | None
    limits: Limits | None
    listeners: Sequence[Listener]
    retry_budget: RetryBudget | None
    priority: str | None
    propagation: Callable[[Call], Call] | None
    health_check: HealthCheck | None
    host_header: str
    server_name: str
    ep_list_update_tries: int
    clock: Clock


#: Those that are none of `Settings`.
_OWN = ("lb", "breaker", "host_header", "server_name")


def service_of(target: Any, name: str | None, options: Options) -> Service:
    """The service that a target stands for.

    Args:
        target: where its hosts are. Of `lb://users` the configuration has settings, too.
        name: of the service; None: it has none.
        options: as for `Session`.

    Raises:
        TypeError, ValueError: for a target or setting that cannot be used.
    """
    settings: dict[str, Any] = dict(options)
    _check(settings)
    settings = _over(configured(target), settings)
    lb, breaker, *names = (settings.pop(option, None) for option in _OWN)
    balancer = _balancer(target, lb)
    naming = Naming(*("service" if by is None else by for by in names))
    if breaker is not None:
        balancer.use_breaker(breaker)
    chosen = settings_of(name=name, raise_for_status=False, **settings)
    return Service(balancer, chosen, naming)


def _over(configuration: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """What the configuration says where the code says nothing."""
    if "policy" in given or "strategy" in given:  # two answers to one question
        configuration = {k: v for k, v in configuration.items() if k not in ("policy", "strategy")}
    return {**configuration, **given}


def own_name(target: Any) -> str | None:
    """What a target is called by itself; None for one that is only a list of hosts."""
    return name_of(target) if isinstance(target, str) else None


def speaks_tls(lb: ILoadBalancer) -> bool:
    """Whether all hosts of a balancer are surely spoken to in TLS; asks nobody."""
    source: Any = None if lb._members is None else lb._members.provider
    while isinstance(source, DerivedProvider) and not isinstance(source, SpokenProvider):
        source = source._provider
    if isinstance(source, ListProvider):
        hosts = source.get_list()
        return bool(hosts) and all(_protocol(host) == "https" for host in hosts)
    scheme, port = getattr(source, "_scheme", None), getattr(source, "_port", None)
    return scheme == "https" or (scheme is None and protocol_of(port) == "https")


def _protocol(host: Any) -> str | None:
    try:
        return as_instance(host).protocol
    except InvalidHostError:  # the balancer will say so
        return None


def _balancer(target: Any, lb: Any) -> ILoadBalancer:
    if lb is not None and not callable(lb):
        raise BuilderError(
            f"lb= makes a balancer of a provider: give a class such as LeastRequestLB, not {lb!r}"
        )
    if isinstance(target, str):
        target = provider_of(target)
    if isinstance(target, IProvider):
        return balancer_of((PeakEwmaLB if lb is None else lb)(target))
    if isinstance(target, type) or not callable(getattr(target, "pick", None)):
        raise BuilderError(
            f"{target!r} is no target: give a string ('dns://users.internal:8080',"
            " 'http://10.0.0.1:8080,10.0.0.2:8080'), a provider, or a balancer"
        )
    if lb is not None:
        raise BuilderError(
            "lb= makes a balancer of a provider, and this target is a balancer already: leave lb= out"
        )
    balancer = balancer_of(target)
    if balancer._session is not None:
        raise BuilderError(
            "this balancer has a session for its hosts, and here the session is the one that is"
            " being made: give the balancer none, and mount adapters on this session"
        )
    return balancer


def _check(settings: dict[str, Any]) -> None:
    for setting in sorted(settings):
        if setting in _OTHERS:
            raise TypeError(f"a Session has no setting {setting}: {_OTHERS[setting]}")
        if setting not in Options.__annotations__:
            known = ", ".join(sorted(Options.__annotations__))
            raise TypeError(f"a Session has no setting {setting}; it has {known}")
