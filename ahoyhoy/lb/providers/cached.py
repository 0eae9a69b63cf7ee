"""What every source of hosts that asks somebody else shares: memory, refresh, last good list."""

from __future__ import annotations

import abc
import math
import random
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from ..._core import is_number
from ..._fork import renew_after_fork
from ...exceptions import ProviderError
from ...http.bounds import current
from ...utils.instance import Instance, as_instance
from . import discoverylog
from .iprovider import IProvider
from .known import Polled

# No state of its own: a forked child draws other numbers than its parent.
_CHANCE = random.SystemRandom()


class Fetched(NamedTuple):
    """What a source answered: its hosts, and for how many seconds they may be believed.

    Args:
        hosts: all of them.
        ttl: seconds.
        why_empty: why there are none, in a sentence without a full stop, where the source knows.
    """

    hosts: Iterable[Any]
    ttl: float
    why_empty: str = ""


class _Flight:
    """A fetch on its way, and whoever waits for it."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self.error: Exception | None = None
        #: whether it has a thread of its own
        self.is_alone = False


class CachedProvider(IProvider):
    """Base of a source that does I/O: write `_fetch`, and the list is cached and refreshed.

    * The first `get_list` blocks until there is a list, or until the deadline of the call that it
      is part of. Concurrent first callers share one fetch. If it fails each of them gets a
      `ProviderError`, and so does everybody for a second after it; the next call then tries again.
    * From then on `get_list` never blocks: it returns the last good list. Once the TTL has run
      out, `get_list` or `changes` begins one refresh in a thread that ends with it. A source
      nobody asks is not refreshed.
    * The list survives errors: nobody's calls should fail because DNS does. An empty answer after
      one with hosts counts as one until there have been no others for `empty_grace` seconds.
      Failed refreshes are repeated after 1, 2, 4 s, then after an eighth of the time that the source
      has failed for, 30 s at most (by chance up to half less), but never later than the TTL of the
      last good answer, nor sooner than `min_ttl`: it is fresh again soon after a short outage.
    * A first answer without hosts is an empty list, asked for again after a second.

    The logger `ahoyhoy.discovery` gets an INFO line with the difference when the list changes,
    one WARNING when it turns stale and another each minute, and INFO when it is fresh again.

    Args:
        source: the name of the source in logs and errors, best written as a target.
        min_ttl: seconds, the shortest time between two refreshes, even for a TTL of 0.
        max_ttl: seconds, the longest time a list is believed, whatever the TTL.
        empty_grace: seconds; 0 believes an empty list at once, `math.inf` never. Default 30.
        clock: seconds that only go forward.
        rng: where the jitter comes from: refreshes come up to 10 % early so that many
            processes do not ask at the same moment.

    Threading: any number of threads may share a provider. A forked child keeps the list and
    begins its own refreshes. A pickled provider carries its configuration, not its list.
    """

    # True for a source that answers in microseconds: refreshed in the calling thread, so that
    # the caller who finds the list expired already gets the new one.
    _quick = False

    def __init__(
        self,
        source: str,
        *,
        min_ttl: float = 1.0,
        max_ttl: float = 300.0,
        empty_grace: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
        rng: random.Random | None = None,
    ) -> None:
        self._source = source
        self._min_ttl = seconds("min_ttl", min_ttl)
        self._max_ttl = seconds("max_ttl", max_ttl)
        if min_ttl > max_ttl:
            raise ValueError(f"min_ttl={min_ttl} is above max_ttl={max_ttl}: raise max_ttl as well")
        self._empty_grace = grace(empty_grace)
        self._clock = clock
        self._rng = rng
        self._reset(Polled())

    @abc.abstractmethod
    def _fetch(self) -> Fetched:
        """Ask the source once. Must end in bounded time; may raise any Exception."""

    def get_list(self) -> tuple[Instance, ...]:
        """The last good list, at once; while there has never been one, blocks for it.

        Raises:
            ProviderError: the source cannot be read and there is no earlier list.
        """
        if self._known.hosts is None:
            return self._first_list()
        self._refresh_if_due()
        return self._last_good

    def changes(self) -> int:
        """Grew if the list changed. Never blocks on the source; begins a refresh that is due."""
        self._refresh_if_due()
        return self._known.changes

    @property
    def stale_for(self) -> float:
        """Seconds since the list was last confirmed, while refreshes fail; 0.0 while they do not."""
        return self._known.stale_for(self._clock())

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._source}>"

    def __getstate__(self) -> dict[str, Any]:
        live = ("_lock", "_flight", "_known")
        return {name: value for name, value in self.__dict__.items() if name not in live}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._reset(Polled())

    @property
    def _last_good(self) -> tuple[Instance, ...]:
        return self._known.hosts or ()

    def _reset(self, known: Polled) -> None:
        self._lock = threading.Lock()
        self._flight: _Flight | None = None
        # One value, replaced as a whole: read without the lock, and never half-written at a fork.
        self._known = known
        renew_after_fork(self)

    def _after_fork(self) -> None:
        # Neither the lock's owner nor the refreshing thread exists in the child.
        self._reset(self._known)

    def _first_list(self) -> tuple[Instance, ...]:
        while True:
            left = time_left()
            with self._lock:
                known, flight = self._known, self._flight
                if known.hosts is not None:
                    return known.hosts
                remembered = known.error if self._clock() < known.due else None
                mine = flight is None and remembered is None
                if mine:
                    flight = self._flight = _Flight()
            if flight is not None:
                if mine:
                    self._begin(flight, here=left is None)
                if not flight.done.wait(left):
                    raise ProviderError(f"{self._source}: no answer within {left:.3g} s")
                remembered = flight.error
            if remembered is not None:
                # An exception of its own for each caller: they are raised in several threads.
                reason = discoverylog.reason(remembered)
                # Of an error that says it in our words, what it says them of.
                ours = isinstance(remembered, ProviderError)
                cause = (remembered.__cause__ if ours else None) or remembered
                raise ProviderError(f"{self._source}: {reason}") from cause

    def _refresh_if_due(self) -> None:
        if self._clock() < self._known.due:
            return
        with self._lock:
            if self._flight is not None or self._clock() < self._known.due:
                return
            flight = self._flight = _Flight()
        self._begin(flight)

    def _begin(self, flight: _Flight, *, here: bool = False) -> None:
        if here or self._quick:
            self._run(flight)
            return
        flight.is_alone = True
        name = f"ahoyhoy-refresh {self._source}"
        try:
            threading.Thread(target=self._run, args=(flight,), name=name, daemon=True).start()
        except RuntimeError as error:  # too many threads, or the interpreter is ending
            self._land(flight, None, error)

    def _run(self, flight: _Flight) -> None:
        fetched: Fetched | None = None
        error: Exception | None = None
        try:
            answer = self._fetch()
            ttl = max(self._min_ttl, min(self._max_ttl, answer.ttl))
            fetched = answer._replace(hosts=tuple(map(as_instance, answer.hosts)), ttl=ttl)
        except BaseException as caught:
            error = caught if isinstance(caught, Exception) else None
            if error is None and not flight.is_alone:
                raise
            # In a thread of its own nobody else hears of asyncio's CancelledError and the like.
            error = error or ProviderError(repr(caught))
        finally:
            # Also for an interrupt: whoever waits then fetches for himself.
            self._land(flight, fetched, error)

    def _land(self, flight: _Flight, fetched: Fetched | None, error: Exception | None) -> None:
        now, draw = self._clock(), (self._rng or _CHANCE).random()
        with self._lock:
            before = after = self._known
            if fetched is not None:
                after = before.answered(
                    tuple(fetched.hosts),
                    now,
                    ttl=fetched.ttl,
                    min_ttl=self._min_ttl,
                    grace=self._empty_grace,
                    draw=draw,
                    why_empty=fetched.why_empty,
                )
            elif error is not None:
                after = before.failed(error, now, self._min_ttl, draw)
            self._known = after
            self._flight = None
        flight.error = error
        flight.done.set()
        discoverylog.report(self._source, before, after, now)


def seconds(name: str, value: float) -> float:
    """The value of the argument `name`, when it is a number of seconds above 0."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not (number and value > 0 and math.isfinite(value)):
        advice = ": for a list that is always new give a small one, such as 1.0"
        raise ValueError(
            f"{name} must be a finite number of seconds above 0, not {value!r}"
            + (advice if name != "timeout" else "")
        )
    return float(value)


def grace(value: float) -> float:
    """The value of the argument `empty_grace`, when it is a number of seconds from 0 up."""
    if not is_number(value) or not value >= 0:
        raise ValueError(f"empty_grace must be seconds from 0 up, not {value!r}")
    return value


def time_left() -> float | None:
    """Seconds until the deadline of the call that this is part of; None: there is none."""
    bounds = current()
    return bounds.deadline.remaining() if bounds is not None and bounds.deadline else None
