"""What one call asks for: the request, and how it is to be made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .._core import Call, Deadline, earliest
from ..propagation import ambient_deadline, mixed_priority
from ..strategies import Strategy
from ..strategies.strategy import check_strategy
from .settings import Settings, checked_priority

#: Keyword arguments of a verb that are the client's: `requests` never sees them.
_OWN = frozenset({"deadline", "strategy", "priority", "key"})
_NOTHING: Mapping[str, Any] = {}


class Asked(NamedTuple):
    """One call, and the strategy it brings.

    Args:
        call: the request.
        strategy: how its attempts follow each other; None: as the client's do.
    """

    call: Call
    strategy: Strategy | None


def asked_of(
    settings: Settings,
    verb: str,
    method: str,
    url: str,
    args: tuple[Any, ...],
    options: dict[str, Any],
) -> Asked:
    """What a verb's arguments ask for, beside the client's settings and the code around the call.

    Raises:
        ValueError, TypeError: for a `deadline`, `priority`, `key` or `strategy` that cannot be.
    """
    own = _NOTHING
    if not _OWN.isdisjoint(options):
        own = {name: options[name] for name in _OWN & options.keys()}
        options = {name: value for name, value in options.items() if name not in _OWN}
    strategy = own.get("strategy")
    if strategy is not None:
        check_strategy(strategy)
    call = Call.of(verb, method, url, args, options)
    deadline = _deadline(settings, own)
    priority = mixed_priority(checked_priority(own.get("priority", settings.priority)))
    key = _checked_key(own.get("key"))
    if deadline is not None or priority is not None or key is not None:
        call = call.with_(deadline=deadline, priority=priority, key=key)
    return Asked(call, strategy)


def _deadline(settings: Settings, own: Mapping[str, Any]) -> Deadline | None:
    """The earliest there is: a call cannot have longer than the code that waits for it."""
    seconds = own.get("deadline", settings.deadline)
    ambient = ambient_deadline(settings.clock)
    if seconds is None:
        return ambient
    return earliest(Deadline.after(seconds, settings.clock), ambient)


def _checked_key(key: Any) -> str | None:
    if key is None or isinstance(key, str):
        return key
    raise TypeError(f"key is a string, for example the user's name, not {key!r}")
