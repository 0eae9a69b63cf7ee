"""The hosts of a watched source, between the thread that watches and those that ask."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable
from typing import Any

from ....exceptions import ProviderError
from ....utils.instance import Instance, as_instance
from .. import discoverylog
from ..known import RefusedError, Watched, pause_asked

# No state of its own: a forked child draws other numbers than its parent.
_CHANCE = random.SystemRandom()

#: Seconds that a watch lasts at least when all is well.
_SHORT_WATCH = 10.0
#: After so many that did not, the pause is no longer doubled.
_MOST_SHORT = 5


class Listing:
    """The last good list, and how it came about.

    Args:
        name: of the source, for logs and errors.
        empty_grace: seconds for which an empty list is not believed.
        clock: seconds that only go forward.
        rng: where the jitter comes from.

    Threading: any thread may call anything; only `first` blocks.
    """

    def __init__(
        self,
        name: str,
        *,
        empty_grace: float,
        clock: Callable[[], float],
        rng: random.Random | None,
    ) -> None:
        self._name = name
        self._empty_grace = empty_grace
        self._clock = clock
        self._rng = rng
        # One value, replaced as a whole: read without the lock, and never half-written at a fork.
        self.known = Watched()
        self._begun = clock()
        # Watches in a row that broke soon after they had told of hosts.
        self._short = 0
        #: how often the watch was ended while somebody may have waited
        self.closings = 0
        self.renew()

    def renew(self) -> None:
        """Forget locks and waiting threads, which a forked child does not have."""
        self._lock = threading.Lock()
        self._turn = threading.Event()

    def answered(self, hosts: Iterable[Any], why_empty: str = "") -> None:
        """The source told of its hosts.

        Raises:
            InvalidHostError: when one of them is none.
        """
        instances = tuple(map(as_instance, hosts))
        grace = self._empty_grace
        self._replace(lambda known, now: known.answered(instances, now, grace, why_empty))

    def begun(self) -> None:
        """The watch begins."""
        self._begun = self._clock()

    def failed(self, error: Exception) -> float:
        """The watch broke; seconds until it may begin again.

        Later than after an outage where a source answers at once, but cannot be watched: behind a
        proxy that lets no stream through, for example.
        """
        if self.known.hosts is not None and not self.known.failures:
            is_short = self._clock() - self._begun < _SHORT_WATCH
            self._short = min(self._short + 1, _MOST_SHORT) if is_short else 0
        draw = (self._rng or _CHANCE).random()
        now = self._replace(lambda known, now: known.failed(error, now, draw))
        asked = pause_asked(error)
        own = max(0.0, self.known.due - now - asked)
        return asked + own * 2.0 ** max(0, self._short - 1)

    def settle(self) -> None:
        """Believe an empty list, if it has been so for long enough."""
        known, grace = self.known, self._empty_grace
        if known.doubted is not None and known.settled(self._clock(), grace) is not known:
            self._replace(lambda known, now: known.settled(now, grace))

    def closed(self) -> None:
        """The watch was ended: whoever waits for the first list is told so."""
        with self._lock:
            self.closings += 1
            turn, self._turn = self._turn, threading.Event()
        turn.set()

    def first(self, seconds: float, closings: int) -> tuple[Instance, ...]:
        """The last good list; while there has never been one, blocks for it.

        Args:
            seconds: for so long at most.
            closings: what they were when the watch was begun.

        Raises:
            ProviderError: when the source failed, nothing came in that many seconds, or the watch
                was ended.
        """
        end = self._clock() + seconds
        while True:
            with self._lock:
                known, turn = self.known, self._turn
            if known.hosts is not None:
                return known.hosts
            now = self._clock()
            if now < known.due and known.error is not None:
                raise self._copy(known.error, discoverylog.reason(known.error))
            if self.closings != closings:
                raise self._copy(known.error, "it was closed before there was an answer")
            # It is due: the source is being asked at this moment.
            if not turn.wait(max(0.0, end - now)):
                after = f", after: {discoverylog.reason(known.error)}" if known.error else ""
                raise self._copy(known.error, f"no answer within {seconds:.3g} s{after}")

    def _copy(self, error: Exception | None, text: str) -> ProviderError:
        # An exception of its own for each caller: they are raised in several threads.
        kind = RefusedError if isinstance(error, RefusedError) else ProviderError
        copy = kind(f"{self._name}: {text}")
        copy.__cause__ = error
        return copy

    def _replace(self, change: Callable[[Watched, float], Watched]) -> float:
        now = self._clock()
        with self._lock:
            before = self.known
            after = self.known = change(before, now)
            turn, self._turn = self._turn, threading.Event()
        turn.set()
        discoverylog.report(self._name, before, after, now)
        return now
