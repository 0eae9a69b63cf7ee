"""The weights of the hosts a call may go to, summed once and drawn from."""

from __future__ import annotations

import bisect
import itertools
import random
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .node import Node


class Weights:
    """The weights of some nodes. Where all weigh nothing, all weigh the same.

    Args:
        nodes: the nodes of one priority.
    """

    def __init__(self, nodes: Sequence[Node]) -> None:
        weights = [node.weight for node in nodes]
        if not any(weights):
            weights = [1.0] * len(weights)
        self.nodes = nodes
        self._sums = list(itertools.accumulate(weights))
        self._mean = self._sums[-1] / len(weights)
        self._cursor = -1
        #: the virtual time of those who take turns by weight
        self.turn = 0.0
        #: the share of each, where all weigh the same
        self.alike = 1.0 if min(weights) == max(weights) else None

    def share(self, node: Node) -> float:
        """The node's weight beside the mean: 1.0 where all weigh the same, 0.0 for one without."""
        return self.alike or node.weight / self._mean

    def pair(self, rng: random.Random) -> tuple[Node, Node]:
        """Two different nodes, each drawn in proportion to its weight. There must be two."""
        if self.alike:
            count = len(self.nodes)
            one, two = int(rng.random() * count), int(rng.random() * (count - 1))
            return self.nodes[one], self.nodes[two + (two >= one)]
        sums, total = self._sums, self._sums[-1]
        one = self._at(rng.random() * total)
        below = sums[one - 1] if one else 0.0
        weight = sums[one] - below
        if total - weight <= 0.0:  # no other node weighs anything
            two = int(rng.random() * (len(sums) - 1))
            return self.nodes[one], self.nodes[two + (two >= one)]
        # A point on the line without the first one's part. The ends given to bisect keep rounding
        # from leading back into that part.
        point, last = rng.random() * (total - weight), len(sums) - 1
        if point < below or one == last:
            two = bisect.bisect(sums, point, 0, one - 1)
        else:
            two = bisect.bisect(sums, point + weight, one + 1, last)
        return self.nodes[one], self.nodes[two]

    def next_in_turn(self) -> Node:
        """Each node in turn, whatever it weighs."""
        self._cursor = (self._cursor + 1) % len(self.nodes)
        return self.nodes[self._cursor]

    def _at(self, point: float) -> int:
        return min(bisect.bisect(self._sums, point), len(self._sums) - 1)


class WeightsByTier:
    """The weights of each tier, summed anew when its hosts change.

    Not thread-safe: the balancer's lock guards it.
    """

    def __init__(self) -> None:
        self._known: dict[int, Weights] = {}

    def of(self, nodes: Sequence[Node]) -> Weights:
        """The weights of these nodes, which are all of one priority."""
        priority = nodes[0].priority
        known = self._known.get(priority)
        # A balancer makes another sequence whenever a host or a weight is another.
        if known is not None and known.nodes is nodes:
            return known
        weights = self._known[priority] = Weights(nodes)
        weights.turn = 0.0 if known is None else known.turn
        return weights
