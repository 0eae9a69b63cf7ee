"""How many requests a client may add to those it was asked for.

When a service is in trouble, every failed request is followed by others, and they are what keeps
it down. A budget ties the additional requests to the calls that were made: Finagle's
`RetryBudget`, by the windowed count that linkerd's tower has.
"""

from __future__ import annotations

import threading
import time
from typing import Any

from .._core import Clock, RollingWindow, is_number
from .._fork import renew_after_fork

#: Below a millisecond there is nothing to count, beyond thirty years nobody to count it.
_SHORTEST, _LONGEST = 0.001, 1e9


class RetryBudget:
    """Allows one additional request for every few calls.

    In each window there may be `ratio` times as many retries and hedges as calls, and `floor`
    for each second on top, so that a client with few calls can retry at all. An attempt that was
    never sent (a refused connection) costs nothing: it adds nothing to anybody's load.

    Args:
        ratio: additional requests for each call. Default 0.2.
        floor: additional requests for each second, whatever the calls. Default 10.
        window: seconds over which both are counted. Default 10.
        clock: seconds that never go back; default `time.monotonic`.

    Raises:
        ValueError: for a negative ratio or floor, or a window not above 0.

    Threading: may be shared by threads and by clients, which then share what it allows.
    """

    def __init__(
        self,
        ratio: float = 0.2,
        floor: float = 10.0,
        window: float = 10.0,
        *,
        clock: Clock = time.monotonic,
    ) -> None:
        if not all(is_number(n) and 0 <= n < float("inf") for n in (ratio, floor)):
            raise ValueError(
                f"ratio and floor are finite numbers from 0 up, not {ratio!r} and {floor!r}"
            )
        if not is_number(window) or not _SHORTEST <= window <= _LONGEST:
            raise ValueError(
                f"a window is seconds from {_SHORTEST} to {_LONGEST:.0e}, not {window!r}"
            )
        self.ratio = ratio
        self.floor = floor
        self.window = window
        self._clock = clock
        #: calls as successes, additional requests as failures
        self._counts = RollingWindow(window)
        self._lock = threading.Lock()
        renew_after_fork(self)

    def deposit(self) -> None:
        """A call was made."""
        with self._lock:
            self._counts.add(self._clock(), success=True)

    def withdraw(self) -> bool:
        """Whether one more additional request is allowed; if so, it is counted."""
        with self._lock:
            now = self._clock()
            allowed = self._balance_locked(now) >= 1.0
            if allowed:
                self._counts.add(now, success=False)
            return allowed

    @property
    def balance(self) -> float:
        """How many additional requests are allowed right now."""
        with self._lock:
            return max(0.0, self._balance_locked(self._clock()))

    def _balance_locked(self, now: float) -> float:
        calls, additional = self._counts.totals(now)
        return calls * self.ratio + self.floor * self.window - additional

    def _after_fork(self) -> None:
        self._lock = threading.Lock()

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy in another process counts for itself."""
        return type(self), (self.ratio, self.floor, self.window)

    def __repr__(self) -> str:
        return (
            f"<RetryBudget {self.ratio} of the calls and {self.floor}/s, {self.balance:.0f} left>"
        )
