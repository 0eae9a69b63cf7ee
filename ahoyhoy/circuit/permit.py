"""Leave to make one call through a circuit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._core import Judgement, Verdict

if TYPE_CHECKING:
    from .breaker import CircuitBreaker

IGNORED = Judgement(Verdict.IGNORED)


class Permit:
    """Leave to make one call. Ends in `record`, or unrecorded when its `with` block ends."""

    __slots__ = ("__weakref__", "_began", "_breaker", "_done", "bypass", "generation", "trial")

    def __init__(
        self,
        breaker: CircuitBreaker,
        generation: int,
        *,
        trial: bool = False,
        bypass: bool = False,
    ) -> None:
        self._breaker = breaker
        self._done = False
        self.generation = generation
        self.trial = trial
        #: goes through an open circuit and changes nothing about that
        self.bypass = bypass
        #: the time, where slow calls count
        self._began = 0.0 if breaker.settings.slow_call_duration is None else breaker.clock()

    def record(self, judgement: Judgement, error: BaseException | None = None) -> None:
        """Tell the circuit what became of the call. Only the first time counts."""
        if self._done:
            return
        longest = self._breaker.settings.slow_call_duration
        if longest is not None and judgement.verdict is Verdict.ACCEPTED:
            judgement = self._with_slowness(judgement, longest)
        self._breaker.record(self, judgement, error)
        self._done = True

    def _with_slowness(self, judgement: Judgement, longest: float) -> Judgement:
        """What the circuit makes of a good answer that came late."""
        elapsed = self._breaker.clock() - self._began
        if elapsed <= longest:
            return judgement
        return Judgement(Verdict.RETRYABLE, f"slow answer: {elapsed:.2f} s", answered=True)

    def __enter__(self) -> Permit:
        return self

    def __exit__(self, *_: object) -> None:
        # Cancelled, interrupted, a bug: no outcome, but a trial's permit must come back.
        if not self._done:
            self.record(IGNORED)
