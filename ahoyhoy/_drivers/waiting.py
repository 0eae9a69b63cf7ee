"""How threads wait and start: for real here, in virtual time in `ahoyhoy.testing`."""

from __future__ import annotations

import contextlib
import contextvars
import threading
import time
from collections.abc import Callable
from typing import Protocol


class Gate(Protocol):
    """Opens once; threads wait before it."""

    def open(self) -> None:
        """Let everybody through, now and for ever. From any thread, any number of times."""

    def wait(self, seconds: float | None = None) -> bool:
        """Block until it is open, or so many seconds have passed; whether it is open."""


class World(Protocol):
    """Where the steps of calls run."""

    def sleep(self, seconds: float) -> None:
        """Block for that long."""

    def gate(self) -> Gate:
        """A new gate, shut."""

    def start(self, run: Callable[[], None]) -> None:
        """Run a function in a thread of its own. It raises nothing."""


class RealGate:
    """A gate for threads.

    No `threading.Event`: the garbage collector may open a gate (a streamed answer that was dropped
    ends its lease) in the very thread that is inside the event's own lock.
    """

    def __init__(self) -> None:
        self._shut = threading.Lock()
        self._shut.acquire()  # for as long as the gate is shut

    def open(self) -> None:
        """Let everybody through."""
        with contextlib.suppress(RuntimeError):  # it is open
            self._shut.release()

    def wait(self, seconds: float | None = None) -> bool:
        """Block until it is open, or so many seconds have passed; whether it is open."""
        if not self._shut.acquire(timeout=-1 if seconds is None else max(0.0, seconds)):
            return False
        self.open()  # for the others; it may have been opened once more meanwhile
        return True


class RealWorld:
    """Real threads and real time."""

    def sleep(self, seconds: float) -> None:
        """Block for that long."""
        time.sleep(seconds)  # noqa: TID251 - this is where sleeping happens

    def gate(self) -> Gate:
        """A new gate, shut."""
        return RealGate()

    def start(self, run: Callable[[], None]) -> None:
        """Run a function in a thread of its own.

        A daemon: a request that nobody waits for must not keep the program from ending.
        """
        # What the caller set for its own thread (an ambient deadline, a trace) goes along.
        context = contextvars.copy_context()
        threading.Thread(target=context.run, args=(run,), daemon=True, name="ahoyhoy").start()
