"""What a request to each of some hosts would cost, and which of them cost the same."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from .peakewma import PeakEwma

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


class Costs:
    """The costs of some nodes at one moment.

    Args:
        nodes: those to choose from, never none.
        weights: of their tier.
        now: seconds on the balancer's clock.
    """

    __slots__ = ("_best", "_limit", "_nodes", "_now", "_scores", "_weights")

    def __init__(self, nodes: Sequence[Node], weights: Weights, now: float) -> None:
        self._nodes = nodes
        self._weights = weights
        self._now = now
        self._scores = [(*_score(node, weights, now), i) for i, node in enumerate(nodes)]
        rank, cost, self._best = min(self._scores)
        self._limit = rank, _equal_to(cost)

    def equals(self, rng: random.Random) -> list[Node]:
        """The nodes whose cost equals the least one: whose turn it is, the longest unused, by chance."""
        limit = self._limit
        equals = [self._nodes[i] for rank, cost, i in self._scores if (rank, cost) <= limit]
        if len(equals) > 1:
            virtual = self._weights.turn
            equals.sort(
                key=lambda node: (
                    max(virtual, latency_of(node).turn),
                    _last_turn(node),
                    rng.random(),
                )
            )
        return equals

    def others(self) -> Iterator[Node]:
        """The other nodes, by what they cost."""
        for rank, cost, i in sorted(self._scores):
            if (rank, cost) > self._limit:
                yield self._nodes[i]

    def to_probe(self, nodes: Iterable[Node]) -> Node | None:
        """The one of `nodes` that its cost has kept out for the longest time, if that is due."""
        if self._limit[0] != _MEASURED:
            return None
        due = [node for node in nodes if self._is_due(node)]
        if not due:
            return None
        probe = min(due, key=lambda node: latency_of(node).last)
        # What the best one took, not what time has made of it: that is what fast means here.
        latency_of(probe).probe(_equal_to(latency_of(self._nodes[self._best]).peak or 0.0))
        return probe

    def _is_due(self, node: Node) -> bool:
        if node.in_flight or not latency_of(node).rested(self._now, node.used_at):
            return False
        score = _score(node, self._weights, self._now)
        return score[0] == _MEASURED and score > self._limit


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


def _last_turn(node: Node) -> float:
    offered = latency_of(node).offered
    return offered if node.used_at is None else max(offered, node.used_at)


def _equal_to(cost: float) -> float:
    return max(cost * _EQUAL_RATIO, cost + _EQUAL_SECONDS)


def _score(node: Node, weights: Weights, now: float) -> tuple[int, float]:
    in_flight, share = node.in_flight, weights.share(node)
    latency = latency_of(node)
    seconds = latency.seconds(now)
    rank = _MEASURED
    if not latency.is_known:
        rank = _AWAITED if in_flight else _UNMEASURED
    if not share:
        rank, share = rank + _WEIGHTLESS, 1.0
    # Health before load: nobody uses a broken host, hence it costs the least.
    if not node.usable:
        rank += _UNUSABLE
    if in_flight:
        oldest = node.oldest_start
        if oldest is not None:
            seconds = max(seconds, now - oldest)
        seconds *= in_flight / share + 1.0
    return rank, seconds
