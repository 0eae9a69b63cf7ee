"""The mechanism of the library's balancers. What differs between them is a picker.

A picker sees every node and yields them in its order of preference; the balancer takes the first
that may be used. (A picker that saw only the usable ones would lose its place in the round
whenever one goes or comes.)
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Collection
from typing import Any

from .._core import Call, Clock, Outcome, is_number
from .._fork import renew_after_fork
from ..endpoints import Endpoint
from ..exceptions import InvalidHostError
from .iloadbalancer import ILoadBalancer
from .lease import Lease
from .limits import Limits
from .membership import Membership
from .node import Node
from .picker import Picker
from .providers.iprovider import IProvider
from .refusal import hosts_busy
from .selection import Selection
from .tiers import Tiers

#: For `pick()`, which is not told what it is for.
_ANY_CALL = Call("GET", "/")


class LoadBalancer(ILoadBalancer):
    """A balancer that is a picker and the mechanism around it.

    Args:
        provider: the source of hosts; asked when a host is first needed.
        picker: the rule.
        session: a session for every endpoint; default each endpoint has one of its own.
        rng: the source of chance; default a `random.Random()` of its own.
        clock: seconds that never go back; default `time.monotonic`.
        slow_start: for how many seconds a host that joins the others gets less than its share,
            from a tenth at first; 0 for none. Default 30. A host that recovered gets less for
            five seconds. Off while there are two hosts or fewer.
        fail_open: whether calls go to ejected hosts when there are no others, instead of failing
            at once. Never to one whose circuit was opened by hand. Default False.
        tiers: how hosts of different priority share the calls; default `StrictTiers()`.

    Raises:
        InvalidProviderError: (a TypeError) when the provider is no `IProvider` object.
        ValueError: when slow_start is negative.

    Threading: may be shared by any number of threads and clients. Blocks only while the provider
    is asked for the first time.
    """

    _members: Membership

    def __init__(
        self,
        provider: IProvider,
        *,
        picker: Picker,
        session: Any = None,
        rng: random.Random | None = None,
        clock: Clock = time.monotonic,
        slow_start: float = 30.0,
        fail_open: bool = False,
        tiers: Tiers | None = None,
    ) -> None:
        if not is_number(slow_start) or not slow_start >= 0:
            raise ValueError(f"slow_start must be seconds from 0 up, not {slow_start!r}")
        self._picker = picker
        self._rng = rng or random.Random()
        self._clock = clock
        self._slow_start = slow_start
        self._fail_open = fail_open
        self._tiers = tiers
        self._limits = Limits()
        super().__init__(provider, session)
        renew_after_fork(self)

    def _new_members(self, provider: Any) -> Membership:
        members = Membership(
            provider,
            self._make_endpoint,
            observe=self._observe,
            clock=self._clock,
            announcer=self.announcer,
            slow_start=self._slow_start,
        )
        self._selection = Selection(
            members, rng=self._rng, tiers=self._tiers, fail_open=self._fail_open
        )
        self._selection.use_limits(self._limits)
        return members

    def use_clock(self, clock: Clock) -> None:
        """Take the time from this clock. Only before the first call: times of two do not compare."""
        self._clock = clock
        super().use_clock(clock)

    def use_limits(self, limits: Limits) -> None:
        """Have no more requests in flight than these allow, from the next lease on.

        Raises:
            AhoyhoyLbException: when a subclass chooses hosts in the way of 4.x.
        """
        if self._chooses_itself:
            super().use_limits(limits)
        self._limits = limits
        self._selection.use_limits(limits)

    def use_checks(self) -> None:
        """Heed what `report` tells of the hosts.

        Raises:
            AhoyhoyLbException: when a subclass chooses hosts in the way of 4.x.
        """
        if self._chooses_itself:
            super().use_checks()

    def _observe(self, node: Node, outcome: Outcome, now: float) -> None:
        self._picker.observe(node, outcome, now)

    def _choose_next(self) -> Endpoint | None:
        """The next endpoint by the picker's rule, open or not; None without hosts."""
        nodes = self._members.current()
        now = self._members.ledger.clock()
        with self._members.lock:
            order = self._picker.candidates(nodes, _ANY_CALL, now) if nodes else ()
            node = next(iter(order), None)
        return None if node is None else node.ensure_endpoint(self._make_endpoint)

    @property
    def _chooses_itself(self) -> bool:
        # A subclass's own _choose_next or pick, the 4.x way to write a balancer, is its rule.
        kind = type(self)
        if kind.pick is not LoadBalancer.pick or "pick" in self.__dict__:
            return True
        rule = kind._choose_next
        return rule is not LoadBalancer._choose_next and not _is_ours(rule)

    def pick(self) -> Any:
        """An endpoint that may be used now.

        Raises:
            LbNoEndpointsException: when every circuit is open, or no host is known.
            InvalidHostError: when every host is malformed.
        """
        if not _is_ours(type(self)._choose_next):
            return super().pick()
        with self._choose(_ANY_CALL, (), direct=True) as lease:
            return lease.endpoint

    def lease(self, call: Call, avoid: Collection[Any] = (), *, waited: bool = False) -> Lease:
        """Occupy a host that is not in `avoid` for one attempt of a call.

        Args:
            call: what for.
            avoid: hosts that may not be used.
            waited: whether it was woken by `when_room`: others have to wait until it has asked.

        Raises:
            LbNoEndpointsException: when there is none.
            HostsBusyError: (one of these) when there would be, but for the limits.
            InvalidHostError: when every host is malformed.
        """
        if self._chooses_itself:
            return super().lease(call, avoid)
        return self._choose(call, avoid, waited=waited)

    def _choose(
        self, call: Call, avoid: Collection[Any], *, direct: bool = False, waited: bool = False
    ) -> Lease:
        members = self._members
        members.current()
        ledger = members.ledger
        while True:
            lease = members.lease()
            now = ledger.clock()
            with ledger.lock:
                ledger.depth += 1
                try:
                    node, busy = self._selection.find_locked(
                        self._picker, call, avoid, now, direct=direct, waited=waited
                    )
                    if node is not None:
                        members.occupancy.occupy_locked(lease, node, now)
                finally:
                    ledger.depth -= 1
            if ledger.due:
                ledger.perform()
            if node is None:
                if busy is None:
                    raise self._nothing()
                raise hosts_busy(members.nodes, self._limits, busy)
            try:
                lease.endpoint = node.ensure_endpoint(self._make_endpoint)
            except InvalidHostError:  # from now on no call goes there: choose again
                lease.end()
                members.review(node)
            else:
                return lease

    def __getstate__(self) -> dict[str, Any]:
        """Settings only; a copy in another process draws numbers of its own."""
        state = super().__getstate__()
        del state["_rng"], state["_selection"]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._rng = random.Random()
        super().__setstate__(state)
        renew_after_fork(self)

    def _after_fork(self) -> None:
        self._rng.seed()


def _is_ours(rule: Callable[..., Any]) -> bool:
    return rule.__module__.startswith(__package__)
