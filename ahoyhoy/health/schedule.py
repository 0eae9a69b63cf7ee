"""Which host is probed when, and what its probes say of it. No thread, no clock, no network."""

from __future__ import annotations

import heapq
import itertools
import random
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from ..utils import Host
from .check import HealthCheck

#: Probes under way at once that are within their timeout.
AT_ONCE = 32


@dataclass(frozen=True, slots=True, eq=False)
class Probe:
    """One question to one host. Equal only to itself: a host may leave and come back meanwhile."""

    host: Host


@dataclass(frozen=True, slots=True)
class Finding:
    """What the last probes of a host say of it.

    Attributes:
        host: which.
        healthy: whether it passed `rise` probes in a row; false: it failed `fall`.
        reason: in words.
    """

    host: Host
    healthy: bool
    reason: str


@dataclass(slots=True)
class Turn:
    """What is to be done now.

    Attributes:
        probes: to be started.
        findings: of hosts whose probe has taken too long.
    """

    probes: list[Probe] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


class _Watch:
    """One host: its streak, and what happens to it next."""

    __slots__ = ("at", "due", "host", "probe", "streak", "stuck")

    def __init__(self, host: Host) -> None:
        self.host = host
        self.streak = 0  # probes in a row that passed; negative: that failed
        self.at: float | None = (
            None  # when it is looked at next; None: not before something happens
        )
        self.due = 0.0  # when its next probe begins, if none is under way
        self.probe: Probe | None = None
        self.stuck = False  # its probe has taken too long, and has not ended yet


class Schedule:
    """Which host is probed when, and what its probes say of it.

    A host has one probe at a time. One that takes longer than the timeout has failed, and each
    further interval without its end is another failure; it no longer keeps others from starting.

    Args:
        check: the settings.
        rng: where the jitter comes from.
        at_once: how many probes may be under way within their timeout.

    Threading: for one thread.
    """

    def __init__(self, check: HealthCheck, *, rng: random.Random, at_once: int = AT_ONCE) -> None:
        self._check = check
        self._rng = rng
        self._at_once = at_once
        self._busy = 0
        self._watches: dict[Host, _Watch] = {}
        #: Moments, soonest first. One that is not its watch's `at` is void. The count decides
        #: between equals: a host has no order.
        self._moments: list[tuple[float, int, _Watch]] = []
        self._count = itertools.count()
        self._ready: deque[_Watch] = deque()  # due, but too many are under way

    def keep(self, hosts: Iterable[Host], now: float) -> None:
        """These are the hosts now: new ones are probed soon, the others are forgotten."""
        before, self._watches = self._watches, {}
        for host in hosts:
            if host in self._watches:
                continue
            watch = before.pop(host, None)
            if watch is None:
                watch = _Watch(host)
                watch.due = now + self._check.first_pause(self._rng)
                self._look_at(watch, watch.due)
            self._watches[host] = watch
        for watch in before.values():
            watch.at = None
            self._release(watch)

    def turn(self, now: float) -> Turn:
        """What is to be done at this moment."""
        turn = Turn()
        while self._moments and self._moments[0][0] <= now:
            at, _, watch = heapq.heappop(self._moments)
            if watch.at != at:
                continue
            if watch.probe is None:
                watch.at = None
                self._ready.append(watch)
                continue
            self._release(watch)
            watch.stuck = True
            self._look_at(watch, now + self._check.pause(self._rng))
            late = f"no answer within {self._check.timeout:g} s"
            turn.findings += self._counted(watch, late)
        while self._ready and self._busy < self._at_once:
            watch = self._ready.popleft()
            if self._watches.get(watch.host) is watch:
                turn.probes.append(self._started(watch, now))
        return turn

    def ended(self, probe: Probe, flaw: str | None) -> list[Finding]:
        """A probe ended.

        Args:
            probe: which.
            flaw: what is wrong with the host; None: nothing is.

        Returns:
            What is now known of the host; nothing while its streak is too short.
        """
        watch = self._let_go(probe)
        return [] if watch is None else self._counted(watch, flaw)

    def failed_itself(self, probe: Probe) -> None:
        """A probe ended by a fault that is not the host's: it says nothing."""
        self._let_go(probe)

    def seconds_left(self, now: float) -> float | None:
        """Seconds until the next turn; None: not before something else happens."""
        if self._ready and self._busy < self._at_once:
            return 0.0
        return max(0.0, self._moments[0][0] - now) if self._moments else None

    def _started(self, watch: _Watch, now: float) -> Probe:
        probe = watch.probe = Probe(watch.host)
        watch.due = now + self._check.pause(self._rng)
        self._busy += 1
        self._look_at(watch, now + self._check.timeout)
        return probe

    def _let_go(self, probe: Probe) -> _Watch | None:
        """The watch for which the end of the probe is news."""
        watch = self._watches.get(probe.host)
        if watch is None or watch.probe is not probe:
            return None  # the host left meanwhile
        was_stuck = watch.stuck
        self._release(watch)
        watch.probe, watch.stuck = None, False
        self._look_at(watch, watch.due)
        return None if was_stuck else watch

    def _release(self, watch: _Watch) -> None:
        if watch.probe is not None and not watch.stuck:
            self._busy -= 1

    def _look_at(self, watch: _Watch, at: float) -> None:
        watch.at = at
        heapq.heappush(self._moments, (at, next(self._count), watch))

    def _counted(self, watch: _Watch, flaw: str | None) -> list[Finding]:
        if flaw is None:
            watch.streak = max(watch.streak, 0) + 1
            if watch.streak < self._check.rise:
                return []
            return [Finding(watch.host, True, f"passed {watch.streak} health checks in a row")]
        watch.streak = min(watch.streak, 0) - 1
        if -watch.streak < self._check.fall:
            return []
        reason = f"failed {-watch.streak} health checks in a row: {flaw}"
        return [Finding(watch.host, False, reason)]
