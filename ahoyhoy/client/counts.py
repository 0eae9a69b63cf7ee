"""What a client did, counted."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from .._core import ClientStats, HostStats
from .._fork import renew_after_fork


class Counts:
    """Counts calls; its own lock guards them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls = 0
        self._failures = 0
        self._attempts = 0
        renew_after_fork(self)

    def add(self, *, failed: bool, attempts: int) -> None:
        """One call ended."""
        with self._lock:
            self._calls += 1
            self._failures += failed
            self._attempts += attempts

    def snapshot(self, hosts: Sequence[HostStats]) -> ClientStats:
        """The counts, beside what is known of the hosts."""
        available = sum(host.circuit == "closed" or host.retry_in == 0.0 for host in hosts)
        with self._lock:
            return ClientStats(self._calls, self._failures, self._attempts, len(hosts), available)

    def _after_fork(self) -> None:
        self._lock = threading.Lock()
