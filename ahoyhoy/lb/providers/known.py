"""What is known of a source's hosts, and how each answer or failure changes it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from ...exceptions import ProviderError
from ...utils.instance import Instance

_FIRST_RETRY = 1.0
_LONGEST_RETRY = 30.0
_WARN_EVERY = 60.0
# It is tried again soon in a short outage, and by and by less often in a long one.
_SHORT_OUTAGE_RETRY = 4.0
_SHARE_OF_OUTAGE = 1 / 8
# A source that asks for more is asked again all the same.
_LONGEST_ASKED = 300.0
# Of the pause before a watch begins again; the rest of it is by chance.
_SURE_SHARE = 0.1


class RefusedError(ProviderError):
    """A source refuses, and will until somebody changes a setting, here or there."""


def pause_asked(error: Exception) -> float:
    """For how many seconds a source that failed asks to be left alone; 0.0 when it does not."""
    asked = error.retry_after if isinstance(error, ProviderError) else None
    return min(max(0.0, asked or 0.0), _LONGEST_ASKED)


def _empty(why: str) -> ProviderError:
    return ProviderError("the answer has no hosts" + (f": {why}" if why else ""))


@dataclass(frozen=True)
class Known:
    """A snapshot; the methods return the next one. All times are seconds of the provider's clock."""

    #: None until the source has answered once.
    hosts: tuple[Instance, ...] | None = None
    #: How often the list changed.
    changes: int = 0
    #: When the source is to be asked again.
    due: float = float("-inf")
    #: When the source last answered with this list.
    confirmed: float = float("-inf")
    #: Failures since, and the last one's reason.
    failures: int = 0
    error: Exception | None = None
    #: When the last warning was due.
    warned: float = float("-inf")
    #: Since when the source cannot be read.
    lost: float | None = None
    #: Since when it says that there are no hosts, which is not believed yet.
    doubted: float | None = None

    def stale_for(self, now: float) -> float:
        """Seconds since the list was last confirmed, while the source fails; 0.0 while it does not."""
        return 0.0 if self.hosts is None or not self.failures else now - self.confirmed

    def _warned(self, now: float) -> float:
        return now if not self.failures or now - self.warned >= _WARN_EVERY else self.warned

    def _longest_pause(self, outage: float) -> float:
        doubled: float = _FIRST_RETRY * 2 ** min(self.failures, 10)  # 2 ** 5 is past the longest
        return min(doubled, max(_SHORT_OUTAGE_RETRY, outage * _SHARE_OF_OUTAGE), _LONGEST_RETRY)


@dataclass(frozen=True)
class Polled(Known):
    """What is known of a source that is asked again when its answer expires."""

    #: For how long the last answer was good.
    ttl: float = _FIRST_RETRY

    def answered(
        self,
        hosts: tuple[Instance, ...],
        now: float,
        *,
        ttl: float,
        min_ttl: float,
        grace: float,
        draw: float,
        why_empty: str = "",
    ) -> Polled:
        """The source answered.

        Args:
            hosts: all of them.
            now: the time.
            ttl: for how long this is good.
            min_ttl: how soon it may be asked again.
            grace: for how many seconds an empty list is not believed after one that was not.
            draw: a random number from 0 to 1.
            why_empty: why there are none, where the source knows.
        """
        doubted = now if self.doubted is None else self.doubted
        if not hosts and self.hosts and now - doubted < grace:
            error = _empty(why_empty)
            return replace(self.failed(error, now, min_ttl, draw), doubted=doubted)
        changed = hosts != self.hosts
        return Polled(
            hosts=hosts,
            changes=self.changes + changed,
            due=now + (max(min_ttl, ttl * (1 - draw / 10)) if hosts else _FIRST_RETRY),
            ttl=ttl if hosts else _FIRST_RETRY,
            confirmed=now,
            error=ProviderError(why_empty) if why_empty and not hosts else None,
        )

    def failed(self, error: Exception, now: float, min_ttl: float, draw: float) -> Polled:
        """The source could not be asked, or answered nonsense."""
        lost = now if self.lost is None else self.lost
        # Asking as often as when all was well is no burden, hence never later than the TTL.
        delay = min(self._longest_pause(now - lost), self.ttl) * (1 - draw / 2)
        return replace(
            self,
            # With what is by chance on top: all clients are asked for the same pause.
            due=now + pause_asked(error) + (max(min_ttl, delay) if self.hosts else delay),
            failures=self.failures + 1,
            error=error,
            warned=self._warned(now),
            lost=lost,
            # Whoever comes back with no hosts is to be doubted anew.
            doubted=None,
        )


@dataclass(frozen=True)
class Watched(Known):
    """What is known of a source that tells of each change by itself."""

    def answered(
        self, hosts: tuple[Instance, ...], now: float, grace: float, why_empty: str = ""
    ) -> Watched:
        """The source told of its hosts.

        Args:
            hosts: all of them.
            now: the time.
            grace: for how many seconds an empty list is not believed after one that was not.
            why_empty: why there are none, where the source knows.
        """
        if not hosts and self.hosts:
            return self._doubting(now, why_empty).settled(now, grace)
        if not hosts and self.hosts is None and why_empty:
            # Not asked again: the source tells when that changes.
            error = ProviderError(why_empty)
            return replace(self, error=error, due=math.inf, failures=0, lost=None)
        changed = hosts != self.hosts
        return Watched(hosts=hosts, changes=self.changes + changed, confirmed=now)

    def _doubting(self, now: float, why_empty: str) -> Watched:
        return replace(
            self,
            doubted=now if self.doubted is None else self.doubted,
            lost=None,
            failures=self.failures + 1,
            error=_empty(why_empty),
            warned=self._warned(now),
        )

    def settled(self, now: float, grace: float) -> Watched:
        """The same, unless the source has said for long enough that there are no hosts."""
        if self.doubted is None or now - self.doubted < grace:
            return self
        return Watched(hosts=(), changes=self.changes + 1, confirmed=now)

    def failed(self, error: Exception, now: float, draw: float) -> Watched:
        """The watch broke. It is to begin again when `due`; `draw` is a random number from 0 to 1."""
        lost = now if self.lost is None else self.lost
        refused = isinstance(error, RefusedError)
        longest = _LONGEST_RETRY if refused else self._longest_pause(now - lost)
        pause = longest * (_SURE_SHARE + (1 - _SURE_SHARE) * draw)
        # A refusal that nobody has heard of yet, or is it the same all the time?
        repeated = refused and str(error) == str(self.error)
        return replace(
            self,
            due=now + pause_asked(error) + pause,
            failures=self.failures + 1,
            error=error,
            warned=self.warned if repeated else self._warned(now),
            lost=lost,
            # Whoever comes back with no hosts is to be doubted anew.
            doubted=None,
        )
