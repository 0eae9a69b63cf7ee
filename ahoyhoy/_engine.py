"""The path of a call, once: strategy, host, attempt. No sockets, no threads, no waiting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from ._core import Attempt, Block, Call, Clock, Judgement, Outcome, Send, Steps, Verdict
from .exceptions import LbNoEndpointsException, ProviderError
from .lb.iloadbalancer import ILoadBalancer
from .lb.lease import Lease

_ENDED = Judgement(Verdict.FAILED, "no host left")


class Strategy(Protocol):
    """How the attempts of one call follow each other."""

    def run(self, call: Call, attempt: Callable[[], Steps[Outcome]]) -> Steps[Outcome]:
        """The steps of a call; they return the outcome that is the call's."""


class Story:
    """What happened in one call so far."""

    def __init__(self, now: float, updates: int) -> None:
        self.began = now
        self.ended = now
        self.attempts: list[Attempt] = []
        self.outcomes: list[Outcome] = []
        #: hosts where the request was sent, or was to be sent: others go first
        self.tried: set[Any] = set()
        #: hosts that could not be reached: not again in this call
        self.unreached: set[Any] = set()
        #: how often the provider may still be asked
        self.updates = updates

    def discard_last(self) -> None:
        """Let go of the last answer, which nobody will read: an unread body holds a connection."""
        response: Any = self.outcomes[-1].response if self.outcomes else None
        if getattr(response, "_content_consumed", True) is False:
            response.close()

    def add(self, host: Any, started: float, outcome: Outcome) -> None:
        """One attempt ended."""
        self.outcomes.append(outcome)
        self.tried.add(host)
        if outcome.verdict is Verdict.UNSENT:
            self.unreached.add(host)
        self.attempts.append(
            Attempt(
                host,
                started - self.began,
                outcome.elapsed,
                outcome.verdict,
                outcome.status,
                outcome.judgement.reason
                or (type(outcome.error).__name__ if outcome.error else None),
            )
        )


class Engine:
    """Turns a call into steps for a driver.

    Args:
        lb: chooses the host of each attempt.
        strategy: decides how attempts follow each other.
        equip: gives an endpoint what the client adds: `equip(endpoint, call)` returns both.
        updates: how often the provider is asked in one call; the first is the balancer's own.
        clock: seconds that never go back.
    """

    def __init__(
        self,
        lb: ILoadBalancer,
        strategy: Strategy,
        *,
        equip: Callable[[Any, Call], tuple[Any, Call]],
        updates: int,
        clock: Clock,
    ) -> None:
        self._lb = lb
        self._strategy = strategy
        self._equip = equip
        self._updates = updates
        self._clock = clock

    def steps(self, call: Call) -> Steps[tuple[Outcome, Story]]:
        """The steps of one call, all its attempts included."""
        story = Story(self._clock(), self._updates - 1)
        outcome = yield from self._strategy.run(call, lambda: self._attempt(call, story))
        story.ended = self._clock()
        return outcome, story

    def _attempt(self, call: Call, story: Story) -> Steps[Outcome]:
        try:
            lease = yield from self.lease(call, story)
        except (LbNoEndpointsException, ProviderError) as error:
            return Outcome(_ENDED, error=error)
        with lease:
            if story.attempts:
                story.discard_last()
                call.body.rewind()
            endpoint, equipped = self._equip(lease.endpoint, call)
            started = self._clock()
            outcome: Outcome = yield Send(endpoint, equipped)
            lease.ended(outcome)
        story.add(lease.host, started, outcome)
        return outcome

    def lease(self, call: Call, story: Story) -> Steps[Lease]:
        """The steps that occupy a host: one not tried yet, or else one that could be reached.

        Raises:
            LbNoEndpointsException: when no host is left and the provider was asked often enough.
            ProviderError: when the provider cannot be read.
        """
        if not self._lb.is_ready:
            yield Block(self._lb.prepare)
        while True:
            # Again to one that was tried, when no other is left, if it could be reached.
            again = [story.unreached] if len(story.tried) > len(story.unreached) else []
            for avoid in (story.tried, *again):
                try:
                    return self._lb.lease(call, avoid)
                except LbNoEndpointsException as error:
                    nothing = error
            if story.updates <= 0:
                self._lb.doubt()
                raise nothing
            story.updates -= 1
            yield Block(self._lb.update)
