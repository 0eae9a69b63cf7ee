"""Calls in virtual time: scripted hosts instead of sockets, a clock that is told how long things took.

>>> from ahoyhoy import Host, ListProvider, RoundRobinLB
>>> from ahoyhoy.testing import Reply, Simulator
>>> simulator = Simulator()
>>> one, two = Host("10.0.0.1", 80), Host("10.0.0.2", 80)
>>> simulator.network.script(one, Reply(fault="refused"))
>>> simulator.network.script(two, Reply(seconds=0.2))
>>> client = simulator.client(RoundRobinLB(ListProvider(one, two)))
>>> [client.get("/").status_code for _ in range(10)]
[200, 200, 200, 200, 200, 200, 200, 200, 200, 200]
>>> round(simulator.clock(), 3)
2.0

Several callers at once, each in a thread of its own, of which one runs at a time:

>>> [answer.status_code for answer in simulator.together(*[lambda: client.get("/")] * 100)][:3]
[200, 200, 200]
>>> round(simulator.clock(), 3)
2.2
"""

from __future__ import annotations

import functools
import random
from collections.abc import Callable
from typing import Any, TypeVar

from .._core import Steps
from .._drivers import ThreadDriver
from ..circuit import BreakerFactory
from ..client import Client
from ..endpoints.sending import send
from ..lb.iloadbalancer import ILoadBalancer
from ..retries import FullJitterBackoff, RetryPolicy
from .callers import Caller
from .clock import FakeClock
from .network import ScriptedNetwork
from .virtualtime import VirtualTime

T = TypeVar("T")


class Simulator:
    """A clock, a network of scripted hosts, and clients that live in them. Nothing ever waits.

    Args:
        seed: of all chance: latencies, faults, pauses. With the same seed the same happens again,
            if what a test brings itself (a balancer, a backoff) draws from `rng`, too.

    Threading: for the test's thread, and for those that `start` and `together` start. Whatever
    has no time at which it ends (an answer that never comes, without a timeout) raises
    `StandstillError` when everybody waits.
    """

    def __init__(self, *, seed: int = 0) -> None:
        self.clock = FakeClock()
        #: what chance is drawn from
        self.rng = random.Random(seed)
        self._time = VirtualTime(self.clock)
        self.network = ScriptedNetwork(self.clock, time=self._time, rng=self.rng)
        self._driver = ThreadDriver(functools.partial(send, clock=self.clock), world=self._time)

    def sleep(self, seconds: float) -> None:
        """Let time pass for whoever calls; others go on meanwhile."""
        self._time.sleep(seconds)

    def start(self, function: Callable[[], T]) -> Caller[T]:
        """Run a function beside the caller; it begins when the caller waits for something."""
        return Caller(self._time, function)

    def together(self, *functions: Callable[[], T]) -> list[T]:
        """Run functions beside each other, and wait for all; their results, in this order.

        Raises:
            BaseException: what the first of them, in this order, raised.
        """
        callers = [self.start(function) for function in functions]
        for caller in callers:
            caller.wait()
        self._time.settle()
        return [caller.result() for caller in callers]

    def run(self, steps: Steps[T]) -> T:
        """Run the steps of a call in virtual time."""
        try:
            return self._driver.run(steps)
        finally:
            # A request that lost against another one is stopped by now: let it end.
            self._time.settle()

    def client(
        self, lb: ILoadBalancer, *, breaker: dict[str, Any] | None = None, **settings: Any
    ) -> Client:
        """A client over the scripted hosts.

        Args:
            lb: the balancer; it and its circuits are made to live in virtual time.
            breaker: options of the circuits, as for `add_breaker`.
            settings: as for `Client`.
        """
        options = {"clock": self.clock, "rng": self.rng, **(breaker or {})}
        lb.use_breaker(BreakerFactory(**options))
        lb.use_clock(self.clock)
        settings.setdefault("session", self.network.session())
        if not settings.keys() & {"policy", "strategy"}:
            settings["policy"] = RetryPolicy(backoff=FullJitterBackoff(rng=self.rng))
        return Client(lb, clock=self.clock, driver=self, **settings)

    def close(self) -> None:
        """End what was started and has not ended. The simulator stays usable."""
        self._time.close()

    def __enter__(self) -> Simulator:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
