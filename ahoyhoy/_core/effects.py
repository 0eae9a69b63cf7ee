"""What a step of a call asks its driver to do."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeAlias, TypeVar

from .types import Call

T = TypeVar("T")


class Send(NamedTuple):
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


@dataclass(frozen=True, slots=True)
class Fork:
    """Run other steps beside these; the driver answers with a `Task`."""

    steps: Generator[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class Park:
    """Wait until somebody calls the function that `enqueue` is given, or `seconds` have passed.

    The driver answers with whether it was called. `enqueue` runs at once in the waiting thread;
    what it is given may be called at any time, from any thread, any number of times.
    """

    enqueue: Callable[[Callable[[], None]], Any]
    seconds: float | None = None


Effect: TypeAlias = Send | Sleep | Block | Fork | Park

#: A generator of effects that returns a T: what a driver runs.
Steps: TypeAlias = Generator[Effect, Any, T]


class Task(Protocol):
    """Steps that run beside others."""

    @property
    def done(self) -> bool:
        """Whether they have ended."""

    def result(self) -> Any:
        """What the steps returned; what they raised is raised. Only when done."""

    def when_done(self, tell: Callable[[], None]) -> Callable[[], None]:
        """Call `tell()` once they have ended; at once if they have. Returns how to take that back."""

    def cancel(self) -> None:
        """Stop them: what they wait for ends early, with an error that nobody reads."""


def wait_for_any(tasks: list[Task], seconds: float | None = None) -> Steps[bool]:
    """The steps that wait until one of the tasks is done; whether one is."""
    forget: list[Callable[[], None]] = []

    def enqueue(wake: Callable[[], None]) -> None:
        forget.extend(task.when_done(wake) for task in tasks)

    try:
        woken: bool = yield Park(enqueue, seconds)
    finally:
        for take_back in forget:
            take_back()
    return woken
