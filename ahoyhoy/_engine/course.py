"""One call on its way from host to host."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING

from .._core import (
    NO_HOST,
    Block,
    Call,
    Clock,
    Deadline,
    Judgement,
    Outcome,
    Park,
    Send,
    Sleep,
    Steps,
    Verdict,
)
from ..exceptions import (
    DeadlineExceeded,
    HostsBusyError,
    LbNoEndpointsException,
    LimitExceededError,
    ProviderError,
)
from ..http.bounds import Bounds, bounding
from ..lb.lease import Lease
from ..lb.ledger import Leave
from .reports import Reports
from .story import Story

if TYPE_CHECKING:
    from .engine import Engine

#: Seconds that a call without a deadline waits because every host asked for a pause. Longer ones
#: (an hour is not unheard of) would hold the caller's thread: it gets the answer instead.
LONGEST_PAUSE = 30.0
#: The same before the first attempt, when it was another call that heard of it.
SHORT_PAUSE = 1.0

_LATE = Judgement(Verdict.FAILED, "deadline passed")
_FULL = Judgement(Verdict.FAILED, "limits reached")


class Course:
    """One call on its way; what strategies know it by is `ahoyhoy.strategies.Course`."""

    def __init__(self, engine: Engine, call: Call, story: Story) -> None:
        self._engine = engine
        self._lb = engine.lb
        self.call = call
        self.story = story

    @property
    def clock(self) -> Clock:
        """Seconds that never go back."""
        return self._engine.clock

    @property
    def other_hosts(self) -> bool:
        """Whether the next attempt would go to another host."""
        return self._engine.other_hosts

    @property
    def spare_host(self) -> bool:
        """Whether there is a host where the call was not sent yet."""
        return len(self.story.tried) < self._lb.size

    # -- attempts -----------------------------------------------------------------------------

    def attempt(self, *, elsewhere: bool = False) -> Steps[Outcome]:
        """The steps of one attempt, on a host that was not tried yet if there is one."""
        if self._is_late:
            return Outcome(_LATE, error=DeadlineExceeded("the deadline passed"))
        try:
            lease = yield from self.lease(elsewhere=elsewhere)
        except LimitExceededError as error:
            return Outcome(_FULL, error=error)
        except (LbNoEndpointsException, ProviderError) as error:
            return Outcome(NO_HOST, error=error)
        story, engine = self.story, self._engine
        with lease:
            if story.made:
                story.discard_repeated()
                self.call.body.rewind()
            started = story.start(lease.host, engine.clock())
            endpoint, call = engine.equip(lease.endpoint, self.call)
            if lease.bypass:
                call = call.with_(bypass=True)
            engine.reports.attempt_started(self.call, started)
            outcome: Outcome = yield Send(endpoint, call)
            lease.ended(outcome)
        attempt = story.end(started, outcome)
        engine.reports.attempt_ended(self.call, started.number, attempt)
        return outcome

    def lease(self, *, elsewhere: bool = False) -> Steps[Lease]:
        """The steps that occupy a host: one not tried yet, or else one that could be reached.

        Raises:
            LbNoEndpointsException: when no host is left and the provider was asked often enough.
            LimitExceededError: when the limits on requests in flight leave no room in time.
            ProviderError: when the provider cannot be read.
        """
        if not self._lb.is_ready:
            yield self._ask(self._lb.prepare)
        now = self.clock()
        give_up = now + self._engine.wait
        patient_until = now + (SHORT_PAUSE if self.call.deadline is None else self._left)
        while True:
            try:
                return self._first_free(elsewhere=elsewhere)
            except LbNoEndpointsException as error:
                if elsewhere:
                    raise
                busy = error if isinstance(error, HostsBusyError) else None
                if busy is not None:
                    while busy is not None:
                        found, busy = yield from self._wait_for_room(busy, give_up)
                        if found is not None:
                            return found
                    continue
                if (pause := self._lb.pause()) and self.clock() + pause <= patient_until:
                    yield Sleep(pause)
                    continue
                if self.story.updates <= 0:
                    self._lb.doubt()
                    raise
                self.story.updates -= 1
                yield self._ask(self._lb.update)

    def _ask(self, provider: Callable[[], None]) -> Block:
        """The step that asks the provider, for no longer than the call may take."""
        return Block(functools.partial(_bounded, self.call.deadline, provider))

    def _first_free(self, *, elsewhere: bool = False, **waited: bool) -> Lease:
        story = self.story
        try:
            return self._lb.lease(self.call, story.tried, **waited)
        except LbNoEndpointsException:
            # Again to one that was tried, when no other is left, if it could be reached.
            if elsewhere or len(story.tried) <= len(story.unreached):
                raise
        return self._lb.lease(self.call, story.unreached, **waited)

    def _wait_for_room(
        self, error: HostsBusyError, give_up: float
    ) -> Steps[tuple[Lease | None, HostsBusyError | None]]:
        """Stand in line until a request ends; the lease that was then to be had.

        If there was none, the error that says so: only a later end is worth another look. Whoever
        looked again as if new would be told of the same end, and two could wake each other for ever.
        """
        left = min(give_up - self.clock(), self._left)
        if left <= 0:
            raise LimitExceededError(str(error)) from error
        found: Lease | None = None
        leave: Leave | None = None

        def join(wake: Callable[[], None]) -> None:
            nonlocal leave
            leave = self._lb.when_room(wake, error.since)

        try:
            woken = yield Park(join, left)
            if not woken:
                raise LimitExceededError(str(error)) from error
            try:
                found = self._first_free(waited=True)
            except HostsBusyError as still:
                return None, still
            return found, None
        finally:
            if leave is not None:
                leave(took=found is not None)

    # -- what may be added to the one request that was asked for ---------------------------------

    def leave_to_repeat(self, last: Outcome, delay: float) -> float | None:
        """The pause before the next attempt; None where there may be none."""
        if last.verdict is not Verdict.UNSENT:
            asked = self._pause_asked_for(last)
            if asked > LONGEST_PAUSE and self.call.deadline is None:
                self.deny("Retry-After")
                return None
            delay = max(delay, asked)
        if self._is_late or (delay and self._left < delay):
            self.deny("deadline")
            return None
        # What was never sent adds nothing to anybody's load.
        if last.verdict is not Verdict.UNSENT and not self._may_spend():
            self.deny("retry budget")
            return None
        self.story.repeated = last
        return delay

    def leave_to_hedge(self) -> bool:
        """Whether a request may be sent beside one that is late."""
        return not self._is_late and self._may_spend()

    def deny(self, reason: str) -> None:
        """Say that an additional request would have been good, and why there is none."""
        self.story.denied += 1
        self._reports.denied(self.call, reason)

    def hedge_won(self, winner: Outcome) -> None:
        """Say that a request which was sent beside another one answered first."""
        host = self.story.host_of(winner)
        self._reports.hedge_won(self.call, host, self.story.overtaken_by(host))

    @property
    def _reports(self) -> Reports:
        return self._engine.reports

    @property
    def _left(self) -> float:
        deadline = self.call.deadline
        return float("inf") if deadline is None else deadline.remaining()

    @property
    def _is_late(self) -> bool:
        deadline = self.call.deadline
        return deadline is not None and deadline.is_too_near

    def _may_spend(self) -> bool:
        budget = self._engine.budget
        return budget is None or budget.withdraw()

    def _pause_asked_for(self, last: Outcome) -> float:
        asked = last.judgement.retry_after or 0.0
        return self._lb.pause() if self._lb.size > 1 else asked


def _bounded(deadline: Deadline | None, ask: Callable[[], None]) -> None:
    if deadline is None:
        return ask()
    with bounding(Bounds(deadline)):
        return ask()
