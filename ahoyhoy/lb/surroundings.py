"""What a client asks of a balancer besides a host: events, pauses, limits, checks, the time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .._core import Clock
from ..events import Announcer
from ..exceptions import AhoyhoyLbException
from .ledger import Leave
from .limits import Limits
from .membership import Membership


class Surroundings:
    """Defaults that suit a balancer of any kind, also one that keeps its hosts to itself."""

    #: None where a subclass does without the constructor.
    _members: Membership | None = None

    @property
    def announcer(self) -> Announcer:
        """Tells listeners of circuits that change, of hosts that come, go, are ejected and return."""
        announcer: Announcer = self.__dict__.setdefault("_announcer", Announcer())
        return announcer

    def pause(self) -> float:
        """Seconds until a host is free of the pause it asked for (`Retry-After`); 0.0 when one is."""
        if self._members is None:
            return 0.0
        return self._members.pause()

    def when_room(self, wake: Callable[[], object], since: int | None = None) -> Leave:
        """Have `wake()` called once when a request ends: one who waits per request, in their order.

        Args:
            wake: called without a lock, in the thread in which a request ended, or at once if one
                has ended already; must not block. Whoever was woken asks with `waited=True`.
            since: the `since` of the HostsBusyError that told that there is no room. Default: as if
                it were told now.

        Returns:
            How to wait no longer: `leave(took)`. It must be called, woken or not. A wake-up that
            was of no use (`took=False`) goes to the next who waited when it came.
        """
        if self._members is None:
            raise AhoyhoyLbException(f"{type(self).__name__} has no limits to wait for")
        return self._members.ledger.join(wake, since)

    def report(self, host: Any, *, healthy: bool, reason: str = "") -> None:
        """Tell what an active check found: calls pass over a host until it is healthy again.

        Args:
            host: which; one that is not known is nobody's.
            healthy: whether it may be used.
            reason: why not, in a few words.
        """
        if self._members is not None:
            self._members.report(host, healthy=healthy, reason=reason)

    def use_limits(self, limits: Limits) -> None:  # noqa: ARG002
        """Have no more requests in flight than these allow.

        Raises:
            AhoyhoyLbException: here always: who chooses by `pick()` is not asked for other hosts.
        """
        raise AhoyhoyLbException(
            f"{type(self).__name__} chooses hosts by itself: for limits, build it from a Picker"
        )

    def use_checks(self) -> None:
        """Heed what `report` tells of the hosts.

        Raises:
            AhoyhoyLbException: here always: who chooses by `pick()` does not ask who is healthy.
        """
        raise AhoyhoyLbException(
            f"{type(self).__name__} chooses hosts by itself: for health checks, build it from a Picker"
        )

    def use_clock(self, clock: Clock) -> None:
        """Take the time from this clock. Only before the first call: times of two do not compare."""
        if self._members is not None:
            self._members.ledger.clock = clock
