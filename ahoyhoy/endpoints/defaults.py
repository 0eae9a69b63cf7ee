"""What a client adds to each of its calls: headers, a timeout, callbacks."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from requests.structures import CaseInsensitiveDict


class Unset(enum.Enum):
    """For arguments where None has a meaning of its own: `timeout=None` waits for ever."""

    UNSET = "unset"


UNSET: Final = Unset.UNSET


@dataclass(frozen=True, slots=True)
class Defaults:
    """Headers and a timeout for calls that do not bring their own.

    Args:
        headers: sent with each call; a call's own header of the same name wins.
        timeout: as `requests` takes it, in seconds; UNSET: the session's business.
    """

    headers: Mapping[str, str] = field(default_factory=dict)
    timeout: Any = UNSET

    @property
    def fallback_timeout(self) -> Any:
        """The timeout for the transport to add; None: none."""
        return None if self.timeout is UNSET else self.timeout

    def with_headers(self, headers: Mapping[str, str]) -> Defaults:
        """The same with more headers."""
        return replace(self, headers=_merged(self.headers, headers))

    def then(self, other: Defaults) -> Defaults:
        """These, overridden by others."""
        timeout = self.timeout if other.timeout is UNSET else other.timeout
        return Defaults(_merged(self.headers, other.headers), timeout)

    def for_call(self, options: Mapping[str, Any], *, timeout: bool) -> Mapping[str, Any]:
        """The keyword arguments of a call, completed."""
        added: dict[str, Any] = {}
        if self.headers:
            added["headers"] = _merged(self.headers, options.get("headers") or {})
        if timeout and self.timeout is not UNSET and "timeout" not in options:
            added["timeout"] = self.timeout
        return {**options, **added} if added else options


NOTHING = Defaults()


@dataclass(frozen=True, slots=True)
class Callbacks:
    """What runs around each attempt; see `Endpoint`.

    Args:
        pre: takes the path, returns a path or a whole URL.
        post: takes the response, returns the result of the call.
        exception: takes the exception, returns a result or raises.
    """

    pre: Callable[[str], str] | None = None
    post: Callable[[Any], Any] | None = None
    exception: Callable[[Exception], Any] | None = None


NO_CALLBACKS = Callbacks()


def _merged(first: Mapping[str, str], second: Mapping[str, str]) -> dict[str, str]:
    if not first or not second:
        return {**first, **second}
    merged = CaseInsensitiveDict(first)
    merged.update(second)
    return dict(merged)
