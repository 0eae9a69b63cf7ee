"""Calls from many threads, and how long each took."""

from __future__ import annotations

import itertools
import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

#: One call to the service: whether it got what it wanted. It may raise as well.
Call = Callable[[], bool]
#: Something that happens to the servers: so many seconds after the start, and what.
Incident = tuple[float, Callable[[], object]]


@dataclass(frozen=True, slots=True)
class Sample:
    """One call.

    Attributes:
        at: when it began, or should have begun, in seconds of `time.monotonic`.
        elapsed: seconds until its end.
        good: whether it got what it wanted.
        error: the name of what it raised, if it did.
    """

    at: float
    elapsed: float
    good: bool
    error: str = ""


class Samples(list[Sample]):
    """The calls of one load, by their start."""

    def quantile(self, share: float) -> float:
        """So many of the calls, from 0 to 1, took no longer than this."""
        times = sorted(sample.elapsed for sample in self)
        return times[max(0, math.ceil(share * len(times)) - 1)] if times else math.nan

    @property
    def good(self) -> int:
        """How many got what they wanted."""
        return sum(sample.good for sample in self)

    def good_within(self, seconds: float) -> float:
        """The share of calls that got what they wanted in time."""
        return sum(s.good and s.elapsed <= seconds for s in self) / len(self)

    @property
    def rate(self) -> float:
        """Calls in a second."""
        spent = max(s.at + s.elapsed for s in self) - min(s.at for s in self)
        return len(self) / spent

    def errors(self) -> dict[str, int]:
        """What went wrong, how often."""
        names = [s.error or "bad status" for s in self if not s.good]
        return {name: names.count(name) for name in sorted(set(names))}


def steady(
    call: Call, *, rate: float, seconds: float, incidents: Sequence[Incident] = ()
) -> Samples:
    """Calls on schedule, whether earlier ones have ended or not.

    A call's time is counted from when it was due: waiting for a free thread is waiting.
    """
    turns = itertools.count()
    start = time.monotonic() + 0.2  # for the threads to be there

    def work(found: Samples) -> None:
        while (due := start + next(turns) / rate) < start + seconds:
            time.sleep(max(0.0, due - time.monotonic()))
            found.append(_sample(call, due))

    return _run(work, 64, start, incidents)


def eager(
    call: Call,
    *,
    threads: int,
    seconds: float = math.inf,
    calls: float = math.inf,
    pause: float = 0.0,
    incidents: Sequence[Incident] = (),
) -> Samples:
    """Threads that call again as soon as they have an answer (and `pause` seconds later), until
    the time is over or so many calls were made.
    """
    turns = itertools.count()
    start = time.monotonic()

    def work(found: Samples) -> None:
        while next(turns) < calls and (now := time.monotonic()) < start + seconds:
            found.append(_sample(call, now))
            if pause:
                time.sleep(pause)

    return _run(work, threads, start, incidents)


def _sample(call: Call, at: float) -> Sample:
    try:
        good = call()
        error = ""
    except Exception as raised:
        good = False
        error = type(raised).__name__
    return Sample(at, time.monotonic() - at, good, error)


def _run(
    work: Callable[[Samples], None], threads: int, start: float, incidents: Sequence[Incident]
) -> Samples:
    found = [Samples() for _ in range(threads)]
    workers = [threading.Thread(target=work, args=(f,), name="load") for f in found]
    over = threading.Event()
    scheduler = threading.Thread(target=_happen, args=(incidents, start, over), name="incidents")
    for thread in (scheduler, *workers):
        thread.start()
    for thread in workers:
        thread.join()
    over.set()
    scheduler.join()
    return Samples(sorted(itertools.chain(*found), key=lambda sample: sample.at))


def _happen(incidents: Sequence[Incident], start: float, over: threading.Event) -> None:
    for after, happen in incidents:
        if not over.wait(max(0.0, start + after - time.monotonic())):
            happen()
