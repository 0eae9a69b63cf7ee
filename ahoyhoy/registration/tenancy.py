"""The thread that keeps one entry in one registry, from its start to its end."""

from __future__ import annotations

import logging
import queue
import random
import threading
import time
from collections.abc import Callable, Collection
from contextlib import suppress

from .._core import Clock
from ..http.bounds import AttemptCancelledError, Bounds, bounding
from ..lb.providers.discoverylog import reason
from ..lb.providers.known import Watched
from ..lb.providers.watching.watch import Watch
from .registry import Entry, Registry

logger = logging.getLogger("ahoyhoy.registration")

#: Renewals per TTL: two may be late.
_PER_TTL = 3
#: Of the time between two renewals: what is by chance, so that the hosts of a service get out of step.
_JITTER = 0.2
#: Of the longest pause after an error: the rest is by chance.
_SURE = 0.1


def leave_together(
    tenancies: Collection[Tenancy], seconds: float, *, clock: Clock = time.monotonic
) -> None:
    """Have them deregister side by side; blocks for so long at most, however many they are."""
    end = clock() + seconds
    for tenancy in tenancies:
        tenancy.leave()
    for tenancy in tenancies:
        tenancy.join(max(0.0, end - clock()), seconds)


class Tenancy:
    """Registers, renews, comes back after errors, and at last deregisters.

    Args:
        registry: where.
        entry: what.
        check: whether the service is well.
        clock: seconds that only go forward.
        rng: where the jitter comes from.

    Raises:
        ValueError: for an entry that the registry cannot hold.

    Threading: one thread of its own; `leave` and `join` may be called from any other, and from a
    signal's handler.
    """

    def __init__(
        self,
        registry: Registry,
        entry: Entry,
        check: Callable[[], object] | None,
        *,
        clock: Clock,
        rng: random.Random,
    ) -> None:
        self._entry = entry
        self._check = check
        self._clock = clock
        self._rng = rng
        self._watch = Watch()
        self._place = registry.place(entry, self._watch)
        self._what = f"{registry.name}: {entry.service} at {entry.where}"
        # As what is known of a list of hosts that cannot be watched: its pauses, its warnings.
        self._outage = Watched()
        self._sickness: str | None = None
        self._asked = False
        self._leaving = False
        # No Event: a signal's handler may call `leave` in a thread that is inside of it.
        self._endings: queue.SimpleQueue[None] = queue.SimpleQueue()
        name = f"ahoyhoy-registration {entry.service}"
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self.start: Callable[[], None] = self._thread.start
        #: whether the registry was told at the last renewal that the service is there, and well
        self.registered = False
        #: why it was not
        self.error: Exception | None = None

    def leave(self) -> None:
        """Deregister, and end. Does not block: see `leave_together`."""
        self._leaving = True
        self._endings.put(None)
        self._watch.wake()

    def join(self, seconds: float, patience: float) -> None:
        """Wait for the end, for so long at most; then it is given up.

        Args:
            seconds: so long.
            patience: how long it has had in all, which is what the log says.
        """
        if threading.current_thread() is not self._thread:
            if self._thread.ident is not None:  # it was started
                self._thread.join(seconds)
            if self._thread.is_alive():
                text = "%s: not deregistered within %.3g s: if it is there, it stays until its TTL is over"
                logger.warning(text, self._what, patience)
            self._watch.end()

    def _work(self) -> None:
        cancellation = self._watch.cancellation
        with bounding(Bounds(cancellation=cancellation)), suppress(AttemptCancelledError):
            while not self._leaving:
                try:
                    self._stay()
                except Exception as error:
                    self._give_up(error)
                    pause = self._failed(error)
                else:
                    break
                with suppress(queue.Empty):
                    self._endings.get(timeout=pause)
            else:
                self._leave_at_last()
        self.registered = False

    def _stay(self) -> None:
        """Register, and renew until it is time to leave; then leave."""
        with self._place as place:
            while True:
                sickness = self._diagnosis()
                if not self._leaving:
                    self._asked = True
                    place.keep(sickness)
                    self._kept(sickness)
                if not self._leaving:
                    place.wait(self._interval())
                if self._leaving:
                    place.leave()
                    break
        if self._asked:
            logger.info("%s: deregistered", self._what)

    def _leave_at_last(self) -> None:
        """Deregister, though the registry could not be reached when it was asked last."""
        if not self._asked:
            return
        try:
            with self._place as place:
                place.leave()
        except Exception as error:
            self._give_up(error)
            text = "%s: not deregistered (%s): if it is there, it stays until its TTL is over"
            logger.warning(text, self._what, reason(error))
        else:
            logger.info("%s: deregistered", self._what)

    def _give_up(self, error: Exception) -> None:
        """Raise it if it is only that nobody waits any more."""
        if isinstance(error, AttemptCancelledError):
            raise error

    def _interval(self) -> float:
        return self._entry.ttl / _PER_TTL * (1 - _JITTER * self._rng.random())

    def _diagnosis(self) -> str | None:
        """Why the service is not well."""
        if self._check is None:
            return None
        try:
            return None if self._check() else "its check says so"
        except BaseException as error:
            # Whatever it is, as asyncio's CancelledError: it would end the thread, unheard.
            return f"its check raised {type(error).__name__}: {error}"

    def _kept(self, sickness: str | None) -> None:
        if sickness is not None and self._sickness is None:
            logger.warning("%s: unhealthy: %s", self._what, sickness)
        elif sickness is None and not self.registered:
            logger.info("%s: registered", self._what)
        self._outage, self.error = Watched(), None
        self._sickness = sickness
        self.registered = sickness is None

    def _failed(self, error: Exception) -> float:
        """Seconds until it is tried again."""
        before, now = self._outage, self._clock()
        # Without the traceback, which knows this frame, which knows the error.
        self.error = error.with_traceback(None)
        self.registered = False
        draw = self._rng.random()
        self._outage = before.failed(self.error, now, draw)
        if self._outage.warned != before.warned:
            logger.warning("%s: not registered: %s", self._what, reason(error))
        # As often as when all was well: that is no burden, and one missed TTL is a host less.
        longest = self._entry.ttl / _PER_TTL * max(draw, _SURE)
        return max(0.0, min(self._outage.due - now, longest))
