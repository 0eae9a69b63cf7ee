"""A function behind a circuit breaker, and a way out of a retry function's loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from .._core import Judgement, Verdict
from ..classifiers.servererror import is_server_error, server_error
from ..classifiers.verdicts import judge_error, judge_response
from ..exceptions import CircuitOpenError
from .breaker import CircuitBreaker

REFUSED = Judgement(Verdict.UNSENT, "circuit open")
_NOTHING_YET = Judgement(Verdict.IGNORED)


class Judges(NamedTuple):
    """What decides about results and errors."""

    result: Callable[[Any], Judgement] = judge_response
    error: Callable[[Exception], Judgement] = judge_error


class NotAgainError(BaseException):
    """Ends a 4.x retry function's loop, which catches every Exception."""

    def __init__(self, error: Exception) -> None:
        super().__init__(error)
        self.error = error


class Guarded:
    """A function behind a circuit breaker, and what became of its last call."""

    __slots__ = ("_breaker", "_bypass", "_func", "_judges", "judgement", "refusal")

    def __init__(
        self,
        breaker: CircuitBreaker,
        func: Callable[..., Any],
        judges: Judges,
        *,
        bypass: bool = False,
    ) -> None:
        self._breaker = breaker
        self._func = func
        self._judges = judges
        self._bypass = bypass
        self.judgement = _NOTHING_YET
        #: what this circuit said when it did not let the call through
        self.refusal: CircuitOpenError | None = None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it once, if the circuit lets it through."""
        try:
            permit = self._breaker.acquire(bypass=self._bypass)
        except CircuitOpenError as refusal:
            self.refusal = refusal
            self.judgement = REFUSED
            raise
        with permit:
            if self._breaker.notices.listeners:
                self._breaker.notices.before_call(self._func, args, kwargs)
            try:
                result = self._func(*args, **kwargs)
            except Exception as error:
                self.judgement = judgement = self._judges.error(error)
                permit.record(judgement, error)
                raise
            self.judgement = judgement = self._judges.result(result)
            failed = judgement.is_failure and is_server_error(result)
            permit.record(judgement, server_error(result) if failed else None)
            return result


class Repeated(Guarded):
    """The same in the loop of a 4.x retry function, which catches every Exception."""

    __slots__ = ("_may_repeat",)

    def __init__(
        self,
        breaker: CircuitBreaker,
        func: Callable[..., Any],
        judges: Judges,
        may_repeat: Callable[[Judgement], bool],
        *,
        bypass: bool = False,
    ) -> None:
        super().__init__(breaker, func, judges, bypass=bypass)
        self._may_repeat = may_repeat

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it once more; NotAgainError where that must be the last time."""
        try:
            return super().__call__(*args, **kwargs)
        except Exception as error:
            if error is self.refusal or not self._may_repeat(self.judgement):
                raise NotAgainError(error) from error
            raise
