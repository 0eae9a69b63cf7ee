"""What a scripted host does with a request."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

import requests

from ..utils import Host

Fault = Literal["refused", "unreachable", "reset", "stall", "drip"]
_FAULTS = ("refused", "unreachable", "reset", "stall", "drip")

#: How long something takes: a function of the chance that it takes it from.
Distribution: TypeAlias = Callable[[random.Random], float]


@dataclass(frozen=True)
class Reply:
    """How a scripted host answers one request.

    Args:
        status: the HTTP status. Default 200.
        seconds: how long the answer takes; beyond the request's read timeout it is that timeout.
            A function of a `random.Random`, too: `exponential(0.02)`.
        body: the answer's bytes.
        headers: the answer's headers.
        fault: instead of an answer: `"refused"`, `"unreachable"` (costs the connect timeout),
            `"reset"` (the request was sent, then the connection broke) or `"stall"` (the request
            was sent, and no answer comes); `"drip"`: the body comes byte by byte.
        interval: seconds between two bytes of a body that drips. Default 0.1.

    Raises:
        ValueError: for an unknown fault, or times below 0.
    """

    status: int = 200
    seconds: float | Distribution = 0.0
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    fault: Fault | None = None
    interval: float = 0.1

    def __post_init__(self) -> None:
        if self.fault not in (None, *_FAULTS):
            raise ValueError(
                f"fault must be one of {', '.join(map(repr, _FAULTS))}, not {self.fault!r}"
            )
        if not (callable(self.seconds) or self.seconds >= 0) or not self.interval >= 0:
            raise ValueError(
                f"an answer takes seconds from 0 up, not {self.seconds!r},"
                f" and {self.interval!r} between two bytes"
            )


class Sent(NamedTuple):
    """A request that reached a scripted host (one that was refused did not)."""

    at: float
    host: Host
    method: str
    path: str


#: A function of the request, the time and chance: what the host does.
Behaviour: TypeAlias = Callable[
    [requests.PreparedRequest, float, random.Random], "Reply | Behaviour"
]


def chosen(
    item: Reply | Behaviour, request: requests.PreparedRequest, at: float, rng: random.Random
) -> Reply:
    """The reply that a behaviour comes to.

    Raises:
        TypeError: when it comes to something else.
    """
    while callable(item):
        item = item(request, at, rng)
    if not isinstance(item, Reply):
        raise TypeError(
            f"a host is scripted with Reply(…) or functions that return it, not {item!r}"
        )
    return item
