"""Random: a host drawn for each attempt."""

from __future__ import annotations

import bisect
import itertools
import random
import time
from collections.abc import Callable, Iterator, Sequence
from random import randint
from typing import Any

from .._core import Call, Clock
from .._fork import renew_after_fork
from .balancer import LoadBalancer
from .node import Node
from .picker import Picker
from .providers.iprovider import IProvider

#: How many draws before the rest is taken in order: with half of the hosts down, one call in 32
#: gets that far.
_DRAWS = 5


class RandomPicker(Picker):
    """A node drawn at random, in proportion to the weights where they differ.

    Args:
        random_function: draws a whole number from `a` to `b`, both included. It takes weights out
            of account, and is called with the balancer's lock held: it must not block. Default:
            none, the picker draws.
        rng: the source of chance; default a `random.Random()` of its own.
    """

    def __init__(
        self,
        random_function: Callable[[int, int], int] | None = None,
        *,
        rng: random.Random | None = None,
    ) -> None:
        self._random_function = random_function
        self._rng = rng or random.Random()
        self._weighed: Sequence[Node] | None = None
        self._sums: list[float] = []
        renew_after_fork(self)

    def candidates(
        self,
        nodes: Sequence[Node],
        call: Call,  # noqa: ARG002
        now: float,  # noqa: ARG002
    ) -> Iterator[Node]:
        """Some draws, then every node once, from a drawn start."""
        index = 0
        for _ in range(_DRAWS):
            index = self._draw(nodes)
            yield nodes[index]
        for step in range(1, len(nodes) + 1):
            yield nodes[(index + step) % len(nodes)]

    def _draw(self, nodes: Sequence[Node]) -> int:
        last = len(nodes) - 1
        if self._random_function is not None:
            return min(max(self._random_function(0, last), 0), last)
        if nodes is not self._weighed:
            self._weighed = nodes
            self._sums = list(itertools.accumulate(node.weight for node in nodes))
        total = self._sums[-1]
        if total <= 0:  # all weigh nothing
            return self._rng.randint(0, last)
        return min(bisect.bisect(self._sums, self._rng.uniform(0.0, total)), last)

    def _after_fork(self) -> None:
        self._rng.seed()

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy in another process draws numbers of its own."""
        return type(self), (self._random_function,)


class RandomLB(LoadBalancer):
    """A host drawn at random for each attempt, in proportion to the weights where they differ.

    Args:
        provider: the source of hosts.
        session: a session for every endpoint; default each endpoint has one of its own.
        random_function: draws a whole number from `a` to `b`, both included, as `random.randint`
            does. One of your own takes weights out of account; it must not block, since it is
            called with the balancer's lock held.
        rng, clock, slow_start, fail_open: as for `LoadBalancer`.
    """

    def __init__(
        self,
        provider: IProvider,
        session: Any = None,
        random_function: Callable[[int, int], int] = randint,
        *,
        rng: random.Random | None = None,
        clock: Clock = time.monotonic,
        slow_start: float = 30.0,
        fail_open: bool = False,
    ) -> None:
        own = None if random_function is randint else random_function
        super().__init__(
            provider,
            picker=RandomPicker(own, rng=rng),
            session=session,
            rng=rng,
            clock=clock,
            slow_start=slow_start,
            fail_open=fail_open,
        )
        self.random_function = random_function
