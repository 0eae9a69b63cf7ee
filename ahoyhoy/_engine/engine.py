"""Turns a call into steps for a driver."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .._core import Call, Clock, Outcome, Steps
from ..lb.iloadbalancer import ILoadBalancer
from ..retries import RetryBudget
from ..strategies import Strategy
from .course import Course
from .reports import Reports
from .story import Story


class Engine:
    """Turns a call into steps for a driver.

    Args:
        lb: chooses the host of each attempt.
        strategy: decides how attempts follow each other.
        equip: gives an endpoint what the client adds: `equip(endpoint, call)` returns both.
        updates: how often the provider is asked in one call; the first is the balancer's own.
        clock: seconds that never go back.
        budget: how many requests may be added to those asked for; None: any number.
        wait: seconds that an attempt waits for room within the limits on requests in flight.
        other_hosts: whether the next attempt goes to another host; not where there is only one.
        reports: is told what happens.
    """

    def __init__(
        self,
        lb: ILoadBalancer,
        strategy: Strategy,
        *,
        equip: Callable[[Any, Call], tuple[Any, Call]],
        updates: int,
        clock: Clock,
        budget: RetryBudget | None = None,
        wait: float = 0.0,
        other_hosts: bool = True,
        reports: Reports | None = None,
    ) -> None:
        self.lb = lb
        self.equip = equip
        self.clock = clock
        self.budget = budget
        self.wait = wait
        self.other_hosts = other_hosts
        self.reports = reports or Reports()
        self._strategy = strategy
        self._updates = updates

    def course(self, call: Call) -> Course:
        """A call at its beginning."""
        return Course(self, call, Story(self.clock(), self._updates - 1))

    def steps(self, course: Course, strategy: Strategy | None = None) -> Steps[Outcome]:
        """The steps of one call, all its attempts included; they return its outcome.

        Args:
            course: the call.
            strategy: for this call; default the engine's.
        """
        if self.budget is not None:
            self.budget.deposit()
        try:
            return (yield from (strategy or self._strategy).run(course.call, course))
        finally:
            course.story.ended = self.clock()
