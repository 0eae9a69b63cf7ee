"""`ahoyhoy demo`: four real servers, three of them fail, and no caller sees a thing."""

from __future__ import annotations

import argparse
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ..client import Client, LBClientBuilder
from ..lb import RoundRobinLB
from ..lb.providers import ListProvider
from ..testing.cluster import Cluster, Node
from ..utils.instance import netloc
from .demoscreen import frame, summary
from .display import Display, display
from .exits import Exit
from .load import Load

_SERVERS = 4
_THREADS = 8
_RATE = 160.0  # calls a second
_TIMEOUTS = (0.3, 0.5)  # seconds to connect, to read
_RECOVERY_LIMIT = 12.0  # seconds


@dataclass
class Phase:
    """A part of the show, and how many requests each server got in it.

    Attributes:
        name: one word.
        text: what happened at its beginning.
        share: its part of the show's length; that of `recovery` is the least it takes.
        seconds: how long it took.
        requests: by server, in the order of the cluster.
        pids: likewise.
    """

    name: str
    text: str
    share: float
    seconds: float = 0.0
    requests: list[int] = field(default_factory=list)
    pids: list[int] = field(default_factory=list)

    def shares(self) -> list[float]:
        """Which part of the requests each server got."""
        total = sum(self.requests)
        return [count / total if total else 0.0 for count in self.requests]


class Show:
    """The phases, one after the other, on a cluster and a client that are there already."""

    def __init__(
        self,
        cluster: Cluster,
        client: Client,
        load: Load,
        *,
        seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.cluster = cluster
        self.client = client
        self.load = load
        self.states = ["up"] * len(cluster)
        self.phases: list[Phase] = []
        self._seconds = seconds
        self._clock = clock
        self._began = clock()

    @property
    def elapsed(self) -> float:
        """Seconds since the show began."""
        return self._clock() - self._began

    def run(self, screen: Display) -> None:
        """Play all phases; ends within their length and what recovery takes longer."""
        for phase in self._script():
            began, counts = self._clock(), self._counts()
            phase.pids = [node.pid for node in self.cluster]
            self.phases.append(phase)
            while not self._over(phase):
                screen.show(frame(self))
                threading.Event().wait(screen.interval)
                phase.seconds = self._clock() - began
                pairs = zip(self._counts(), counts, strict=True)
                phase.requests = [now - before for now, before in pairs]

    def _script(self) -> Iterator[Phase]:
        _, stopped, killed, failing = self.cluster
        yield Phase("steady", "all servers answer", 0.16)
        stopped.stop()
        self.states[1] = "stopped"
        yield Phase("stopped", f"kill -STOP {_named(stopped)}: it accepts and never answers", 0.18)
        killed.kill()
        self.states[2] = "killed"
        yield Phase("killed", f"kill -9 {_named(killed)}: it refuses connections", 0.18)
        failing.set(status=500)
        self.states[3] = "500"
        yield Phase("errors", f"{netloc(failing.host)} answers 500", 0.14)
        stopped.resume()
        killed.restart()
        failing.set()
        self.states = ["up"] * len(self.cluster)
        yield Phase("recovery", "all servers are back", 0.10)
        yield Phase("after", "all servers get their share again", 0.16)

    def _over(self, phase: Phase) -> bool:
        if phase.seconds < phase.share * self._seconds:
            return False
        # Recovery takes as long as the client's circuits take to try again.
        recovering = phase.name == "recovery" and phase.seconds < _RECOVERY_LIMIT
        return not (recovering and any(s.circuit != "closed" for s in self.client.hosts()))

    def _counts(self) -> list[int]:
        return [node.count for node in self.cluster]

    def report(self) -> dict[str, Any]:
        """What happened, for JSON; requests are counted by the servers, calls by their caller."""
        seen = self.load.seen()
        return {
            "calls": seen.calls,
            "failures": seen.failures,
            "errors": list(seen.errors),
            "attempts": self.client.stats().attempts,
            "seconds": round(self.elapsed, 3),
            "phases": [self._entry(phase) for phase in self.phases],
        }

    def _entry(self, phase: Phase) -> dict[str, Any]:
        columns = zip(self.cluster, phase.pids, phase.requests, phase.shares(), strict=True)
        return {
            "name": phase.name,
            "text": phase.text,
            "seconds": round(phase.seconds, 3),
            "hosts": {
                netloc(node.host): {"pid": pid, "requests": requests, "share": round(share, 4)}
                for node, pid, requests, share in columns
            },
        }


def demo(arguments: argparse.Namespace) -> int:
    """Play the show; exit code 1 when a caller saw a failure."""
    with Cluster(_SERVERS) as cluster:
        provider = ListProvider(*cluster.hosts)
        builder = LBClientBuilder().add_lb(RoundRobinLB(provider)).add_timeout(_TIMEOUTS)
        with (
            builder.add_breaker().build() as client,
            Load(lambda: client.get("/demo"), rate=_RATE, threads=_THREADS) as load,
            display(silent=arguments.json) as screen,
        ):
            show = Show(cluster, client, load, seconds=arguments.seconds)
            show.run(screen)
        # The load has ended, its last calls included.
        report = show.report()
    print(json.dumps(report) if arguments.json else summary(show))
    for error in report["errors"]:
        print(f"ahoyhoy: {error}", file=sys.stderr)
    return Exit.HTTP_ERROR if report["failures"] else Exit.OK


def _named(node: Node) -> str:
    return f"{node.pid} ({netloc(node.host)})"
