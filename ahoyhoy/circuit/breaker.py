"""A circuit breaker that never holds a lock while the guarded call runs.

Closed, it counts. It opens after a run of failures, or when too few calls of a rolling window
succeed (what Finagle calls failure accrual). Open, it refuses until a break is over; then one
call, the trial, goes through, and its outcome closes the circuit or opens it for longer. There is
no timer: whether a break is over is asked when somebody calls.

An outcome carries the generation of the circuit in which its call began: an older one moves nothing.
"""

from __future__ import annotations

import functools
import random
import threading
import time
import weakref
from collections.abc import Callable, Iterable
from typing import Any, ParamSpec, TypeVar

import pybreaker

from .._core import Clock, Judgement, Verdict
from .._fork import renew_after_fork
from .accrual import Accrual
from .notices import Notices
from .permit import IGNORED, Permit
from .refusal import refusal
from .settings import BreakerSettings
from .states import Change, ClosedState, HalfOpenState, OpenState, State

P = ParamSpec("P")
R = TypeVar("R")

_ACCEPTED = Judgement(Verdict.ACCEPTED)
_RAISED = Judgement(Verdict.FAILED)


class CircuitBreaker:
    """A circuit breaker for one host, or for any callable.

        >>> from ahoyhoy.circuit import CircuitBreaker
        >>> breaker = CircuitBreaker(failure_threshold=3, name="ledger")
        >>> breaker.call(divmod, 7, 2)
        (3, 1)
        >>> breaker.current_state
        'closed'

    Args:
        name: what logs and errors call it.
        exclude: exception types that are no failures, for `call` and decorated functions. Every
            other `Exception` is one there.
        listeners: pybreaker listeners (`before_call`, `success`, `failure`, `state_change`);
            called in the calling thread, after locks are released, what they raise is logged.
        storage: a pybreaker storage that is told every change of state. What it says at the
            start is where the circuit starts. Default: a `CircuitMemoryStorage` of its own.
        clock: seconds that never go back; default `time.monotonic`.
        rng: the source of jitter; default a `random.Random()` of its own.
        settings: `failure_threshold`, `success_rate`, `sampling_duration`, `minimum_throughput`,
            `break_duration`, `max_break_duration`, `max_fast_break_duration`: see `BreakerSettings`.

    Raises:
        ValueError: for a setting out of range, TypeError for an unknown one.

    Threading: for any thread; nothing blocks; no lock is held while call, listener or storage runs.
    """

    def __init__(
        self,
        name: str | None = None,
        *,
        exclude: Iterable[type[BaseException]] = (),
        listeners: Iterable[pybreaker.CircuitBreakerListener] = (),
        storage: pybreaker.CircuitBreakerStorage | None = None,
        clock: Clock = time.monotonic,
        rng: random.Random | None = None,
        **settings: Any,
    ) -> None:
        self.name = name
        self.settings = BreakerSettings(**settings)
        self._exclude = tuple(exclude)
        self.notices = Notices(self, listeners, storage)
        self.clock = clock
        self._rng = rng or random.Random()
        self._accrual = Accrual(self.settings)
        self._state: type[State] = ClosedState
        self._generation = 0
        self._retry_at: float | None = 0.0  # None: held open by hand
        self._trial: weakref.ref[Permit] | None = None
        self._lock = threading.Lock()
        if self.notices.stored_state() == OpenState.name:
            self._state = OpenState
            self._retry_at = clock() + self.settings.break_duration
        renew_after_fork(self)

    @property
    def state(self) -> type[State]:
        """`ClosedState`, `OpenState` or `HalfOpenState`: the class."""
        return self._state

    @property
    def current_state(self) -> str:
        """The state's name, as pybreaker spells it."""
        return self._state.name

    @property
    def fail_counter(self) -> int:
        """How many failures there were in a row."""
        return self._accrual.in_a_row

    @property
    def fail_max(self) -> int:
        """After how many failures in a row it opens."""
        return self.settings.failure_threshold

    @property
    def retry_in(self) -> float | None:
        """Seconds until a trial is due: 0.0 when one is, None unless open or when held open by hand."""
        retry_at = self._retry_at
        if self._state is not OpenState or retry_at is None:
            return None
        return max(0.0, retry_at - self.clock())

    @property
    def trial_due(self) -> bool:
        """Whether the next call would be the trial. A hint: `acquire` decides."""
        if self._state is HalfOpenState:
            # Gone without an outcome: an interrupt took it before it reached its caller.
            return self._trial is not None and self._trial() is None
        return self.retry_in == 0.0

    def check(self) -> None:
        """Raise CircuitOpenError if a call would be refused now."""
        if self._state is not ClosedState and not self.trial_due:
            raise refusal(self)

    @property
    def held_open(self) -> bool:
        """Whether it was opened by hand, to stay open."""
        return self._state is OpenState and self._retry_at is None

    @property
    def opened_by_answers(self) -> bool:
        """Whether it is open because of what was answered (5xx, late): a call would get through."""
        return self._accrual.answered and not self.held_open and self._state is not ClosedState

    @property
    def recent_success(self) -> float:
        """Which part of the latest outcomes was good, from 0.0 to 1.0; later ones count more."""
        return self._accrual.success_rate

    def acquire(self, *, bypass: bool = False) -> Permit:
        """Leave to make one call; the caller must `record` its outcome or use it in `with`.

        Args:
            bypass: go through an open circuit. The outcome counts, but neither closes it nor
                lengthens its break; a trial that is due is made instead.

        Raises:
            CircuitOpenError: while it is open and no trial is due, or while the trial is under way.
        """
        # First the generation: of a circuit that opens meanwhile, the permit is an old one.
        generation = self._generation
        if self._state is ClosedState:
            return Permit(self, generation)
        with self._lock:
            if self._state is ClosedState:
                return Permit(self, self._generation)
            due = self.trial_due
            if bypass and not due:
                return Permit(self, self._generation, bypass=True)
            if due:
                # Before the change: from then on the circuit waits for this permit.
                permit = Permit(self, self._generation + 1, trial=True)
                self._trial = weakref.ref(permit)
                self._change_locked(HalfOpenState)
        if not due:
            raise refusal(self)
        try:
            self.notices.changed(OpenState, HalfOpenState, "a trial goes through")
        except BaseException:  # a listener may be interrupted
            permit.record(IGNORED)
            raise
        return permit

    def call(self, func: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call `func` through the circuit; while it is open, raise CircuitOpenError instead."""
        with self.acquire() as permit:
            self.notices.before_call(func, args, kwargs)
            try:
                result = func(*args, **kwargs)
            except Exception as error:
                permit.record(_ACCEPTED if isinstance(error, self._exclude) else _RAISED, error)
                raise
            permit.record(_ACCEPTED)
            return result

    def __call__(self, func: Callable[P, R]) -> Callable[P, R]:
        """Decorate a function: every call of it goes through the circuit."""

        @functools.wraps(func)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            return self.call(func, *args, **kwargs)

        return guarded

    def open(self) -> None:
        """Open it by hand: it stays open, without trials, until `close`."""
        self._force(OpenState, retry_at=None)

    def close(self) -> None:
        """Close it by hand and forget its failures."""
        self._force(ClosedState, retry_at=0.0)

    def half_open(self) -> None:
        """Open it so that the next call is the trial."""
        self._force(OpenState, retry_at=self.clock())

    def record(self, permit: Permit, judgement: Judgement, error: BaseException | None) -> None:
        """Count the outcome of a call, unless the circuit changed since it began."""
        verdict = judgement.verdict
        with self._lock:
            if permit.generation != self._generation:
                change = None
            elif verdict is Verdict.IGNORED:
                change = self._return_trial_locked(permit, judgement)
            elif verdict is Verdict.ACCEPTED and not judgement.throttled:
                change = self._succeed_locked(permit)
            else:
                change = self._fail_locked(permit, judgement)
        if verdict is Verdict.ACCEPTED:
            self.notices.success()
        elif judgement.is_failure and error is not None:  # a 429 has none: the host is well
            self.notices.failure(error)
        if change:
            self.notices.changed(*change)

    def _return_trial_locked(self, permit: Permit, judgement: Judgement) -> Change | None:
        if not permit.trial:
            return None
        if judgement.abandoned:  # too slow for this call, it would be for the next one as well
            self._retry_at = self.clock() + self._accrual.next_break(judgement, self._rng)
        self._change_locked(OpenState)  # still due: the next call is the trial
        return HalfOpenState, OpenState, "the trial had no outcome"

    def _succeed_locked(self, permit: Permit) -> Change | None:
        if not permit.trial:
            self._accrual.succeed(self.clock())
            return None
        self._accrual.forget()
        self._change_locked(ClosedState)
        return HalfOpenState, ClosedState, "the trial succeeded"

    def _fail_locked(self, permit: Permit, judgement: Judgement) -> Change | None:
        now = self.clock()
        self._accrual.fail(judgement, now)
        if permit.bypass or not (permit.trial or self._accrual.is_enough(now)):
            return None
        old = self._state
        length = self._accrual.next_break(judgement, self._rng)
        self._retry_at = now + length
        self._change_locked(OpenState)
        return old, OpenState, f"{judgement.reason or 'failures'}; tried again in {length:.1f} s"

    def _change_locked(self, state: type[State]) -> None:
        self._state = state
        self._generation += 1

    def _force(self, state: type[State], retry_at: float | None) -> None:
        with self._lock:
            old = self._state
            if state is ClosedState:
                self._accrual.forget()
            self._retry_at = retry_at
            self._change_locked(state)
        if old is not state:
            self.notices.changed(old, state, "by hand")

    def _after_fork(self) -> None:
        self._lock = threading.Lock()
        self._rng.seed()
        if self._state is HalfOpenState:  # the trial is the parent's
            self._change_locked(OpenState)

    def __getstate__(self) -> dict[str, Any]:
        """What it was made with: a copy in another process starts closed."""
        return {
            "name": self.name,
            "exclude": self._exclude,
            "listeners": self.notices.listeners,
            "clock": self.clock,
            **self.settings.as_arguments(),
        }

    def __setstate__(self, arguments: dict[str, Any]) -> None:
        CircuitBreaker.__init__(self, **arguments)

    def __repr__(self) -> str:
        name = self.name or ""
        return f"<CircuitBreaker {name} {self.current_state}, {self.fail_counter} failures>"
