"""Fakes, virtual time and real loopback servers, for the library's tests and for yours."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .callers import Caller
    from .clock import FakeClock
    from .cluster import Cluster
    from .faults import during, exponential, lognormal, sometimes, uniform
    from .network import ScriptedNetwork
    from .replies import Behaviour, Reply, Sent
    from .simulator import Simulator
    from .virtualtime import StandstillError

# Lazy: a clock needs no HTTP library, a server process no client.
_HOME_OF = {
    "Behaviour": "replies",
    "Caller": "callers",
    "Cluster": "cluster",
    "FakeClock": "clock",
    "Reply": "replies",
    "ScriptedNetwork": "network",
    "Sent": "replies",
    "Simulator": "simulator",
    "StandstillError": "virtualtime",
    "during": "faults",
    "exponential": "faults",
    "lognormal": "faults",
    "sometimes": "faults",
    "uniform": "faults",
}

__all__ = (
    "Behaviour",
    "Caller",
    "Cluster",
    "FakeClock",
    "Reply",
    "ScriptedNetwork",
    "Sent",
    "Simulator",
    "StandstillError",
    "during",
    "exponential",
    "lognormal",
    "sometimes",
    "uniform",
)


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_HOME_OF[name]}", __name__), name)
