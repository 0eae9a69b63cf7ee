"""Telling the called service how long somebody waits, how urgent it is, and who asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._core import Call
from .headers import PRIORITY, REQUEST_TIMEOUT, SERVICE, SERVICE_NAME, TIMEOUTS, format_timeout


@dataclass(frozen=True, slots=True, kw_only=True)
class Propagation:
    """Adds to each attempt what the called service should know of the call.

    A header that the caller gave the call is left as it is; given as None, it is not sent at all.

    Args:
        timeout: the header that carries the seconds left of the deadline when the attempt is
            sent: `"X-Request-Timeout"` (decimal seconds; the default), `"grpc-timeout"` or
            `"x-envoy-expected-rq-timeout-ms"`; None: none of them. Nothing is added to a call
            without a deadline.
        priority: whether `X-Request-Priority` is added to a call with a priority.
        service_name: the caller's own name, for `X-Service-Name`; None: it is not sent.

    Raises:
        ValueError: for another header, or a name that no header can hold.

    Threading: it has no state; any number of threads may use one.
    """

    timeout: str | None = REQUEST_TIMEOUT
    priority: bool = True
    service_name: str | None = None

    def __post_init__(self) -> None:
        if self.timeout is not None and self.timeout not in TIMEOUTS:
            raise ValueError(
                f"timeout must be one of {', '.join(TIMEOUTS)}, or None; not {self.timeout!r}"
            )
        name = self.service_name
        if name is not None and not (isinstance(name, str) and SERVICE.fullmatch(name)):
            raise ValueError(
                f"service_name must be up to 128 visible ASCII characters, not {name!r}"
            )

    def __call__(self, call: Call) -> Call:
        """The call as it is to be sent now."""
        given: Any = call.options.get("headers") or {}
        if not isinstance(given, Mapping):
            return call  # requests says best what is wrong with it
        names = {_text(name).lower() for name in given}
        added = {n: value for n, value in self._headers(call).items() if n.lower() not in names}
        return call.with_options(headers={**given, **added}) if added else call

    def _headers(self, call: Call) -> dict[str, str]:
        headers = {}
        if self.timeout is not None and call.deadline is not None:
            headers[self.timeout] = format_timeout(self.timeout, call.deadline.remaining())
        if self.priority and call.priority is not None:
            headers[PRIORITY] = call.priority
        if self.service_name is not None:
            headers[SERVICE_NAME] = self.service_name
        return headers


def _text(name: Any) -> str:
    return name.decode("latin-1") if isinstance(name, bytes) else str(name)
