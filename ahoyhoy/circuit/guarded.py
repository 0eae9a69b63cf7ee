"""A function behind a circuit breaker, and a way out of a retry function's loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from .._core import Judgement, Verdict
from ..classifiers.servererror import is_server_error, server_error
from ..classifiers.verdicts import judge_error, judge_response
from ..exceptions import CircuitOpenError
from .breaker import CircuitBreaker
from .permit import Permit

REFUSED = Judgement(Verdict.UNSENT, "circuit open")


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
    """A function behind a circuit breaker, as a 4.x retry function may call it again and again."""

    def __init__(
        self,
        breaker: CircuitBreaker,
        func: Callable[..., Any],
        may_repeat: Callable[[Judgement], bool],
        judges: Judges,
        *,
        retried: bool,
        bypass: bool = False,
    ) -> None:
        self._breaker = breaker
        self._func = func
        self._may_repeat = may_repeat
        self._judges = judges
        self._retried = retried
        self._bypass = bypass
        self.judgement = Judgement(Verdict.IGNORED)
        #: what this circuit said when it did not let the call through
        self.refusal: CircuitOpenError | None = None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it once, if the circuit lets it through."""
        try:
            permit = self._breaker.acquire(bypass=self._bypass)
        except CircuitOpenError as refusal:
            self.refusal = refusal
            self.judgement = REFUSED
            raise (NotAgainError(refusal) if self._retried else refusal) from None
        with permit:
            try:
                return self._pass(permit, args, kwargs)
            except Exception as error:
                if self._retried and not self._may_repeat(self.judgement):
                    raise NotAgainError(error) from error
                raise

    def _pass(self, permit: Permit, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        self._breaker.notices.before_call(self._func, args, kwargs)
        try:
            result = self._func(*args, **kwargs)
        except Exception as error:
            self.judgement = self._judges.error(error)
            permit.record(self.judgement, error)
            raise
        self.judgement = self._judges.result(result)
        permit.record(self.judgement, server_error(result) if is_server_error(result) else None)
        return result
