"""Least request: of two hosts drawn at random, the one with fewer requests in flight."""

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
from .weights import WeightsByTier

#: How many pairs are drawn before all nodes are looked at: with half of the hosts down, one call
#: in a thousand gets that far.
_DRAWS = 5


class LeastRequestPicker(Picker):
    """Of two different nodes drawn at random, the less loaded one.

    Asking every host for its load costs time, and all clients would meet at the same idle one.
    Of two drawn at random the better is nearly as good: Mitzenmacher, "The Power of Two Choices
    in Randomized Load Balancing", IEEE TPDS 12(10), 2001.

    Nodes are drawn in proportion to their weights, and their load is requests in flight per
    weight. So idle hosts are used in proportion to the weights, and busy ones hold requests in
    the same proportion.

    Args:
        rng: the source of chance; default a `random.Random()` of its own.
    """

    def __init__(self, *, rng: random.Random | None = None) -> None:
        self._rng = rng or random.Random()
        self._weights = WeightsByTier()
        renew_after_fork(self)

    def candidates(
        self,
        nodes: Sequence[Node],
        call: Call,  # noqa: ARG002
        now: float,  # noqa: ARG002
    ) -> Iterator[Node]:
        """The better of some pairs, then every node once, the least loaded first."""
        if len(nodes) > 1:
            weights = self._weights.of(nodes)
            for _ in range(_DRAWS):
                one, two = weights.pair(self._rng)
                yield two if _load(two) < _load(one) else one
        yield from sorted(nodes, key=lambda node: (*_load(node), self._rng.random()))

    def _after_fork(self) -> None:
        self._rng.seed()

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy in another process draws numbers of its own."""
        return type(self), ()


def _load(node: Node) -> tuple[bool, bool, float]:
    # Health before load: nobody uses a broken host, hence it is the least loaded one.
    weight = node.weight
    return not node.usable, not weight, node.in_flight / (weight or 1.0)


class LeastRequestLB(LoadBalancer):
    """Of two hosts drawn at random, the one with fewer requests in flight.

    For many calls at a time; a script with one call at a time has no load to compare, and is
    better off with `PeakEwmaLB`. Weights are respected.

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
            picker=LeastRequestPicker(rng=rng),
            session=session,
            rng=rng,
            clock=clock,
            slow_start=slow_start,
            fail_open=fail_open,
        )
