"""`Circuit`: the 4.x face of a circuit breaker, and what an `Endpoint` is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .._core import Judgement, Outcome, Verdict
from ..classifiers.redaction import redact
from ..classifiers.servererror import is_server_error, server_error
from ..exceptions import BuilderError
from .breaker import CircuitBreaker
from .guarded import Guarded, Judges, NotAgainError, Repeated
from .permit import Permit
from .states import STATES, ClosedState, HalfOpenState, OpenState, State

_BY_THE_TABLE = Judges()


def _anything(_judgement: Judgement) -> bool:
    return True


class Circuit:
    """Something whose calls go through a circuit breaker.

        >>> from ahoyhoy.circuit import Circuit
        >>> circuit = Circuit()
        >>> circuit.open()
        >>> circuit.is_open()
        True
        >>> circuit.open()
        Traceback (most recent call last):
            ...
        ahoyhoy.exceptions.CircuitOpenError: State is already open.

    Args:
        breaker: the circuit breaker; default a `CircuitBreaker()` with default settings.

    Raises:
        BuilderError: (a TypeError) when it is none.
    """

    _session: Any = None
    _retry: Callable[..., Any] | None = None
    _exc: Callable[[Exception], Any] | None = None

    def __init__(self, breaker: CircuitBreaker | None = None) -> None:
        if not isinstance(breaker, CircuitBreaker | None):
            raise BuilderError(
                f"an object of {type(breaker).__name__} is no circuit of one host: give a"
                " CircuitBreaker(…)"
            )
        self._breaker = breaker or CircuitBreaker()

    @property
    def breaker(self) -> CircuitBreaker:
        """The circuit breaker behind it."""
        return self._breaker

    @property
    def _state(self) -> type[State]:
        return self._breaker.state

    def change_state(self, state: type[State]) -> None:
        """Put it into a state by hand: `ClosedState`, `OpenState`, or `HalfOpenState` (a trial is due)."""
        if state is ClosedState:
            self._breaker.close()
        elif state is OpenState:
            self._breaker.open()
        elif state is HalfOpenState:
            self._breaker.half_open()
        else:
            names = ", ".join(s.__name__ for s in STATES.values())
            raise TypeError(f"{state!r} is not a state of a circuit: give {names}")

    def open(self) -> None:
        """Open it: nothing goes through until `close`.

        Raises:
            CircuitOpenError: (a RuntimeError) when it is open.
        """
        self._state.open(self)

    def close(self) -> None:
        """Close it and forget its failures.

        Raises:
            CircuitOpenError: (a RuntimeError) when it is closed.
        """
        self._state.close(self)

    def is_open(self) -> bool:
        """Whether it is open; also while a trial is due but nobody called yet."""
        return self._state is OpenState

    def is_closed(self) -> bool:
        """Whether requests go through."""
        return self._state is ClosedState

    @property
    def available(self) -> bool:
        """Whether a call would go through now, if only as the trial of an open circuit."""
        return self.is_closed() or self._breaker.trial_due

    def guard(self) -> Permit:
        """Leave to make one call: `with circuit.guard() as permit: … permit.record(judgement)`.

        Raises:
            CircuitOpenError: while it is open and no trial is due.
        """
        return self._breaker.acquire()

    def dispatch(self, name: str) -> Any:
        """The session's method of that name.

        Raises:
            CircuitOpenError: (a RuntimeError) while the circuit is open.
        """
        return self._state.dispatch(self, name)

    def classify(self, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call `func` through the circuit: network errors and 5xx answers are failures, 4xx are not.

        Raises:
            CircuitOpenError: while the circuit is open.
            Ahoyhoy500Exception: for a 5xx answer.
            Exception: whatever `func` raises, unless an exception callback handles it.
        """
        return self._attempt(func, args, kwargs, retry=self._retry).unwrap()

    def exception_callback(self, exc: Exception) -> Any:
        """What stands in for the result after an exception. By default it is raised."""
        if self._exc is None:
            raise exc
        return self._exc(exc)

    def _attempt(
        self,
        func: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        *,
        may_repeat: Callable[[Judgement], bool] = _anything,
        judges: Judges = _BY_THE_TABLE,
        bypass: bool = False,
        retry: Callable[..., Any] | None = None,
    ) -> Outcome:
        """One attempt: through the 4.x retry function if there is one, and always the circuit."""
        breaker = self._breaker
        clock = breaker.clock
        started = clock()
        trial: Guarded
        try:
            if retry is None:
                trial = Guarded(breaker, func, judges, bypass=bypass)
                result = trial(*args, **kwargs)
            else:
                trial = Repeated(breaker, func, judges, may_repeat, bypass=bypass)
                result = retry(trial, fargs=args, fkwargs=dict(kwargs))
        except NotAgainError as stop:
            return self._failed(stop.error, args, trial, clock() - started)
        except Exception as error:
            return self._failed(error, args, trial, clock() - started)
        failed = (
            server_error(result) if trial.judgement.is_failure and is_server_error(result) else None
        )
        status = getattr(result, "status_code", None)
        return Outcome(trial.judgement, result, failed, clock() - started, status)

    def _failed(
        self, error: Exception, args: tuple[Any, ...], trial: Guarded, elapsed: float
    ) -> Outcome:
        judgement = trial.judgement
        redact(error, args[0] if args else None)
        # No attempt was made, or nobody waits for it: no callback's business.
        if error is trial.refusal or judgement.abandoned:
            return Outcome(judgement, error=error, elapsed=elapsed)
        ended = Judgement(Verdict.FAILED, judgement.reason)
        try:
            stand_in = self.exception_callback(error)
        except Exception as raised:
            verdict = judgement if raised is error else ended
            return Outcome(verdict, error=raised, elapsed=elapsed)
        return Outcome(ended, stand_in, elapsed=elapsed)
