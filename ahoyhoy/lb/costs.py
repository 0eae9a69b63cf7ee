"""What a request to each of some hosts would cost, and which of them cost the same."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from .peakewma import DECAY, PeakEwma

if TYPE_CHECKING:
    from .node import Node
    from .weights import Weights

#: What differs by less than a quarter or a millisecond is equal.
_EQUAL_RATIO = 1.25
_EQUAL_SECONDS = 0.001

#: The order of nodes, before their cost.
_UNMEASURED, _MEASURED, _AWAITED = 0, 1, 2
_WEIGHTLESS = 4
_UNUSABLE = 8
_WORST = 16


class Costs:
    """The costs of some nodes at one moment.

    Args:
        nodes: those to choose from, never none.
        weights: of their tier.
        now: seconds on the balancer's clock.
        rng: draws among equals that nothing else tells apart.
    """

    __slots__ = ("_all", "_best", "_costs", "_limit", "_now", "_rank", "_turns", "_weights")

    def __init__(
        self, nodes: Sequence[Node], weights: Weights, now: float, rng: random.Random
    ) -> None:
        self._all = nodes
        self._weights = weights
        self._now = now
        #: what matters most of the time: nodes of a higher rank are for the worst case
        self._rank, self._best, self._costs = _best_ranked(nodes, weights, now)
        self._limit = _equal_to(min(self._costs))
        self._turns = self._take_turns(rng)

    def _take_turns(self, rng: random.Random) -> list[tuple[float, float, float, int]]:
        """Of each node whose cost equals the least one: its turn, its last use, a draw, its place."""
        limit, nodes, virtual = self._limit, self._best, self._weights.turn
        turns, draw = [], rng.random
        for place, cost in enumerate(self._costs):
            if cost > limit:
                continue
            node = nodes[place]
            latency = node.memory
            turn, last, used_at = latency.turn, latency.offered, node.used_at
            if turn < virtual:  # noqa: PLR1730 - in this loop a call of max() shows
                turn = virtual
            if used_at is not None and used_at > last:
                last = used_at
            turns.append((turn, last, draw(), place))
        return turns

    @property
    def first(self) -> Node:
        """Of the nodes whose cost equals the least one: whose turn it is, the longest unused, by chance."""
        return self._best[min(self._turns)[-1]]

    def ordered(self) -> Iterator[Node]:
        """All nodes: the equals in their turns, then the others by what they cost."""
        for *_, place in sorted(self._turns):
            yield self._best[place]
        limit, nodes, costs, left = self._limit, self._best, self._costs, list(self._all)
        while left:
            for place in sorted(range(len(costs)), key=costs.__getitem__):
                if costs[place] > limit:
                    yield nodes[place]
            known = {id(node) for node in nodes}
            left = [node for node in left if id(node) not in known]
            _, nodes, costs = _best_ranked(left, self._weights, self._now)
            limit = -math.inf

    def to_probe(self, nodes: Sequence[Node]) -> Node | None:
        """The one of `nodes` that its cost has kept out for the longest time, if that is due."""
        rank, best, costs = self._rank, self._best, self._costs
        if rank != _MEASURED or (nodes is self._all and len(self._turns) == len(nodes)):
            return None
        if nodes is not self._all:
            rank, best, costs = _best_ranked(nodes, self._weights, self._now)
        due = [
            node
            for node, cost in zip(best, costs, strict=True)
            if rank == _MEASURED and cost > self._limit and self._has_rested(node)
        ]
        if not due:
            return None
        probe = min(due, key=lambda node: latency_of(node).last)
        # What the best one took, not what time has made of it: that is what fast means here.
        fastest = self._best[self._costs.index(min(self._costs))]
        latency_of(probe).probe(_equal_to(latency_of(fastest).peak or 0.0))
        return probe

    def _has_rested(self, node: Node) -> bool:
        return not node.in_flight and latency_of(node).rested(self._now, node.used_at)


def latency_of(node: Node) -> PeakEwma:
    """What is known of the node's latency."""
    latency: PeakEwma | None = node.memory
    if latency is None:
        latency = node.memory = PeakEwma()
    return latency


def take_turn(node: Node, weights: Weights, now: float) -> None:
    """The node is offered a call.

    Start-time fair queuing: Goyal, Vin, Cheng, IEEE/ACM Transactions on Networking 5(5), 1997.
    """
    latency = latency_of(node)
    latency.offered = now
    weights.turn = max(weights.turn, latency.turn)
    latency.turn = weights.turn + 1.0 / (weights.share(node) or 1.0)


def _equal_to(cost: float) -> float:
    return max(cost * _EQUAL_RATIO, cost + _EQUAL_SECONDS)


def _best_ranked(
    nodes: Sequence[Node], weights: Weights, now: float
) -> tuple[int, list[Node], list[float]]:
    """The nodes of the best rank, and what a request to each of them would cost.

    The innermost loop of every choice, hence without a function for each step.
    """
    found: list[Node] = []
    costs: list[float] = []
    best, alike, exp = _WORST, weights.alike, math.exp
    for node in nodes:
        in_flight, share, rank = node.in_flight, alike or weights.share(node), _MEASURED
        latency = node.memory or latency_of(node)
        if not latency.is_known:
            rank = _AWAITED if in_flight else _UNMEASURED
        if not share:
            rank, share = rank + _WEIGHTLESS, 1.0
        # Health before load: nobody uses a broken host, hence it costs the least.
        if not (node.clear or node.usable):
            rank += _UNUSABLE
        if rank != best:
            if rank > best:
                continue
            best, found, costs = rank, [], []
        peak = latency.peak
        seconds = peak * exp((latency.last - now) / DECAY) if peak else 0.0
        if in_flight:
            oldest = node.oldest_start
            if oldest is not None and now - oldest > seconds:
                seconds = now - oldest
            seconds *= in_flight / share + 1.0
        found.append(node)
        costs.append(seconds)
    return best, found, costs
