"""A limit on the requests in flight that follows the latency of a host.

While a host is not overloaded its latency does not depend on how much it has to do. Once its
requests queue, the latency of now rises above that of the long run, and their quotient says by how
much there are too many: the Gradient2 limit of Netflix's concurrency-limits.
"""

from __future__ import annotations

from dataclasses import dataclass

from .._core import Outcome, Verdict

#: How many samples the long-run average spans, and after how many it is more than their mean.
_SPAN = 600
_WARM_UP = 10
#: Latency may grow by this factor before the limit shrinks.
_TOLERANCE = 1.5
#: Requests that may queue at the host: without any the limit could never grow.
_QUEUE = 4
_SMOOTHING = 0.2


@dataclass(frozen=True, slots=True)
class Gradient2:
    """Have the limit on one host's requests in flight follow its latency.

    Args:
        initial: the limit at the start. Default 20.
        minimum: it never falls below. Default 20.
        maximum: it never rises above. Default 200.

    Raises:
        ValueError: unless 1 <= minimum <= initial <= maximum, all of them whole numbers.
    """

    initial: int = 20
    minimum: int = 20
    maximum: int = 200

    def __post_init__(self) -> None:
        values = (self.minimum, self.initial, self.maximum)
        if any(isinstance(value, bool) or not isinstance(value, int) for value in values) or not (
            1 <= self.minimum <= self.initial <= self.maximum
        ):
            raise ValueError(
                "Gradient2 takes whole numbers with 1 <= minimum <= initial <= maximum, not"
                f" minimum={self.minimum!r}, initial={self.initial!r}, maximum={self.maximum!r}"
            )


class GradientLimit:
    """The limit of one host, found out.

    Not thread-safe: the balancer's lock guards it.
    """

    __slots__ = ("_long", "_samples", "_settings", "value")

    def __init__(self, settings: Gradient2) -> None:
        self._settings = settings
        self._long = 0.0
        self._samples = 0
        self.value = float(settings.initial)

    def observe(self, outcome: Outcome, in_flight: int) -> None:
        """Learn from a request that ended, itself among the `in_flight`."""
        judgement = outcome.judgement
        # A refusal comes fast and says nothing of the host's load.
        if judgement.verdict is not Verdict.ACCEPTED and not (
            judgement.answered or judgement.slow or judgement.abandoned
        ):
            return
        short = max(outcome.elapsed, 1e-9)
        long = self._average(short)
        if in_flight < self.value / 2:
            return  # latency under little load says nothing of the limit
        gradient = max(0.5, min(1.0, _TOLERANCE * long / short))
        target = self.value * gradient + _QUEUE
        smoothed = self.value * (1 - _SMOOTHING) + target * _SMOOTHING
        self.value = max(self._settings.minimum, min(self._settings.maximum, smoothed))

    def _average(self, sample: float) -> float:
        """The latency of the long run."""
        if self._samples < _WARM_UP:
            self._samples += 1
            self._long += (sample - self._long) / self._samples
        else:
            self._long += (sample - self._long) * 2 / (_SPAN + 1)
        long = self._long
        if long / sample > 2:  # a time of overload is over: forget it sooner
            self._long *= 0.95
        return long
