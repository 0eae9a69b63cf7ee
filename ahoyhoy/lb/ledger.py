"""What the nodes of a balancer share: the lock, the time, the count of requests, what is to be told."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Protocol

from .._core import Clock
from ..events import Announcer, Event
from .waiting import WaitingLine, Wake


class Leave(Protocol):
    """How to wait no longer."""

    def __call__(self, took: bool = False) -> None:
        """Leave the line, with what one waited for, or without."""


class Ledger:
    """The lock of a balancer and what it guards for all nodes together.

    The lock is re-entrant: it may be the garbage collector that ends a request, in a thread that
    holds it. What must be done without the lock is collected in `due`, and done by `perform`.
    """

    __slots__ = (
        "announcer",
        "clock",
        "depth",
        "due",
        "epoch",
        "in_flight",
        "line",
        "lock",
        "per_host",
    )

    def __init__(self, clock: Clock = time.monotonic, announcer: Announcer | None = None) -> None:
        self.clock = clock
        self.announcer = Announcer() if announcer is None else announcer
        self.lock = threading.RLock()
        #: how many sections that end with `perform` this thread is in
        self.depth = 0
        self.in_flight = 0
        #: how many may be in flight to each host, where that is a number
        self.per_host: int | None = None
        #: another number in each forked process: a child ends none of its parent's requests
        self.epoch = 0
        self.line = WaitingLine()
        self.due: deque[Callable[[], object]] = deque()

    def tell_locked(self, event: Event) -> None:
        """Have the listeners told of it once the lock is free."""
        self.due.append(partial(self.announcer.tell, event))

    def join(self, wake: Wake, since: int | None) -> Leave:
        """Wake this one when a request ended; returns how to wait no longer."""
        with self.lock:
            waiter, first = self.line.join(wake, self.line.ends if since is None else since)
            self._wake_locked(first)
        self.perform()

        def leave(took: bool = False) -> None:
            with self.lock:
                self._wake_locked(self.line.leave(waiter, took=took))
            self.perform()

        return leave

    def _wake_locked(self, wake: Wake | None) -> None:
        if wake is not None:
            self.due.append(wake)

    def perform(self) -> None:
        """Do what is due; without the lock."""
        while self.due and not self.depth:
            try:
                action = self.due.popleft()
            except IndexError:  # another thread was faster
                return
            action()

    def renew(self) -> None:
        """Begin anew, in a forked child: locks, requests and waiting threads are the parent's."""
        self.lock = threading.RLock()
        self.depth = self.in_flight = 0
        self.epoch += 1
        self.line.clear()
        self.due.clear()
