"""What is known of a source's hosts, and how each answer or failure changes it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ...exceptions import ProviderError
from ...utils.instance import Instance

_FIRST_RETRY = 1.0
_LONGEST_RETRY = 30.0
_WARN_EVERY = 60.0


@dataclass(frozen=True)
class Known:
    """A snapshot; the methods return the next one. All times are seconds of the provider's clock."""

    #: None until the source has answered once.
    hosts: tuple[Instance, ...] | None = None
    #: How often the list changed.
    changes: int = 0
    #: When the source is to be asked again.
    due: float = float("-inf")
    #: For how long the last answer was good.
    ttl: float = _FIRST_RETRY
    #: When the source last answered with this list.
    confirmed: float = float("-inf")
    #: Failed refreshes since, and the last one's reason.
    failures: int = 0
    error: Exception | None = None
    #: When the last warning was due.
    warned: float = float("-inf")

    def answered(
        self, hosts: tuple[Instance, ...], now: float, ttl: float, min_ttl: float, draw: float
    ) -> Known:
        """The source answered. `draw` is a random number from 0 to 1."""
        if not hosts and self.hosts:
            return self.failed(ProviderError("the answer has no hosts"), now, min_ttl, draw)
        changed = hosts != self.hosts
        return Known(
            hosts=hosts,
            changes=self.changes + changed,
            due=now + (max(min_ttl, ttl * (1 - draw / 10)) if hosts else _FIRST_RETRY),
            ttl=ttl if hosts else _FIRST_RETRY,
            confirmed=now,
        )

    def failed(self, error: Exception, now: float, min_ttl: float, draw: float) -> Known:
        """The source could not be asked, or answered nonsense."""
        exponent = min(self.failures, 10)  # 2 ** 5 is past the longest already
        # Asking as often as when all was well is no burden, hence never later than the TTL.
        delay = min(_FIRST_RETRY * 2**exponent, _LONGEST_RETRY, self.ttl) * (1 - draw / 2)
        return replace(
            self,
            due=now + (max(min_ttl, delay) if self.hosts else delay),
            failures=self.failures + 1,
            error=error,
            warned=now if not self.failures or now - self.warned >= _WARN_EVERY else self.warned,
        )
