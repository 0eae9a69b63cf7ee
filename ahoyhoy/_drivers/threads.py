"""Performs the steps of a call by blocking the calling thread."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from .._core import Block, Call, Effect, Outcome, Send, Sleep, Steps

T = TypeVar("T")


class Driver(Protocol):
    """Performs the steps of calls."""

    def run(self, steps: Steps[T]) -> T:
        """The result of the steps; what they raise is raised."""


class ThreadDriver:
    """Runs steps to their end in the calling thread.

    Args:
        send: makes one attempt: `send(endpoint, call)`. It blocks.
        sleep: pauses; default `time.sleep`.
    """

    def __init__(
        self,
        send: Callable[[Any, Call], Outcome],
        *,
        sleep: Callable[[float], None] = time.sleep,  # noqa: TID251 - this is where sleeping happens
    ) -> None:
        self._send = send
        self._sleep = sleep

    def run(self, steps: Steps[T]) -> T:
        """The result of the steps; what they raise is raised."""
        try:
            effect = next(steps)
            while True:
                effect = self._step(steps, effect)
        except StopIteration as stop:
            result: T = stop.value
            return result

    def _step(self, steps: Steps[T], effect: Effect) -> Effect:
        try:
            answer = self._perform(effect)
        except BaseException as error:  # an interrupt too: the steps must let go of what they hold
            return steps.throw(error)
        return steps.send(answer)

    def _perform(self, effect: Effect) -> Any:
        if isinstance(effect, Send):
            return self._send(effect.endpoint, effect.call)
        if isinstance(effect, Sleep):
            return self._sleep(effect.seconds)
        assert isinstance(effect, Block)  # noqa: S101 - for the type checker
        return effect.function()
