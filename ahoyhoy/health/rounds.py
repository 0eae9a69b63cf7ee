"""The thread that goes its rounds: starts probes, and tells the balancer what they found."""

from __future__ import annotations

import functools
import logging
import queue
import random
import threading
import weakref
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, NamedTuple, Protocol

from .._core import Cancellation, Deadline
from ..endpoints import Endpoint
from ..http.bounds import Bounds
from ..http.sessions import new_session
from ..utils import Host, Instance
from ..utils.instance import netloc
from .check import HealthCheck
from .probing import flaw_of
from .schedule import Finding, Probe, Schedule

logger = logging.getLogger("ahoyhoy.health")

#: Seconds between looks at the balancer's list.
_LOOK = 1.0
#: Seconds that stopping waits for a provider or listener that has the thread.
_PATIENCE = 1.0


class Balancer(Protocol):
    """What of a load balancer is needed."""

    def endpoints(self) -> Iterable[Endpoint]:
        """An endpoint for each host."""

    def report(self, host: Host, *, healthy: bool, reason: str = "") -> None:
        """Take note of how a host is. Told again and again: only a change is news."""


class _Ended(NamedTuple):
    """A probe ended: with a flaw of the host's, with None, or with an error that is not the host's."""

    probe: Probe
    flaw: str | None = None
    error: BaseException | None = None


class Rounds:
    """One run of a `HealthMonitor`, from its start to its end.

    Args:
        lb: the balancer, which is held weakly: the rounds end with it.
        check: the settings.
        session: for the probes; None: one of its own.
        clock: seconds that only go forward.
        rng: where the jitter comes from.
        unhealthy: the hosts that the balancer was told are unhealthy; kept up to date.

    Threading: everything but `start`, `stop` and `is_alive` is its own thread's.
    """

    def __init__(
        self,
        lb: Balancer,
        check: HealthCheck,
        *,
        session: Any,
        clock: Callable[[], float],
        rng: random.Random,
        unhealthy: set[Host],
    ) -> None:
        # A SimpleQueue, as the garbage collector may tell of the balancer's end in any thread, at
        # any moment: also while this one uses the queue.
        self._inbox: queue.SimpleQueue[_Ended | None] = queue.SimpleQueue()
        put = self._inbox.put
        self._lb = weakref.ref(lb, lambda _: put(None))
        self._check = check
        self._owns_session = session is None
        self._session = new_session() if session is None else session
        self._clock = clock
        self._schedule = Schedule(check, rng=rng)
        self._unhealthy = unhealthy
        self._instances: dict[Host, Instance] = {}
        self._look_at = clock()
        self._under_way: dict[Probe, Cancellation] = {}
        self._complaints: dict[Host | None, str] = {}
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="ahoyhoy-health", daemon=True)

    @property
    def is_alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Start the thread.

        Raises:
            RuntimeError: when there are too many, or the interpreter is ending.
        """
        self._thread.start()

    def stop(self) -> None:
        """End the thread and the probes under way. Blocks for a second at most."""
        self._stopped = True
        self._inbox.put(None)
        if threading.current_thread() is not self._thread:  # else it is a listener who stops it
            self._thread.join(_PATIENCE)

    def _run(self) -> None:
        try:
            while not self._stopped and self._lb() is not None:
                self._look()
                self._begin()
                self._receive()
        finally:
            for cancellation in self._under_way.values():
                cancellation.cancel()
            self._retract()
            if self._owns_session:
                self._session.close()

    def _look(self) -> None:
        """Take the balancer's hosts, if it is time."""
        now = self._clock()
        lb = self._lb()
        if lb is None or now < self._look_at:
            return
        self._look_at = now + min(_LOOK, self._check.interval)
        try:
            instances = [endpoint.instance for endpoint in lb.endpoints()]
        except Exception as error:
            self._complain(None, "the balancer's hosts cannot be had", error)
            return
        self._complaints.pop(None, None)
        self._instances = {i.host: i for i in instances if i is not None}
        self._schedule.keep(self._instances, now)
        self._unhealthy.intersection_update(self._instances)
        for host in self._complaints.keys() - self._instances.keys():
            del self._complaints[host]

    def _begin(self) -> None:
        turn = self._schedule.turn(self._clock())
        for probe in turn.probes:
            self._start(probe)
        for finding in turn.findings:
            self._tell(finding)

    def _start(self, probe: Probe) -> None:
        cancellation = self._under_way[probe] = Cancellation()
        bounds = Bounds(Deadline.after(self._check.timeout, self._clock), cancellation)
        ask = functools.partial(
            flaw_of, self._instances[probe.host], self._check, self._session, bounds
        )
        name = f"ahoyhoy-probe {netloc(probe.host)}"
        work = (probe, ask, self._inbox.put)
        try:
            threading.Thread(target=_make, args=work, name=name, daemon=True).start()
        except RuntimeError as error:  # too many threads
            self._take(_Ended(probe, error=error))

    def _receive(self) -> None:
        """Wait for something to do, and take what probes have found meanwhile."""
        now = self._clock()
        left = self._schedule.seconds_left(now)
        look = max(0.0, self._look_at - now)
        with suppress(queue.Empty):
            ended = self._inbox.get(timeout=look if left is None else min(look, left))
            while True:
                if ended is not None:
                    self._take(ended)
                ended = self._inbox.get_nowait()

    def _take(self, ended: _Ended) -> None:
        probe, flaw, error = ended
        del self._under_way[probe]
        if error is not None:
            self._schedule.failed_itself(probe)
            self._complain(probe.host, f"{netloc(probe.host)} cannot be probed", error)
            return
        told = [self._tell(finding) for finding in self._schedule.ended(probe, flaw)]
        if all(told):
            self._complaints.pop(probe.host, None)

    def _tell(self, finding: Finding) -> bool:
        """Tell the balancer; whether it listened."""
        host, healthy, reason = finding.host, finding.healthy, finding.reason
        # Not only what is new: the host may have left and come back since the last look.
        lb = self._lb()
        if lb is None or self._stopped:
            return True
        if healthy and host in self._unhealthy:
            self._unhealthy.discard(host)
            logger.warning("%s is healthy again: %s", netloc(host), reason)
        elif not healthy and host not in self._unhealthy:
            self._unhealthy.add(host)
            logger.warning("%s is unhealthy: %s", netloc(host), reason)
        return self._report(lb, finding)

    def _report(self, lb: Balancer, finding: Finding) -> bool:
        try:
            lb.report(finding.host, healthy=finding.healthy, reason=finding.reason)
        except Exception as error:
            self._complain(finding.host, f"the balancer failed at {netloc(finding.host)}", error)
            return False
        return True

    def _retract(self) -> None:
        """Nobody looks any more: no host must stay out for what was once found."""
        lb = self._lb()
        while lb is not None and self._unhealthy:
            self._report(lb, Finding(self._unhealthy.pop(), True, "no longer checked"))

    def _complain(self, about: Host | None, what: str, error: BaseException) -> None:
        """Log it, unless it is what was said of this host last time."""
        text = f"{what}: {type(error).__name__}: {error}"
        if self._complaints.get(about) != text:
            self._complaints[about] = text
            logger.warning("%s", text, exc_info=error)


def _make(probe: Probe, ask: Callable[[], str | None], put: Callable[[_Ended], object]) -> None:
    """Make a probe, in a thread of its own."""
    try:
        ended = _Ended(probe, ask())
    except BaseException as error:  # whatever it is: a probe that did not end would be the last
        ended = _Ended(probe, error=error)
    put(ended)
