"""Peak EWMA: the host that answers soonest, by its latency and by what it still has to do."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Iterator, Sequence
from typing import Any

from .._core import Call, Clock, Outcome
from .._fork import renew_after_fork
from .balancer import LoadBalancer
from .costs import Costs, latency_of, take_turn
from .node import Node
from .picker import Picker
from .providers.iprovider import IProvider
from .weights import Weights, WeightsByTier

#: Up to so many hosts all are compared, above it two drawn at random.
_FULL_SCAN = 16
#: How many pairs are drawn before all nodes are looked at.
_DRAWS = 5


class PeakEwmaPicker(Picker):
    """The node with the least latency, times what it has in flight.

    The cost of a node is `latency * (in_flight / share + 1)`, where `share` is its weight beside
    the mean weight: Finagle's `PeakEwma` balancer, with weights. Besides:

    * Up to 16 nodes all are compared; above, two different ones drawn in proportion to their
      weights (the power of two choices: Mitzenmacher, IEEE TPDS 12(10), 2001).
    * Costs within 25 % or 1 ms of the least are equal. Equals take turns by their weights, the
      one that waited longest first, so that a script with one call at a time uses all of them.
    * A node that never answered goes first, with one request; until that is answered, last.
    * A request without an answer counts as what it has taken so far: a host that stops answering
      loses its calls before the first timeout.
    * A failure counts as an answer of 5 s, or of `Retry-After`, or twice the latency before.
    * A node that is too slow gets one call that may be repeated after 3 s of rest; if that was
      slow too, after 6 s, 12 s … 60 s. Its first answer after a failure or such a probe is
      all that counts.

    Args:
        rng: the source of chance; default a `random.Random()` of its own.
    """

    def __init__(self, *, rng: random.Random | None = None) -> None:
        self._rng = rng or random.Random()
        self._weights = WeightsByTier()
        renew_after_fork(self)

    def candidates(self, nodes: Sequence[Node], call: Call, now: float) -> Iterator[Node]:
        """A node to probe, if one is due; then by cost, with every node at least once."""
        weights = self._weights.of(nodes)
        few = len(nodes) <= _FULL_SCAN
        costs = Costs(nodes if few else weights.pair(self._rng), weights, now, self._rng)
        if call.repeatable:
            probe = costs.to_probe(nodes if few else (weights.next_in_turn(),))
            if probe is not None:
                yield probe
                latency_of(probe).spare()
        node = costs.first
        # Before it is known whether it is taken: a host that is passed over, because it is
        # new or full, has had its turn like any other.
        take_turn(node, weights, now)
        yield node
        for other in self._others(nodes, costs, weights, now):
            take_turn(other, weights, now)
            yield other

    def observe(self, node: Node, outcome: Outcome, now: float) -> None:
        """Remember what the answer took."""
        latency = latency_of(node)
        judgement = outcome.judgement
        if judgement.abandoned:
            latency.abandoned(outcome.elapsed, now)
        elif judgement.is_failure:
            latency.failed(max(outcome.elapsed, judgement.retry_after or 0.0), now)
        else:
            latency.answered(outcome.elapsed, now)

    def _others(
        self, nodes: Sequence[Node], costs: Costs, weights: Weights, now: float
    ) -> Iterator[Node]:
        """Those after the first."""
        if len(nodes) <= _FULL_SCAN:
            yield from itertools.islice(costs.ordered(), 1, None)
            return
        for _ in range(_DRAWS - 1):
            yield Costs(weights.pair(self._rng), weights, now, self._rng).first
        yield from Costs(nodes, weights, now, self._rng).ordered()

    def _after_fork(self) -> None:
        self._rng.seed()

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy in another process draws numbers of its own."""
        return type(self), ()


class PeakEwmaLB(LoadBalancer):
    """The host that is likely to answer soonest: by its latency, and by what it has in flight.

    A host that turns slow, fails or stops answering loses its calls at once, and gets them back
    within seconds of its recovery. Hosts that are equally fast take turns. The right one for
    nearly everybody. Weights are respected.

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
            picker=PeakEwmaPicker(rng=rng),
            session=session,
            rng=rng,
            clock=clock,
            slow_start=slow_start,
            fail_open=fail_open,
        )
