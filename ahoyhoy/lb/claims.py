"""How many calls each of some hosts is owed, and which one is owed most."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .node import Node

#: After so many calls the sums of shares are begun anew: their last digits wear out.
_LONGEST = 100_000


class Claim:
    """How many calls a node was owed when all were last counted, and since which fork."""

    __slots__ = ("calls", "era")

    def __init__(self, calls: float, era: int) -> None:
        self.calls = calls
        self.era = era


class Queue:
    """Nodes of the same weight, the one that is owed most first.

    Args:
        weight: of each.
        nodes: each after the calls it had, less those it was owed at the start, and its own number,
            by which equals go.
    """

    __slots__ = ("nodes", "weight")

    def __init__(self, weight: float, nodes: Iterable[tuple[float, int, Node]]) -> None:
        self.weight = weight
        self.nodes = deque(sorted(nodes))

    @property
    def first(self) -> Node:
        """The node that is owed most."""
        return self.nodes[0][2]

    def pay(self) -> None:
        """The first node has a call."""
        nodes = self.nodes
        calls, number, node = nodes[0]
        # It never leaves the queue: an interrupt in between costs a turn, not a node.
        nodes.rotate(-1)
        nodes[-1] = calls + 1.0, number, node
        if nodes[-1] < nodes[len(nodes) - 2]:  # it is still owed more than others
            self.nodes = deque(sorted(nodes))


class Claims:
    """What the nodes of one tier are owed, as calls go by.

    Each call owes nodes of the same weight the same, so whichever of them is owed most stays that
    until it has a call, and then goes behind the others: a queue for each weight finds it, and no
    other node is looked at.

    Not thread-safe: the balancer's lock guards it.

    Args:
        nodes: all of the tier.
        owed: those that are owed something, with a `Claim` each in their `memory`.
        out: those that will be, once they can be used again.
    """

    __slots__ = ("_calls", "_out", "_queues", "_total", "nodes")

    def __init__(self, nodes: Sequence[Node], owed: Sequence[Node], out: Sequence[Node]) -> None:
        self.nodes = nodes
        self._out = deque(out)
        self._total = sum(node.weight for node in owed)
        self._calls = 0
        by_weight: dict[float, list[tuple[float, int, Node]]] = {}
        for number, node in enumerate(owed):
            by_weight.setdefault(node.weight, []).append((-node.memory.calls, number, node))
        self._queues = [Queue(weight, of) for weight, of in by_weight.items()]

    def next_call(self) -> bool:
        """All are owed their share of another call. False where they must be counted anew first."""
        if self._out:
            self._out.rotate()
            if self._out[0].usable:
                return False
        if self._calls >= _LONGEST:
            return False
        self._calls += 1
        return True

    def most_owed(self) -> Queue | None:
        """The queue whose first node is owed most; None where nobody is owed anything."""
        best = least = None
        for queue in self._queues:
            calls, number, _ = queue.nodes[0]
            # Rounded: sums of shares that should be equal differ in their last digits.
            debt = round(calls - queue.weight * self._calls / self._total, 9), number
            if least is None or debt < least:
                best, least = queue, debt
        return best

    def settle(self) -> None:
        """Note with each node what it is owed."""
        for queue in self._queues:
            due = queue.weight * self._calls / self._total
            for calls, _, node in queue.nodes:
                node.memory.calls = due - calls
