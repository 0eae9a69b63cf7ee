"""Overlapping attempts: a second request when the first one is late.

J. Dean and L. Barroso, "The Tail at Scale", CACM 56(2), 2013.
"""

from __future__ import annotations

import contextlib
from typing import Any

from .._core import NO_HOST, Call, Fork, Outcome, Sleep, Steps, Task, Verdict, wait_for_any
from ..retries import Backoff, ConstantBackoff, LinearBackoff, RetryPolicy
from ..retries.conversion import policy_of
from .hedgecap import AdaptiveDelay, HedgeCap
from .sequential import Sequential
from .strategy import Course

#: Reading them twice at the same time does no harm, and costs the server little.
_HEDGED_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

#: Seconds before a hedge that was denied is asked for again, even where the delay is none.
_SHORTEST = 0.001

#: What another host might do better.
_BAD = (Verdict.RETRYABLE, Verdict.UNSENT)


class Hedged:
    """Sends the request to another host too when the answer is late; the first good one counts.

    Only GET, HEAD, OPTIONS, and what carries an `Idempotency-Key`; other calls are `Sequential`.
    The one that lost is cancelled and its connection closed. A failed attempt is followed by the
    next at once. Hedges are kept to a share of the calls, and spend the client's retry budget.

    Args:
        attempts: how many times a request is sent at most, the first included. Default 2.
        delay: seconds after which an answer is late. Default: as measured, `max(p95, 1.5 * p50)`
            of the last 30 seconds, once there were 50 answers.
        delays: instead of one delay, one for each hedge, as a `Backoff`: `linear_delays(0.05)`.
        max_extra: the most hedges for each call, saved up to 5. Default 0.02.
        policy: which failures are worth another attempt, and what other calls do; see `Sequential`.

    Raises:
        ValueError: for a number out of range, or both `delay` and `delays`.

    Threading: each attempt of a call that may be hedged runs in a thread of its own, where the
    callbacks run as well.
    """

    def __init__(
        self,
        attempts: int = 2,
        delay: float | None = None,
        *,
        delays: Backoff | None = None,
        max_extra: float = 0.02,
        policy: Any = None,
    ) -> None:
        if isinstance(attempts, bool) or not isinstance(attempts, int) or attempts < 2:
            text = "attempts counts the first one too: a whole number, at least 2, not"
            raise ValueError(f"{text} {attempts!r}")
        if delay is not None and delays is not None:
            raise ValueError("give delay (the same for each hedge) or delays, not both")
        if delays is not None and not callable(getattr(delays, "delay", None)):
            raise TypeError(
                f"delays needs a delay(hedge) method, as linear_delays() has: {delays!r}"
            )
        self.attempts = attempts
        self._delays = delays if delay is None else ConstantBackoff(delay)
        self._adaptive = AdaptiveDelay()
        self._cap = HedgeCap(max_extra)
        self.policy = RetryPolicy(attempts) if policy is None else policy_of(policy)
        self._sequential = Sequential(self.policy)

    def run(self, call: Call, course: Course) -> Steps[Outcome]:
        """The steps of a call; they return the first good outcome, or the last bad one."""
        if not self._may_hedge(call):
            return (yield from self._sequential.run(call, course))
        self._cap.pay_in()
        delay = self.delay(1, course.clock())
        outcome = None
        if delay is not None and course.other_hosts:
            outcome = yield from _Race(self, call, course).run(delay)
        if outcome is None:
            outcome = yield from self._sequential.run(call, course)
        if outcome.verdict is Verdict.ACCEPTED:
            self._adaptive.add(outcome.elapsed, course.clock())
        return outcome

    def delay(self, hedge: int, now: float) -> float | None:
        """Seconds between the start of an attempt and that hedge (1, 2, …); None: not known yet."""
        return self._adaptive.seconds(now) if self._delays is None else self._delays.delay(hedge)

    def late(self, seconds: float, now: float) -> None:
        """An answer would have taken longer than that."""
        self._adaptive.add(seconds, now)

    def take(self, course: Course) -> bool:
        """Whether a hedge is within its cap, and within the client's budget."""
        if not self._cap.take():
            return False
        if course.leave_to_hedge():
            return True
        self._cap.give_back()
        return False

    def _may_hedge(self, call: Call) -> bool:
        # A stream cannot be read by two requests at the same time.
        safe = call.method in _HEDGED_METHODS or call.idempotency_key
        return safe and call.body.is_still

    def __repr__(self) -> str:
        return f"Hedged({self.attempts}, delays={self._delays!r}, policy={self.policy!r})"


