"""What is measured, and the goals."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from typing import Any, NamedTuple

from . import clients, surroundings
from .clients import BARE, CLIENT, OWN, Contender, Ports
from .spread import Goal, Measure, Pair, Spread, Timed, ratios, take_turns
from .threads import Threads
from .ways import Elsewhere, check

THREADS = 8
MORE_VARIABLES = 2_000

Factory = Callable[[Ports], AbstractContextManager[Any]]


class Size(NamedTuple):
    """How much is measured.

    Attributes:
        rounds: in which each pair has its turn.
        calls: of each of the two, in a turn.
    """

    rounds: int
    calls: int = 20


FULL, QUICK = Size(200), Size(40)


class Row(NamedTuple):
    """What was found of a client.

    Attributes:
        contender: it.
        version: of it.
        seconds: of a call.
        to_bare: its time over that of bare requests.
    """

    contender: Contender
    version: str
    seconds: Spread
    to_bare: Spread


class Bench:
    """The clients on one set of hosts: each is made once, and checked."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._stack = ExitStack()
        self._ways: dict[Factory, Any] = {}

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def way(self, factory: Factory) -> Any:
        """The way that it makes."""
        if factory not in self._ways:
            way = self._stack.enter_context(factory(self._ports))
            check(factory.__name__, way, self._ports)
            self._ways[factory] = way
        return self._ways[factory]

    def version(self, contender: Contender) -> str:
        """Of the client that is measured."""
        way = self.way(contender.open)
        found = way.version() if isinstance(way, Elsewhere) else contender.version
        return found or "not installed"

    def timed(self, factory: Factory) -> Timed:
        """Its calls, one after the other."""
        seconds: Timed = self.way(factory).seconds
        return seconds


def one_call(
    bench: Bench, contenders: Sequence[Contender], size: Size
) -> tuple[list[Measure], list[Row]]:
    """Each client beside bare requests, and `Client.get` beside each of the others."""
    client, bare = bench.timed(CLIENT.open), bench.timed(BARE.open)
    others = [one for one in contenders if one not in (*OWN, BARE)]
    compared = [*OWN, BARE, *others]
    to_bare = [Pair(bench.timed(one.open), bare) for one in compared]
    beside = [Pair(client, bench.timed(one.open)) for one in others]
    found = in_turns([*to_bare, *beside], size)
    rows = [
        Row(one, bench.version(one), Spread.of(own for own, _ in times), ratios(times))
        for one, times in zip(compared, found, strict=False)
    ]
    measures = [
        Measure(f"{row.contender.what} ÷ {BARE.what}", row.to_bare, row.contender.to_bare)
        for row in rows[: len(OWN)]
    ]
    measures += [
        Measure(f"{CLIENT.what} ÷ {one.what}", ratios(times), one.goal)
        for one, times in zip(others, found[len(compared) :], strict=True)
    ]
    return measures, rows


def many_threads(bench: Bench, size: Size) -> list[Measure]:
    """Calls per second: the time of bare requests for the same calls over ours.

    Ours is one object for all threads. Beside it bare requests, with one session for all, and with
    one for each: nobody promises that a session may be shared, yet that is how it is often used.
    """
    size = Size(max(2, size.rounds // 4), size.calls * 20)  # Threads take turns of milliseconds.
    with Threads(THREADS) as threads:
        lines = [
            (f"{what} ÷ {BARE.what}, {sessions}", bench.way(theirs).call, bench.way(ours).call)
            for what, ours in (("Client.get", clients.client), ("Session.get", clients.session))
            for sessions, theirs in (("shared", clients.bare), ("one each", clients.bare_each))
        ]
        pairs = [
            Pair(partial(threads.seconds, theirs), partial(threads.seconds, ours))
            for _, theirs, ours in lines
        ]
        found = in_turns(pairs, size)
    return [
        Measure(f"{THREADS} threads, calls/s: {name}", ratios(times), Goal("≥", 2.0))
        for (name, _, _), times in zip(lines, found, strict=True)
    ]


def large_environment(bench: Bench, size: Size) -> list[Measure]:
    """What a call costs when the process has many environment variables, over what it costs."""
    variables = surroundings.numbered("ANOTHER_VARIABLE", MORE_VARIABLES)

    def with_more(timed: Timed, calls: int) -> float:
        with surroundings.with_more(variables):
            return changed(timed, calls)

    def without(timed: Timed, calls: int) -> float:
        with surroundings.with_more(variables):
            pass  # Setting thousands of variables leaves cold caches, for both alike.
        return changed(timed, calls)

    def changed(timed: Timed, calls: int) -> float:
        timed(1)  # The first call after a change may look at it.
        return timed(calls)

    lines = [
        ("Client.get", clients.client, Goal("≤", 1.05)),
        ("ahoyhoy.Session.get", clients.session, Goal("≤", 1.05)),
        (BARE.what, BARE.open, None),
    ]
    timed = [bench.timed(factory) for _, factory, _ in lines]
    pairs = [Pair(partial(with_more, one), partial(without, one)) for one in timed]
    return [
        Measure(f"{what}, {MORE_VARIABLES} more variables ÷ without", ratios(times), goal)
        for (what, _, goal), times in zip(lines, in_turns(pairs, size), strict=True)
    ]


def in_turns(pairs: Sequence[Pair], size: Size) -> list[list[tuple[float, float]]]:
    """The seconds of each pair, with no garbage and no objects of others for the collector."""
    gc.collect()
    gc.freeze()
    try:
        return take_turns(pairs, *size)
    finally:
        gc.unfreeze()
