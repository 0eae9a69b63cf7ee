"""What one request of a session asks for beyond requests: deadline, priority, key, strategy.

It travels beside the request, from `Session.request` to the adapter, and holds after a redirect too.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from .._core import Call
from ..calling.asking import Asked, asked_of
from ..calling.settings import Settings
from ..classifiers.redaction import without_query
from ..propagation import current_deadline, current_priority

#: The arguments of `Session.request` that `requests` does not know.
NAMES = frozenset(("deadline", "strategy", "priority", "key"))

_NOTHING = Asked(Call("", ""), None)

#: What the requests of this thread or task ask for; None: for nothing.
ASKED: ContextVar[Asked | None] = ContextVar("ahoyhoy_asked", default=None)


def asked_now(settings: Settings, method: str, url: str) -> Asked:
    """What the request that is made now asks for, or else the settings and the code around it."""
    said = ASKED.get()
    if said is not None:
        return said
    given: tuple[Any, ...] = (settings.deadline, settings.priority)
    if given == (current_deadline(), current_priority()) == (None, None):
        return _NOTHING
    return asked(settings, method, url, {})


def asked(settings: Settings, method: str, url: str, extras: dict[str, Any]) -> Asked:
    """What the extra arguments of a request ask for, beside the settings and the code around it.

    Raises:
        ValueError, TypeError: for one that cannot be.
    """
    return asked_of(settings, "get", method, url, (), extras)


def refusal(extras: dict[str, Any], url: Any) -> TypeError:
    """The error for arguments that nobody knows, or that are for services and not for this URL."""
    unknown = extras.keys() - NAMES
    if unknown:
        return TypeError(f"request() got an unexpected keyword argument {min(unknown)!r}")
    shown = without_query(url) if isinstance(url, str) else repr(url)
    return TypeError(f"{min(extras)}= is for the URL of a service, and {shown!r} is no service's")
