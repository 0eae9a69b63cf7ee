"""One GET to every host, from time to time, and what became of them."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

import requests

from .._core import Ewma, HostStats
from ..exceptions import CircuitOpenError
from ..lb import ILoadBalancer
from ..utils import Host

_MAX_THREADS = 32  # a host that hangs holds up one of them


class Probes:
    """GETs that go past the choice of the balancer, through its endpoints and their circuits.

    Args:
        balancer: whose hosts.
        path: what is asked for.
        timeout: seconds an answer may take.
        clock: what the time is, in seconds.

    To be used by one thread.
    """

    def __init__(
        self,
        balancer: ILoadBalancer,
        path: str,
        *,
        timeout: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._balancer = balancer
        self._path = path
        self._timeout = timeout
        self._clock = clock
        self._threads = ThreadPoolExecutor(_MAX_THREADS)
        self._pending: dict[Host, Future[float | None]] = {}
        self._requests: dict[Host, int] = {}
        self._failures: dict[Host, int] = {}
        self._latency: dict[Host, Ewma] = {}

    def close(self) -> None:
        """Wait for the probes that are under way."""
        self._threads.shutdown(cancel_futures=True)

    def run(self, *, patience: float | None) -> tuple[HostStats, ...]:
        """Probe every host that has answered its last probe, and say how they all do.

        Args:
            patience: how many seconds to wait for answers; None for as long as they take.
        """
        for endpoint in self._balancer.endpoints():
            host = endpoint.host
            if host is not None and host not in self._pending:
                self._pending[host] = self._threads.submit(self._probe, endpoint)
        done, _ = wait(self._pending.values(), patience)
        for host in [host for host, probe in self._pending.items() if probe in done]:
            self._count(host, self._pending.pop(host))
        return tuple(map(self._stats, self._balancer.hosts()))

    def _probe(self, endpoint: Any) -> float | None:
        """How many seconds the answer took; None where the circuit let nothing through."""
        began = self._clock()
        try:
            response = endpoint.get(self._path, timeout=self._timeout)
        except CircuitOpenError:
            return None
        if response.status_code >= 500:
            raise requests.HTTPError(response=response)
        return self._clock() - began

    def _count(self, host: Host, probe: Future[float | None]) -> None:
        try:
            elapsed = probe.result()
        except requests.RequestException:
            self._failures[host] = self._failures.get(host, 0) + 1
        else:
            if elapsed is None:
                return
            self._latency.setdefault(host, Ewma()).add(elapsed, self._clock())
        self._requests[host] = self._requests.get(host, 0) + 1

    def _stats(self, stats: HostStats) -> HostStats:
        latency = self._latency.get(stats.host)
        return dataclasses.replace(
            stats,
            in_flight=int(stats.host in self._pending),
            requests=self._requests.get(stats.host, 0),
            failures=self._failures.get(stats.host, 0),
            latency=None if latency is None else latency.value,
        )
