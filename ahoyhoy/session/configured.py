"""The settings of a service that the configuration file has, as those of a session."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, NamedTuple

from .. import lb as balancers
from ..calling.settings import settings_of
from ..circuit import BreakerFactory, BreakerSettings
from ..configuration import ServiceTable
from ..health import HealthCheck
from ..lb import Limits, LoadBalancer, PeakEwmaLB
from ..lb.providers.targets.target import service_of
from ..propagation import Propagation
from ..retries import RetryBudget, RetryPolicy
from ..strategies import Hedged
from .exchange import Naming
from .names import origins_of


@dataclass(frozen=True)
class _Part:
    """A table below that of a service, which stands for one object.

    Args:
        make: makes it of the table's keys.
        keys: of the table; without them, all arguments of `signature`.
        signature: where the defaults of the keys are written down; without it, in `make`.
        is_default: whether a service has one without being told.
    """

    make: Callable[..., Any]
    keys: tuple[str, ...] = ()
    signature: Callable[..., Any] | None = None
    is_default: bool = False

    @property
    def defaults(self) -> dict[str, Any]:
        """By key, what counts where it is not given."""
        parameters = inspect.signature(self.signature or self.make).parameters
        keys = self.keys or parameters
        return {key: _default(parameters[key]) for key in keys}


def _check(path: str | None = None, **said: Any) -> HealthCheck:
    return HealthCheck(path, **said)


_CHECK = ("path", "interval", "timeout", "rise", "fall", "jitter", "statuses")
_PARTS = {
    "limits": _Part(Limits),
    "retry_budget": _Part(RetryBudget, ("ratio", "floor", "window"), is_default=True),
    "breaker": _Part(BreakerFactory, signature=BreakerSettings, is_default=True),
    "health_check": _Part(_check, _CHECK, HealthCheck),
    "hedged": _Part(Hedged, ("attempts", "delay", "max_extra")),
    "propagation": _Part(Propagation),
}

#: Which argument of a `RetryPolicy` a key is.
_POLICY = {
    "attempts": "attempts",
    "retry_methods": "methods",
    "retry_statuses": "statuses",
    "failover": "failover",
    "failover_time": "failover_time",
}
_CALLS = ("timeout", "deadline", "priority", "ep_list_update_tries")
_NAMES = ("host_header", "server_name")
_KNOWN = ("target", "name", "lb", *_CALLS, *_POLICY, *_NAMES, *_PARTS)


class InEffect(NamedTuple):
    """A setting of a service as it counts, and where it comes from: `file:line` or `default`."""

    key: str
    value: Any
    origin: str


def configured(target: Any) -> dict[str, Any]:
    """The arguments of a `Session` that the configuration has for a target; none for most.

    Raises:
        ConfigurationError: for what cannot be; names file, line, table and key.
    """
    table = service_of(target) if isinstance(target, str) else None
    return {} if table is None else options_of(table)


def options_of(table: ServiceTable) -> dict[str, Any]:
    """The arguments of a `Session` that a table of the configuration stands for.

    Raises:
        ConfigurationError: for what cannot be; names file, line, table and key.
    """
    table.check_keys(_KNOWN, table.values)
    said = table.values
    _try(table, ("name",) if "name" in said else (), origins_of, name=table.known_as)
    options: dict[str, Any] = {}
    for key in _CALLS:
        if key in said:
            value = tuple(said[key]) if isinstance(said[key], list) else said[key]
            _try(table, (key,), settings_of, **{key: value})
            options[key] = value
    for key in _NAMES:
        if key in said:
            _try(table, (key,), Naming, **{key: said[key]})
            options[key] = said[key]
    if "lb" in said:
        options["lb"] = _balancer(table)
    parts = {key: _made(table, key) for key in _PARTS if key in said}
    hedged = parts.pop("hedged", None)
    options.update(parts)
    policy = _policy(table)
    if hedged is not None:
        options["strategy"] = Hedged(**said["hedged"], policy=policy)
    elif policy is not None:
        options["policy"] = policy
    return options


def in_effect(table: ServiceTable) -> Iterator[InEffect]:
    """All settings of a service, in the order of the reference.

    Raises:
        ConfigurationError: as `options_of`.
    """
    options_of(table)
    for key, default in _defaults(table).items():
        if key in table.values:
            yield InEffect(key, table.values[key], table.origin(key))
        else:
            yield InEffect(key, default, "default")
    for name, part in _PARTS.items():
        said = table.values.get(name)
        if not isinstance(said, dict) and (said is False or not part.is_default):
            yield InEffect(name, None, "default" if said is None else table.origin(name))
            continue
        for key, default in part.defaults.items():
            if key in (said or {}):
                yield InEffect(f"{name}.{key}", said[key], table.origin(name, key))  # type: ignore[index]
            else:
                yield InEffect(f"{name}.{key}", default, "default")


def _defaults(table: ServiceTable) -> dict[str, Any]:
    settings, naming, policy = settings_of(), Naming(), RetryPolicy()
    return {
        "target": None,
        "name": table.known_as,
        "lb": PeakEwmaLB.__name__,
        **{key: getattr(settings, key) for key in _CALLS},
        **{key: getattr(policy, argument) for key, argument in _POLICY.items()},
        **{key: getattr(naming, key) for key in _NAMES},
    }


def _policy(table: ServiceTable) -> RetryPolicy | None:
    said = {key: table.values[key] for key in _POLICY if key in table.values}
    for key, value in said.items():
        _try(table, (key,), RetryPolicy, **{_POLICY[key]: value})
        if key == "failover":
            _check_flag(table, value, key)
    return RetryPolicy(**{_POLICY[key]: value for key, value in said.items()}) if said else None


def _made(table: ServiceTable, name: str) -> Any:
    part, said = _PARTS[name], table.values[name]
    if said is False and part.is_default and name != "breaker":
        return None
    if not isinstance(said, dict):
        raise table.wrong(f"is a table: {name} = {{{next(iter(part.defaults))} = …}}", name)
    defaults = part.defaults
    table.check_keys(defaults, said, name)
    for key, value in said.items():
        if isinstance(defaults[key], bool):
            _check_flag(table, value, name, key)
        _try(table, (name, key), part.make, **{key: value})
    return _try(table, (name,), part.make, **said)


def _check_flag(table: ServiceTable, value: Any, *keys: str) -> None:
    if not isinstance(value, bool):
        raise table.wrong(f"is true or false, not {value!r}", *keys)


def _try(table: ServiceTable, keys: tuple[str, ...], make: Callable[..., Any], **said: Any) -> Any:
    try:
        return make(**said)
    except (TypeError, ValueError) as error:
        raise table.wrong(str(error), *keys) from error


def _balancer(table: ServiceTable) -> type[LoadBalancer]:
    name = table.values["lb"]
    known = [name for name in balancers.__all__ if name.endswith("LB")]
    if name not in known:
        near = get_close_matches(str(name), known, 1)
        advice = f"{near[0]} perhaps?" if near else f"there are {', '.join(known)}"
        raise table.wrong(f"is the name of a balancer, not {name!r}; {advice}", "lb")
    found: type[LoadBalancer] = getattr(balancers, name)
    return found


def _default(parameter: inspect.Parameter) -> Any:
    return None if parameter.default is parameter.empty else parameter.default
