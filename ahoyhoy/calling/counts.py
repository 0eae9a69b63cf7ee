"""What a client did, counted."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from .._core import ClientStats, HostStats
from .._fork import renew_after_fork
from ..retries import RetryBudget


class Counts:
    """Counts calls; its own lock guards them.

    Args:
        budget: of the client, whose balance is told beside the counts.
    """

    def __init__(self, budget: RetryBudget | None = None) -> None:
        self._budget = budget
        self._lock = threading.Lock()
        self._calls = 0
        self._failures = 0
        self._attempts = 0
        self._denied = 0
        renew_after_fork(self)

    def add(self, *, failed: bool, attempts: int, denied: int) -> None:
        """One call ended."""
        with self._lock:
            self._calls += 1
            self._failures += failed
            self._attempts += attempts
            self._denied += denied

    def snapshot(self, hosts: Sequence[HostStats]) -> ClientStats:
        """The counts, beside what is known of the hosts."""
        available = sum(host.available for host in hosts)
        balance = None if self._budget is None else self._budget.balance
        with self._lock:
            return ClientStats(
                self._calls, self._failures, self._attempts, len(hosts), available, self._denied,
                balance,
            )  # fmt: skip

    def _after_fork(self) -> None:
        self._lock = threading.Lock()
