"""Weighted round robin: each host in turn, the heavier ones more often, and never in bursts."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from typing import Any

from .._core import Call, Clock
from .._fork import renew_after_fork
from .balancer import LoadBalancer
from .node import Node
from .picker import Picker
from .providers.iprovider import IProvider


class _Claim:
    """How many calls a node is owed, and since which fork."""

    __slots__ = ("calls", "era")

    def __init__(self, calls: float, era: int) -> None:
        self.calls = calls
        self.era = era


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
        renew_after_fork(self)

    def candidates(
        self,
        nodes: Sequence[Node],
        call: Call,  # noqa: ARG002
        now: float,  # noqa: ARG002
    ) -> Iterator[Node]:
        """The nodes that can be used, by what they are owed; then those without weight; the rest."""
        groups: tuple[list[Node], list[Node], list[Node]] = ([], [], [])
        for node in nodes:
            groups[2 if not node.usable else not node.weight].append(node)
        for group in groups:
            for node in self._by_claim(group):
                # It pays before it is known whether it is taken: a host that is passed over,
                # because it is new or full, has had its turn like any other.
                node.memory.calls -= 1.0
                yield node

    def _by_claim(self, nodes: list[Node]) -> list[Node]:
        total = sum(node.weight for node in nodes)
        shares = [node.weight / total if total else 1.0 / len(nodes) for node in nodes]
        claims = [self._claim(node, share) for node, share in zip(nodes, shares, strict=True)]
        # Less the mean: nodes that leave for ever take their debts with them.
        mean = sum(claim.calls for claim in claims) / (len(claims) or 1)
        for claim, share in zip(claims, shares, strict=True):
            # Rounded: sums of shares that should be equal differ in their last digits.
            claim.calls = round(claim.calls - mean + share, 9)
        return sorted(nodes, key=lambda node: -node.memory.calls)

    def _claim(self, node: Node, share: float) -> _Claim:
        claim: _Claim | None = node.memory
        if claim is None or claim.era != self._era:
            claim = node.memory = _Claim(share * self._rng.random(), self._era)
        return claim

    def _after_fork(self) -> None:
        self._rng.seed()
        self._era += 1

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy in another process draws a start of its own."""
        return type(self), ()


class WeightedRoundRobinLB(LoadBalancer):
    """Each host in turn, in proportion to the weights, and evenly spread.

    A host of weight 0 is used when no other can be. Looks at every host for each call.

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
