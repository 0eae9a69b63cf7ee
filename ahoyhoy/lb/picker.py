"""The rule of a balancer: in which order it prefers its hosts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from .._core import Call, Outcome

if TYPE_CHECKING:
    from .node import Node


class Picker:
    """The rule of a balancer. A rule of your own writes `candidates`, and `observe` where it learns.

    Threading: both are called with the balancer's lock held: a picker keeps its state without a
    lock of its own, and must neither block nor call the balancer.
    """

    def candidates(
        self,
        nodes: Sequence[Node],  # noqa: ARG002
        call: Call,  # noqa: ARG002
        now: float,  # noqa: ARG002
    ) -> Iterable[Node]:
        """Nodes in order of preference, each at least once, and an end to them.

        The balancer takes the first that may be used: the last one yielded is the one taken, if
        any is. All nodes are among them, ejected ones too: a picker that saw only the usable ones
        would lose its place whenever one goes or comes.

        Args:
            nodes: the nodes to choose from, never none; the same tuple while the hosts stay.
            call: what for.
            now: seconds on the balancer's clock.
        """
        raise TypeError(f"{type(self).__name__} must write candidates()")

    def observe(self, node: Node, outcome: Outcome, now: float) -> None:
        """A request was answered or failed; not called for what says nothing about the host.

        Args:
            node: where it went. It is still counted as in flight.
            outcome: what became of it, with its time in seconds; without the response. With
                `judgement.abandoned` the time is a lower bound.
            now: seconds on the balancer's clock.
        """
