"""The hosts that the call being made has tried: for rules of choice that are not told of calls.

In 4.x the first failure opened a circuit, so that a balancer's own `pick()`, which asks
`endpoint.available`, went on to another host by itself. A circuit takes more than one failure now;
during a call's pick the endpoints it tried say that they are not available.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_tried: ContextVar[Collection[Any]] = ContextVar("tried", default=())


@contextmanager
def avoiding(hosts: Collection[Any]) -> Iterator[None]:
    """Within it, `is_avoided` is true of these hosts, in this thread or task."""
    token = _tried.set(hosts)
    try:
        yield
    finally:
        _tried.reset(token)


def is_avoided(host: Any) -> bool:
    """Whether the call being made has tried this host."""
    return host in _tried.get()
