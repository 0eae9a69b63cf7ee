"""What a step of a call asks its driver to do."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from .types import Call

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Send:
    """Make one attempt on an endpoint; the driver answers with its `Outcome`."""

    endpoint: Any
    call: Call


@dataclass(frozen=True, slots=True)
class Sleep:
    """Let `seconds` pass."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Block:
    """Run a function that may block; the driver answers with its result."""

    function: Callable[[], Any]


Effect: TypeAlias = Send | Sleep | Block

#: A generator of effects that returns a T: what a driver runs.
Steps: TypeAlias = Generator[Effect, Any, T]
