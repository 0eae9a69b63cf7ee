"""Numbers about what happened; time is an argument."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..utils import Host


class RollingWindow:
    """Successes and failures of the last `duration` seconds, in ten buckets.

    Not thread-safe: its owner's lock guards it.
    """

    __slots__ = ("_buckets", "_width")

    BUCKETS = 10

    def __init__(self, duration: float) -> None:
        self._width = duration / self.BUCKETS
        #: (number of the bucket since the epoch of the clock, successes, failures), oldest first
        self._buckets: list[list[int]] = []

    def add(self, now: float, *, success: bool) -> None:
        """Count one outcome."""
        number = int(now // self._width)
        if not self._buckets or self._buckets[-1][0] != number:
            self._expire(number)
            self._buckets.append([number, 0, 0])
        self._buckets[-1][1 if success else 2] += 1

    def totals(self, now: float) -> tuple[int, int]:
        """The successes and the failures."""
        self._expire(int(now // self._width))
        return sum(b[1] for b in self._buckets), sum(b[2] for b in self._buckets)

    def clear(self) -> None:
        """Forget everything."""
        self._buckets.clear()

    def _expire(self, number: int) -> None:
        oldest = number - self.BUCKETS
        while self._buckets and self._buckets[0][0] <= oldest:
            del self._buckets[0]


class Ewma:
    """An average that forgets: a sample weighs 1/e after `decay` seconds.

    Not thread-safe: its owner's lock guards it.
    """

    __slots__ = ("_at", "_decay", "value")

    def __init__(self, decay: float = 10.0) -> None:
        self._decay = decay
        self._at = 0.0
        self.value: float | None = None

    def add(self, sample: float, now: float) -> None:
        """Count one sample."""
        if self.value is None:
            self.value = sample
        else:
            keep = math.exp(-max(0.0, now - self._at) / self._decay)
            # Samples at the same instant share it evenly instead of the last one being lost.
            self.value += (sample - self.value) * max(1.0 - keep, 0.1)
        self._at = now


@dataclass(frozen=True, slots=True)
class HostStats:
    """One host as a client sees it.

    Attributes:
        host: address and port.
        circuit: `"closed"`, `"open"` or `"half-open"`.
        in_flight: requests that have no answer yet.
        requests: attempts that ended, refused connections included.
        failures: how many of them failed.
        latency: a moving average of the answers' times, in seconds; None before the first answer.
        retry_in: seconds until an open circuit lets a trial through; None when it is not open.
        held_for: seconds for which it asked to be left alone; None: it did not.
        healthy: what active health checks say; True without any.
        weight: its share of the calls relative to others.
        zone: where it stands, if that is known.
        limit: how many requests may be in flight there; None: any number.
    """

    host: Host
    circuit: str = "closed"
    in_flight: int = 0
    requests: int = 0
    failures: int = 0
    latency: float | None = None
    retry_in: float | None = None
    held_for: float | None = None
    healthy: bool = True
    weight: float = 1.0
    zone: str | None = None
    limit: int | None = None

    @property
    def available(self) -> bool:
        """Whether calls go there: closed or due for a trial, healthy, and not asking for a pause."""
        usable = self.circuit == "closed" or self.retry_in == 0.0
        return usable and self.healthy and self.held_for is None


@dataclass(frozen=True, slots=True)
class ClientStats:
    """What a client did since it was made.

    Attributes:
        calls: calls that ended.
        failures: calls that raised.
        attempts: attempts made for them, those included that were never sent.
        hosts: how many hosts are known now.
        available: how many of them may be used now.
        denied: retries and hedges that the budget, a deadline or a `Retry-After` did not allow.
        retry_budget: how many more retries and hedges are allowed right now; None: any number.
    """

    calls: int = 0
    failures: int = 0
    attempts: int = 0
    hosts: int = 0
    available: int = 0
    denied: int = 0
    retry_budget: float | None = None
