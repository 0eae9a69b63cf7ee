"""The mechanism of the library's balancers. What differs between them is a picker.

A picker sees every node and yields them in its order of preference; the balancer takes the first
that may be used. (A picker that saw only the usable ones would lose its place in the round
whenever one goes or comes.)
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Protocol

from .._core import Call
from ..endpoints import Endpoint
from ..exceptions import InvalidHostError
from .iloadbalancer import ILoadBalancer
from .lease import Lease
from .membership import Membership
from .node import Node
from .providers.iprovider import IProvider

#: For `pick()`, which is not told what it is for.
_ANY_CALL = Call("GET", "/")


class Picker(Protocol):
    """The rule of a balancer."""

    def candidates(self, nodes: Sequence[Node], call: Call) -> Iterable[Node]:
        """Nodes in order of preference, each at least once.

        Called with the balancer's lock held: it may keep state without a lock of its own, must
        not block, and should not look at every node before the first one it yields.
        """


class LoadBalancer(ILoadBalancer):
    """A balancer that is a picker and the mechanism around it.

    Args:
        provider: the source of hosts; asked when a host is first needed.
        picker: the rule.
        session: a session for every endpoint; default each endpoint has one of its own.

    Threading: may be shared by any number of threads and clients. Blocks only while the provider
    is asked for the first time.
    """

    _members: Membership

    def __init__(self, provider: IProvider, *, picker: Picker, session: Any = None) -> None:
        super().__init__(provider, session)
        self._picker = picker

    def _choose_next(self) -> Endpoint | None:
        """The next endpoint by the picker's rule, open or not; None without hosts."""
        nodes = self._members.current()
        with self._members.lock:
            node = next(iter(self._picker.candidates(nodes, _ANY_CALL)), None) if nodes else None
        return None if node is None else node.ensure_endpoint(self._make_endpoint)

    @property
    def _chooses_itself(self) -> bool:
        # A subclass's own _choose_next, the 4.x way to write a balancer, is its rule.
        return not type(self)._choose_next.__module__.startswith(__package__)

    def pick(self) -> Any:
        """An endpoint that may be used now.

        Raises:
            LbNoEndpointsException: when every circuit is open, or no host is known.
            InvalidHostError: when every host is malformed.
        """
        if self._chooses_itself:
            return super().pick()
        with self._choose(_ANY_CALL, ()) as lease:
            return lease.endpoint

    def lease(self, call: Call, avoid: Collection[Any] = ()) -> Lease:
        """Occupy a host that is not in `avoid` for one attempt of a call.

        Raises:
            LbNoEndpointsException: when there is none.
            InvalidHostError: when every host is malformed.
        """
        if self._chooses_itself or type(self).pick is not LoadBalancer.pick or "pick" in vars(self):
            return super().lease(call, avoid)
        return self._choose(call, avoid)

    def _choose(self, call: Call, avoid: Collection[Any]) -> Lease:
        self._members.current()
        while True:
            lease = self._members.lease()
            with self._members.lock:
                node = self._first_locked(self._members.tiers, call, avoid)
                if node is not None:
                    lease.occupy_locked(node)
            if node is None:
                raise self._nothing()
            try:
                lease.endpoint = node.ensure_endpoint(self._make_endpoint)
            except InvalidHostError:  # from now on the node admits no call: choose again
                lease.end()
            else:
                return lease

    def _first_locked(
        self, tiers: Sequence[Sequence[Node]], call: Call, avoid: Collection[Any]
    ) -> Node | None:
        for tier in tiers:
            for node in self._picker.candidates(tier, call):
                if node.admits(call) and node.key not in avoid:
                    return node
        # Nothing else is left: now a trial is due even by a call that cannot fail over.
        for node in itertools.chain.from_iterable(tiers):
            if node.trial_due() and node.key not in avoid:
                return node
        return None
