"""Round robin: each host in turn."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from typing import Any

from .._core import Call, Clock
from .._fork import renew_after_fork
from ..endpoints import Endpoint
from .balancer import LoadBalancer
from .node import Node
from .picker import Picker
from .providers.iprovider import IProvider


class RoundRobinPicker(Picker):
    """Each node in turn.

    The start is drawn: programs that start together would otherwise all begin with the first host.
    """

    def __init__(self, *, rng: random.Random | None = None) -> None:
        self._rng = rng or random.Random()
        #: by priority: a walk through one tier must not move the turn of another
        self._turns: dict[int, int] = {}
        renew_after_fork(self)

    def candidates(
        self,
        nodes: Sequence[Node],
        call: Call,  # noqa: ARG002
        now: float,  # noqa: ARG002
    ) -> Iterator[Node]:
        """The nodes, from the one whose turn it is. The turn goes to the one after the last taken."""
        priority = nodes[0].priority
        turn = self._turns.get(priority)
        if turn is None:
            turn = self._rng.randrange(len(nodes))
        for index in range(turn, turn + len(nodes)):
            self._turns[priority] = (index + 1) % len(nodes)
            yield nodes[index % len(nodes)]

    def _after_fork(self) -> None:
        self._rng.seed()
        self._turns.clear()

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy in another process draws a start of its own."""
        return type(self), ()


class RoundRobinLB(LoadBalancer):
    """Each host in turn, from a start that differs per process, whatever its weight.

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
            picker=RoundRobinPicker(rng=rng),
            session=session,
            rng=rng,
            clock=clock,
            slow_start=slow_start,
            fail_open=fail_open,
        )
        self._counter = 0

    def _choose_next(self) -> Endpoint | None:
        """The next endpoint in the order of the list, open or not, from the first (4.x's hook)."""
        nodes = self._members.current()
        if not nodes:
            return None
        with self._members.lock:
            node = nodes[self._counter % len(nodes)]
            self._counter += 1
        return node.ensure_endpoint(self._make_endpoint)