class _Race:
    """The attempts of one call side by side."""

    def __init__(self, hedged: Hedged, call: Call, course: Course) -> None:
        self._hedged = hedged
        self._call = call
        self._course = course
        #: those under way, oldest first, and when they began
        self._running: dict[Task, float] = {}
        self._failed: list[Outcome] = []
        self._started = 0
        self._hedges = 0
        self._denied = False
        #: when the next hedge is due; None: there is none
        self._due: float | None = None

    def run(self, delay: float) -> Steps[Outcome | None]:
        """The steps until one attempt has a good outcome, or all have bad ones.

        They return None when none could be started: no thread is to be had.
        """
        try:
            self._due = self._course.clock() + delay
            yield from self._start()
            while self._running:
                yield from wait_for_any([*self._running], self._left())
                ended = [task for task in self._running if task.done]
                for task in ended:
                    oldest = next(iter(self._running))
                    winner = self._take(task)
                    if winner is not None:
                        self._compare(winner, oldest)
                        return winner
                yield from self._go_on() if ended else self._hedge()
            sent = [outcome for outcome in self._failed if outcome.verdict is Verdict.RETRYABLE]
            outcomes = sent or self._failed
            return outcomes[-1] if outcomes else None
        finally:
            for task in self._running:
                _let_go(task)

    def _left(self) -> float | None:
        return None if self._due is None else max(0.0, self._due - self._course.clock())

    def _start(self, *, elsewhere: bool = False) -> Steps[None]:
        began = self._course.clock()
        steps = self._course.attempt(elsewhere=elsewhere)
        try:
            task: Task = yield Fork(steps)
        except RuntimeError:  # the machine has no thread left: what runs already runs on
            steps.close()
            return
        self._started += 1
        self._running[task] = began

    def _take(self, task: Task) -> Outcome | None:
        """Take what an attempt came to: its outcome, if that ends the call."""
        del self._running[task]
        outcome: Outcome = task.result()
        if outcome.verdict not in _BAD and outcome.judgement is not NO_HOST:
            return outcome
        self._failed.append(outcome)
        return None

    def _compare(self, winner: Outcome, oldest: Task) -> None:
        """Note that a good answer overtook an older attempt, if it did."""
        if winner.verdict is not Verdict.ACCEPTED:
            return
        for outcome in self._failed:
            _discard(outcome.response)
        if oldest in self._running:
            now = self._course.clock()
            self._hedged.late(now - self._running[oldest], now)
            self._course.hedge_won(winner)

    @property
    def _may_start(self) -> bool:
        unsent = sum(outcome.verdict is not Verdict.RETRYABLE for outcome in self._failed)
        return self._started - unsent < self._hedged.attempts

    def _hedge(self) -> Steps[None]:
        """The answer is late: send another request, if that is allowed."""
        self._due = None
        if not self._may_start or not self._course.spare_host:
            return
        if self._hedged.take(self._course):
            self._hedges += 1
            yield from self._start(elsewhere=True)
        elif not self._denied:
            self._denied = True
            self._course.deny("hedge budget")
        # One that was denied is asked for again: the next token is for who is really late.
        self._set_due()

    def _go_on(self) -> Steps[None]:
        """An attempt failed: the next one starts at once, if that is allowed."""
        last = self._failed[-1]
        if not self._may_start or last.judgement is NO_HOST:
            return
        made = [outcome for outcome in self._failed if outcome.judgement is not NO_HOST]
        delay = self._hedged.policy.delay(self._call, made, other_hosts=True)
        if delay is None or (delay := self._course.leave_to_repeat(last, 0.0)) is None:
            return
        if delay and self._running:
            return  # every host asked for a pause; perhaps one under way does better
        if delay:
            yield Sleep(delay)
        yield from self._start(elsewhere=bool(self._running))
        self._set_due()

    def _set_due(self) -> None:
        now = self._course.clock()
        delay = self._hedged.delay(self._hedges + 1, now)
        again = delay is not None and self._may_start
        self._due = now + max(delay or 0.0, _SHORTEST) if again else None


def _let_go(task: Task) -> None:
    """Nobody waits for it any more: it ends early, and what it brings is closed."""
    task.cancel()

    def close() -> None:
        with contextlib.suppress(BaseException):
            _discard(task.result().response)

    task.when_done(close)


def _discard(response: Any) -> None:
    """Let go of an answer that nobody will read: an unread body holds a connection."""
    if getattr(response, "_content_consumed", True) is False:
        response.close()


def linear_delays(
    min_delay: float = 0.0, multiplier: float = 0.05, jitter: float = 0.2
) -> LinearBackoff:
    """Delays for `Hedged(delays=…)`: each later than the one before; see `LinearBackoff`."""
    return LinearBackoff(min_delay, multiplier, jitter)
