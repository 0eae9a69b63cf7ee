"""Fakes, virtual time and real loopback servers, for the library's tests and for yours."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .clock import FakeClock
    from .cluster import Cluster
    from .simulator import Reply, ScriptedNetwork, Sent, Simulator

# Lazy: a clock needs no HTTP library, a server process no client.
_HOME_OF = {
    "Cluster": "cluster",
    "FakeClock": "clock",
    "Reply": "simulator",
    "ScriptedNetwork": "simulator",
    "Sent": "simulator",
    "Simulator": "simulator",
}

__all__ = ("Cluster", "FakeClock", "Reply", "ScriptedNetwork", "Sent", "Simulator")


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_HOME_OF[name]}", __name__), name)
