"""Which groups of hosts a call may go to, by priority."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from .node import Node


class Tiers(Protocol):
    """How the groups of different priority share the calls."""

    def order(
        self, groups: Sequence[Sequence[Node]], now: float, rng: random.Random
    ) -> Iterable[Sequence[Node]]:
        """The groups in the order in which one call asks them; not asked where there is only one.

        Called with the balancer's lock held: it must not block.

        Args:
            groups: the nodes of each priority, the lowest number first.
            now: seconds on the balancer's clock.
            rng: the balancer's.
        """
        ...


class StrictTiers:
    """The lowest number serves as long as one of its hosts can be used (SRV, RFC 2782)."""

    def order(
        self,
        groups: Sequence[Sequence[Node]],
        now: float,  # noqa: ARG002
        rng: random.Random,  # noqa: ARG002
    ) -> Iterable[Sequence[Node]]:
        """The groups as they are."""
        return groups
