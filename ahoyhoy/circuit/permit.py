"""Leave to make one call through a circuit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._core import Judgement, Verdict

if TYPE_CHECKING:
    from .breaker import CircuitBreaker

IGNORED = Judgement(Verdict.IGNORED)


class Permit:
    """Leave to make one call. Ends in `record`, or unrecorded when its `with` block ends."""

    __slots__ = ("__weakref__", "_breaker", "_done", "generation", "trial")

    def __init__(self, breaker: CircuitBreaker, generation: int, *, trial: bool) -> None:
        self._breaker = breaker
        self._done = False
        self.generation = generation
        self.trial = trial

    def record(self, judgement: Judgement, error: BaseException | None = None) -> None:
        """Tell the circuit what became of the call. Only the first time counts."""
        if not self._done:
            self._breaker.record(self, judgement, error)
            self._done = True

    def __enter__(self) -> Permit:
        return self

    def __exit__(self, *_: object) -> None:
        # Cancelled, interrupted, a bug: no outcome, but a trial's permit must come back.
        self.record(IGNORED)
