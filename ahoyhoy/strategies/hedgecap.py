"""When a request is late, and how many may be doubled because they are."""

from __future__ import annotations

import threading
from typing import Any

from .._core import LatencyWindow, is_number
from .._fork import renew_after_fork

#: Fewer answers than this say nothing about the slow ones among them.
_ENOUGH = 50
#: The 95th percentile alone is no good delay: where answers hardly differ, it is so near to the
#: median that jitter spends the whole cap, and the requests that are really late find it empty.
_OVER_MEDIAN = 1.5
#: Seconds between two looks at the percentiles.
_REFRESH = 1.0
#: Hedges that may be saved up.
_BURST = 5.0


class HedgeCap:
    """A token bucket: each call pays in a share, each hedge takes out a whole.

    Args:
        max_extra: hedges for each call.

    Threading: has a lock of its own.
    """

    def __init__(self, max_extra: float) -> None:
        if not is_number(max_extra) or not 0 < max_extra <= 1:
            raise ValueError(
                f"max_extra is a share of the calls above 0, up to 1, not {max_extra!r}"
            )
        self.max_extra = max_extra
        self._tokens = _BURST
        self._lock = threading.Lock()
        renew_after_fork(self)

    def pay_in(self) -> None:
        """A call was made."""
        with self._lock:
            self._tokens = min(_BURST, self._tokens + self.max_extra)

    def take(self) -> bool:
        """Whether one more hedge is allowed; if so, it is counted."""
        with self._lock:
            allowed = self._tokens >= 1.0
            if allowed:
                self._tokens -= 1.0
            return allowed

    def give_back(self) -> None:
        """A hedge that was taken was not sent."""
        with self._lock:
            self._tokens = min(_BURST, self._tokens + 1.0)

    def _after_fork(self) -> None:
        self._lock = threading.Lock()

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy in another process counts for itself."""
        return type(self), (self.max_extra,)


class AdaptiveDelay:
    """The time after which an answer is late: `max(p95, 1.5 * p50)` of the last 30 seconds.

    Threading: has a lock of its own.
    """

    def __init__(self) -> None:
        self._latencies = LatencyWindow(30.0)
        self._seconds: float | None = None
        self._looked_at = float("-inf")
        self._lock = threading.Lock()
        renew_after_fork(self)

    def add(self, seconds: float, now: float) -> None:
        """An answer took that long, or would have taken longer."""
        with self._lock:
            self._latencies.add(seconds, now)

    def seconds(self, now: float) -> float | None:
        """The delay; None before there were 50 answers."""
        with self._lock:
            if self._seconds is None or now - self._looked_at >= _REFRESH:
                self._looked_at = now
                number, (p50, p95) = self._latencies.percentiles((0.5, 0.95), now)
                self._seconds = max(p95, _OVER_MEDIAN * p50) if number >= _ENOUGH else None
            return self._seconds

    def _after_fork(self) -> None:
        self._lock = threading.Lock()

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy in another process measures for itself."""
        return type(self), ()
