"""Performs the steps of a call by blocking the calling thread."""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from .._core import Block, Call, Cancellation, Effect, Fork, Outcome, Park, Send, Sleep, Steps
from .waiting import RealWorld, World

T = TypeVar("T")


class Driver(Protocol):
    """Performs the steps of calls."""

    def run(self, steps: Steps[T]) -> T:
        """The result of the steps; what they raise is raised."""


class ThreadDriver:
    """Runs steps to their end in the calling thread, and forked ones in a thread of their own.

    Args:
        send: makes one attempt: `send(endpoint, call)`. It blocks.
        world: how threads wait and start; default real ones in real time.
    """

    def __init__(self, send: Callable[[Any, Call], Outcome], *, world: World | None = None) -> None:
        self._send = send
        self._world = world or RealWorld()

    def run(self, steps: Steps[T]) -> T:
        """The result of the steps; what they raise is raised."""
        return self._run(steps, None)

    def _run(self, steps: Steps[T], cancellation: Cancellation | None) -> T:
        try:
            effect = next(steps)
            while True:
                effect = self._step(steps, effect, cancellation)
        except StopIteration as stop:
            result: T = stop.value
            return result

    def _step(self, steps: Steps[T], effect: Effect, cancellation: Cancellation | None) -> Effect:
        try:
            answer = self._perform(effect, cancellation)
        except BaseException as error:  # an interrupt too: the steps must let go of what they hold
            return steps.throw(error)
        return steps.send(answer)

    def _perform(self, effect: Effect, cancellation: Cancellation | None) -> Any:
        if isinstance(effect, Send):
            call = effect.call
            if cancellation is not None:
                call = call.with_(cancellation=cancellation)
            return self._send(effect.endpoint, call)
        if isinstance(effect, Sleep):
            return self._world.sleep(effect.seconds)
        if isinstance(effect, Park):
            gate = self._world.gate()
            effect.enqueue(gate.open)
            return gate.wait(effect.seconds)
        if isinstance(effect, Fork):
            task = ThreadTask()
            self._world.start(lambda: task.run(self._run, effect.steps))
            return task
        assert isinstance(effect, Block)  # noqa: S101 - for the type checker
        return effect.function()


class ThreadTask:
    """Steps that run in a thread of their own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cancellation = Cancellation()
        self._waiting: list[Callable[[], None]] = []
        self._result: Any = None
        self._error: BaseException | None = None
        #: whether the steps have ended
        self.done = False

    def run(self, run: Callable[[Steps[Any], Cancellation], Any], steps: Steps[Any]) -> None:
        """Run the steps in this thread, and keep what becomes of them."""
        try:
            self._result = run(steps, self._cancellation)
        except BaseException as error:  # it is raised where somebody asks for the result
            self._error = error
        with self._lock:
            self.done = True
            waiting, self._waiting = self._waiting, []
        for tell in waiting:
            tell()

    def result(self) -> Any:
        """What the steps returned; what they raised is raised. Only when done."""
        if self._error is not None:
            raise self._error
        return self._result

    def when_done(self, tell: Callable[[], None]) -> Callable[[], None]:
        """Call `tell()` once they have ended; at once if they have. Returns how to take that back."""
        with self._lock:
            at_once = self.done
            if not at_once:
                self._waiting.append(tell)
        if at_once:
            tell()
        return functools.partial(self._forget, tell)

    def _forget(self, tell: Callable[[], None]) -> None:
        with self._lock, contextlib.suppress(ValueError):
            self._waiting.remove(tell)

    def cancel(self) -> None:
        """Have the request that they wait for end early."""
        self._cancellation.cancel()
