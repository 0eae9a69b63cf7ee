"""Requests that begin and end: what is counted, and who is told."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import partial

from .._core import Outcome, Verdict
from .ejections import Ejections
from .lease import Lease
from .node import Node

# Before Python 3.12 the members of an enum are slow to look up.
_IGNORED = Verdict.IGNORED


class Occupancy:
    """Counts the requests of a balancer's nodes.

    Args:
        ejections: which hosts calls pass over.
        observe: the picker's: told what became of each request, with the lock held.
    """

    def __init__(
        self,
        ejections: Ejections,
        observe: Callable[[Node, Outcome, float], None] | None = None,
    ) -> None:
        self._ejections = ejections
        self._ledger = ejections.ledger
        self._observe = observe
        self._left: list[Node] = []

    def occupy_locked(self, lease: Lease, node: Node, now: float) -> None:
        """Begin a request to a node."""
        if node.clear:
            lease.occupy_locked(node, now)
            return
        is_open = not node.is_closed()
        trial = is_open and node.trial_due()
        lease.bypass = is_open and not trial
        lease.occupy_locked(node, now, trial=trial)
        self._ejections.taken_locked(node, now)

    def answered(self, lease: Lease, node: Node) -> None:
        """A request of a node has its answer, whose body is still to be read."""
        ledger = self._ledger
        now = ledger.clock()
        with ledger.lock:
            if not lease.settled:
                self._settle_locked(lease, node, now)
        ledger.perform()

    def vacate(self, lease: Lease, node: Node) -> None:
        """A request of a node ended.

        It may be the garbage collector that ends it, in a thread that holds the lock. The lock
        is re-entrant for that; a picker at work is not disturbed.
        """
        ledger = self._ledger
        now = ledger.clock()
        with ledger.lock:
            if lease.over:
                return
            if ledger.depth:  # collected in the middle of a choice: once that is made
                ledger.due.append(partial(self.vacate, lease, node))
                return
            try:
                if not lease.settled:
                    self._settle_locked(lease, node, now)
            finally:
                lease.release_locked()
            wake = ledger.line.ended()
            if wake is not None:
                ledger.due.append(wake)
            if node.left:
                self.left_locked(node)
        if self._left:
            self.close_left()
        if ledger.due:
            ledger.perform()

    def left_locked(self, node: Node) -> None:
        """The provider no longer names the node: its connections go after its last request."""
        node.left = True
        if not node.in_flight:
            self._left.append(node)

    def close_left(self) -> None:
        """Close the connections of nodes that left and have no request any more; without the lock."""
        while self._left:
            with contextlib.suppress(IndexError):  # another thread was faster
                self._left.pop().close()

    def _settle_locked(self, lease: Lease, node: Node, now: float) -> None:
        """Count the outcome, once: where a body is still to be read, before the request ends."""
        lease.settled = True
        if lease.token in node.starts:
            del node.starts[lease.token]
        if not node.clear or lease.refused:
            # An interrupt may have kept the circuit from telling.
            self._ejections.review_locked(node)
        outcome = lease.outcome
        if outcome is None:
            return
        judgement = outcome.judgement
        if judgement.verdict is not _IGNORED:
            node.count_locked(outcome, now)
            if judgement.retry_after:
                self._ejections.hold_locked(node, judgement.retry_after, now)
        elif not judgement.abandoned:
            return
        if node.adaptive is not None:
            node.adaptive.observe(outcome, node.in_flight)
        if self._observe is not None:
            self._ledger.depth += 1
            try:
                self._observe(node, outcome, now)
            finally:
                self._ledger.depth -= 1
