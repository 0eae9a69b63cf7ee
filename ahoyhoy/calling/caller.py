"""Makes calls: what a `Client` and a session with retries have in common."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from .._core import Call, ClientStats, HostStats, Outcome
from .._drivers import ThreadDriver
from .._engine import Course, Engine, Reports, Story
from ..endpoints.sending import send as send_anywhere
from ..events import Announcer
from ..lb.iloadbalancer import ILoadBalancer
from ..strategies import Single
from .asking import Asked
from .counts import Counts
from .firsthost import FirstHost, is_balancing_off
from .settings import Settings


class Caller:
    """Makes calls through an engine, counts them, and tells listeners.

    Args:
        lb: chooses the hosts.
        settings: of the client.
        equip: as for `Engine`.
        send: makes one attempt: `send(endpoint, call)`; default one for anything with the verbs.
        other_hosts: as for `Engine`.
    """

    def __init__(
        self,
        lb: ILoadBalancer,
        settings: Settings,
        *,
        equip: Callable[[Any, Call], tuple[Any, Call]],
        send: Callable[[Any, Call], Outcome] | None = None,
        other_hosts: bool = True,
    ) -> None:
        self._settings = settings
        self._counts = Counts(settings.budget)
        self._reports = Reports(settings.name, Announcer(settings.listeners))
        self._driver = settings.driver or ThreadDriver(
            send or functools.partial(send_anywhere, clock=settings.clock)
        )
        self._is_off = is_balancing_off()
        self._engine = Engine(
            FirstHost(lb) if self._is_off else lb,
            Single() if self._is_off else settings.chosen_strategy,
            equip=equip,
            updates=settings.ep_list_update_tries,
            clock=settings.clock,
            budget=settings.budget,
            wait=0.0 if settings.limits is None else settings.limits.wait,
            other_hosts=other_hosts,
            reports=self._reports,
        )

    def make(self, asked: Asked, settle: Callable[[Outcome, Story, Call], Any]) -> Any:
        """Make a call; its result. Blocks until there is one.

        Args:
            asked: the call.
            settle: the result for its outcome, or raises: `settle(outcome, story, call)`.
        """
        call, strategy = asked
        if self._is_off:
            strategy = None
        course = self._engine.course(call)
        story = course.story
        result: Any = None
        failure: BaseException | None = None
        self._reports.call_started(call)
        try:
            outcome = self._driver.run(self._engine.steps(course, strategy))
            result = settle(outcome, story, call)
        except BaseException as error:
            failure = error
            raise
        finally:
            self._counts.add(failed=failure is not None, attempts=story.made, denied=story.denied)
            answer = result if failure is None else getattr(failure, "response", None)
            status = getattr(answer, "status_code", None)
            self._reports.call_ended(call, story, status, failure)
            failure = answer = None  # it refers to this frame, which would refer to it
        return result

    def course(self, call: Call) -> Course:
        """A call at its beginning."""
        return self._engine.course(call)

    def run(self, steps: Any) -> Any:
        """Perform steps. Blocks."""
        return self._driver.run(steps)

    def stats(self, hosts: tuple[HostStats, ...]) -> ClientStats:
        """What was counted, beside what is known of the hosts."""
        return self._counts.snapshot(hosts)
