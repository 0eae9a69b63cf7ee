"""Weighted round robin: each host in turn, the heavier ones more often, and never in bursts."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from typing import Any

from .._core import Call, Clock
from .._fork import renew_after_fork
from .balancer import LoadBalancer
from .claims import Claim, Claims
from .node import Node
from .picker import Picker
from .providers.iprovider import IProvider

#: How many nodes are asked for one by one before all are looked at.
_FEW = 5


class WeightedRoundRobinPicker(Picker):
    """Each node in turn by its weight, spread evenly: 5, 1, 1 gives a a b a c a a.

    The smooth weighted round robin of nginx (`ngx_http_upstream_round_robin.c`): each call owes
    every node its share of a call, and goes to the node that is owed most, which pays for a whole
    one. Shares, not weights, are counted, so weights may change by any factor at any time; a
    node that cannot be used is owed nothing meanwhile, so it comes back without a burst.

    The start is drawn: programs that start together would otherwise all begin with the same host.

    Args:
        rng: the source of the start; default a `random.Random()` of its own.
    """

    def __init__(self, *, rng: random.Random | None = None) -> None:
        self._rng = rng or random.Random()
        self._era = 0
        self._known: dict[int, Claims] = {}
        renew_after_fork(self)

    def candidates(
        self,
        nodes: Sequence[Node],
        call: Call,  # noqa: ARG002
        now: float,  # noqa: ARG002
    ) -> Iterator[Node]:
        """The nodes that can be used, by what they are owed; then those without weight; the rest."""
        claims = self._claims_of(nodes)
        offered: list[Node] = []
        while len(offered) < _FEW and (queue := claims.most_owed()):
            node = queue.first
            if not (node.clear or node.usable):
                claims = self._count(nodes)
                continue
            if any(node is other for other in offered):
                break
            # It pays before it is known whether it is taken: a host that is passed over,
            # because it is new or full, has had its turn like any other.
            queue.pay()
            offered.append(node)
            yield node
        for node in self._others(nodes, offered):
            node.memory.calls -= 1.0
            yield node

    def _others(self, nodes: Sequence[Node], offered: list[Node]) -> Iterator[Node]:
        """All nodes that were not offered. They are counted anew at the next call."""
        self._forget(nodes)
        known = {id(node) for node in offered}
        groups: tuple[list[Node], list[Node], list[Node]] = ([], [], [])
        for node in nodes:
            groups[2 if not node.usable else not node.weight].append(node)
        for place, group in enumerate(groups):
            self._claim(group, calls=1 if place else 0)  # the first had its share of this call
            left = (node for node in group if id(node) not in known)
            yield from sorted(left, key=lambda node: -node.memory.calls)

    def _claims_of(self, nodes: Sequence[Node]) -> Claims:
        """What the nodes are owed, a share of this call included."""
        claims = self._known.get(nodes[0].priority)
        # A balancer makes another sequence whenever a host or a weight is another.
        if claims is None or claims.nodes is not nodes or not claims.next_call():
            claims = self._count(nodes)
            claims.next_call()
        return claims

    def _count(self, nodes: Sequence[Node]) -> Claims:
        """Look at each node, whether it can be used and what it is owed."""
        self._forget(nodes)
        owed: list[Node] = []
        out: list[Node] = []
        for node in nodes:
            if node.weight:
                (owed if node.usable else out).append(node)
        self._claim(owed, calls=0)
        claims = self._known[nodes[0].priority] = Claims(nodes, owed, out)
        return claims

    def _forget(self, nodes: Sequence[Node]) -> None:
        claims = self._known.pop(nodes[0].priority, None)
        if claims is not None:
            claims.settle()

    def _claim(self, nodes: Sequence[Node], *, calls: int) -> None:
        """Have the nodes, which can be used alike, claim their shares of some calls."""
        total = sum(node.weight for node in nodes)
        shares = [node.weight / total if total else 1.0 / len(nodes) for node in nodes]
        claims = [self._claim_of(node, share) for node, share in zip(nodes, shares, strict=True)]
        # Less the mean: nodes that leave for ever take their debts with them.
        mean = sum(claim.calls for claim in claims) / (len(claims) or 1)
        for claim, share in zip(claims, shares, strict=True):
            claim.calls = round(claim.calls - mean + calls * share, 9)

    def _claim_of(self, node: Node, share: float) -> Claim:
        claim: Claim | None = node.memory
        if claim is None or claim.era != self._era:
            claim = node.memory = Claim(share * self._rng.random(), self._era)
        return claim

    def _after_fork(self) -> None:
        self._rng.seed()
        self._known.clear()
        self._era += 1

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy in another process draws a start of its own."""
        return type(self), ()


class WeightedRoundRobinLB(LoadBalancer):
    """Each host in turn, in proportion to the weights, and evenly spread.

    A host of weight 0 is used when no other can be. Looks at one host for each weight there is, and
    at every host when one is to be passed over that could be used before, or the other way round.

    Args:
        provider: the source of hosts.
        session: a session for every endpoint; default each endpoint has one of its own.
        rng, clock, slow_start, fail_open: as for `LoadBalancer`.
    """

    def __init__(
        self,
        provider: IProvider,
        session: Any = None,
        *,
        rng: random.Random | None = None,
        clock: Clock = time.monotonic,
        slow_start: float = 30.0,
        fail_open: bool = False,
    ) -> None:
        super().__init__(
            provider,
            picker=WeightedRoundRobinPicker(rng=rng),
            session=session,
            rng=rng,
            clock=clock,
            slow_start=slow_start,
            fail_open=fail_open,
        )
