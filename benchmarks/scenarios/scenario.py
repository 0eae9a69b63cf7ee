"""What the scenarios have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from .clients import Contender, Get
from .load import Samples
from .report import Report
from .servers import Servers


class Settings(NamedTuple):
    """How long, and with whom.

    Attributes:
        seconds: for each client's load; None: as long as the scenario says.
        quick: a sixth of that, or so.
        peers: whether other clients run too.
    """

    seconds: float | None = None
    quick: bool = False
    peers: bool = True

    def length(self, full: float, quick: float) -> float:
        """Seconds of load."""
        return self.seconds or (quick if self.quick else full)

    def contenders(self, own: Contender, peers: Iterable[Contender]) -> list[Contender]:
        """Who runs."""
        return [own, *(peers if self.peers else ())]


class Scenario(NamedTuple):
    """One of them.

    Attributes:
        name: on the command line.
        story: what happens, for the reader of the numbers.
        run: makes it happen.
    """

    name: str
    story: str
    run: Callable[[Settings], Report]


def runs(
    servers: Servers, contenders: Iterable[Contender], load: Callable[[Get], Samples]
) -> Iterator[tuple[Contender, Samples, list[list[float]]]]:
    """The same load by one client after the other: who, its calls, and when requests came to each
    server.
    """
    for contender in contenders:
        servers.reset()
        with contender.open(servers.hosts) as get:
            samples = load(get)
        yield contender, samples, servers.arrivals()
