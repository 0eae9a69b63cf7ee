"""Probes the hosts of a balancer, and tells it which are healthy."""

from __future__ import annotations

import logging
import random
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any

from .._fork import renew_after_fork
from ..http.sessions import keep_from_children
from ..utils import Host
from .check import HealthCheck
from .rounds import Balancer, Rounds

logger = logging.getLogger("ahoyhoy.health")

# No state of its own: a forked child draws other numbers than its parent.
_CHANCE = random.SystemRandom()


class HealthMonitor:
    """Probes the hosts of a balancer, and tells it by `lb.report(…)` which are healthy.

    A client with `add_health_check(HealthCheck("/health"))` starts one with its first call and
    closes it when it is closed. Probes go past the balancer and the circuits: they are no calls,
    take no lease, and count for no circuit. A host that a check finds unhealthy gets no calls,
    even if its circuit is closed; one that it finds healthy still waits for its circuit's trial.

    What the checks alone hold against every host is not held against any: a check that fails
    everywhere says more about the check than about the hosts, and must not end the service.
    (Envoy's panic threshold is the model.) A host that the provider names anew is taken for
    healthy until a probe says otherwise.

    Args:
        lb: the balancer. It is held weakly: the thread ends with it.
        check: what is asked, how often, and how many answers decide.
        session: for the probes: its certificates, authentication and proxies. Default the
            balancer's session; where it has none, a new one.
        clock: seconds that only go forward.
        rng: where the jitter comes from.

    Raises:
        TypeError: when `check` is no `HealthCheck`.

    Threading: may be shared by threads. One daemon thread, and a short-lived one for each probe
    under way. A forked child has none until its next `start()`. A pickled one carries its
    settings and its balancer.
    """

    def __init__(
        self,
        lb: Balancer,
        check: HealthCheck,
        *,
        session: Any = None,
        clock: Callable[[], float] = time.monotonic,
        rng: random.Random | None = None,
    ) -> None:
        if not isinstance(check, HealthCheck):
            raise TypeError(f"check must be a HealthCheck, as in HealthCheck('/'), not {check!r}")
        self._lb = weakref.ref(lb)
        self._check = check
        self._session = getattr(lb, "_session", None) if session is None else session
        self._clock = clock
        self._rng = rng
        self._unhealthy: set[Host] = set()
        self._rounds: Rounds | None = None
        self._lock = threading.Lock()
        keep_from_children(self._session)
        renew_after_fork(self)

    def start(self) -> None:
        """Begin to probe, unless it has begun: cheap enough to be called with every call.

        Does not block; never raises: without a thread there are no checks, and the next call
        tries again.
        """
        rounds = self._rounds
        if rounds is not None and rounds.is_alive:
            return
        lb = self._lb()
        if lb is None:
            return
        with self._lock:
            if self._rounds is not None and self._rounds.is_alive:
                return
            rounds = self._new_rounds(lb)
            try:
                rounds.start()
            except RuntimeError as error:  # too many threads, or the interpreter is ending
                logger.warning("no health checks: %s", error)
            else:
                self._rounds = rounds

    def close(self) -> None:
        """End the thread, and the probes under way. It may be started again.

        The hosts that were found unhealthy are used again, as nobody would find them recovered.
        Blocks for a second at most, and only while the provider or a listener holds the thread up.
        """
        with self._lock:
            rounds, self._rounds = self._rounds, None
        if rounds is not None:
            rounds.stop()

    def _new_rounds(self, lb: Balancer) -> Rounds:
        return Rounds(
            lb,
            self._check,
            session=self._session,
            clock=self._clock,
            rng=self._rng or _CHANCE,
            unhealthy=self._unhealthy,
        )

    def _after_fork(self) -> None:
        # The thread is the parent's. What the balancer was told stays known, to be taken back.
        self._lock = threading.Lock()
        self._rounds = None

    def __getstate__(self) -> dict[str, Any]:
        return {
            "lb": self._lb(),
            "check": self._check,
            "session": self._session,
            "clock": self._clock,
            "rng": self._rng,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        type(self).__init__(self, **state)

    def __repr__(self) -> str:
        asked = "TCP" if self._check.path is None else self._check.path
        return f"<{type(self).__name__} {asked} every {self._check.interval:g} s>"
