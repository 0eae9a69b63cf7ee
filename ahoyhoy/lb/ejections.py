"""Which hosts calls pass over, and why: their circuit, a pause they asked for, a failed check.

A host's circuit is the one truth about its health; here is only remembered which ones are not
closed, so that a choice among healthy hosts looks at none of the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..circuit.states import ClosedState, HalfOpenState, OpenState, State
from ..events import CircuitChanged, HostEjected, HostReturned
from .ledger import Ledger

if TYPE_CHECKING:
    from .node import Node

#: The longest pause that a host is granted, in seconds: beyond it, it has forgotten us.
_LONGEST_HOLD = 300.0
#: For how many seconds a host whose trial succeeded gets less than its share.
_RECOVERY = 5.0
#: The share that a new host begins with.
_FIRST_SHARE = 0.1


class Ejections:
    """Keeps count of the hosts that are not to be used.

    Args:
        ledger: the balancer's.
        slow_start: for how many seconds a new host gets less than its share; 0 for none.
    """

    def __init__(self, ledger: Ledger, slow_start: float = 0.0) -> None:
        self.ledger = ledger
        self.slow_start = slow_start
        #: those out of use by circuit, check or flaw, in the order in which they went
        self.out: dict[Node, None] = {}
        #: those that asked for a pause
        self.held: dict[Node, None] = {}
        #: some, but fewer than half of the circuits are closed
        self.panic = False
        self._shut: set[Node] = set()
        self._count = 0
        self._known: set[Node] = set()

    @property
    def checks_count(self) -> bool:
        """Whether a failed check keeps calls away: not when no host is both closed and healthy.

        A check that fails everywhere says more of the check than of the hosts.
        """
        return len(self.out) < self._count or not self._count

    @property
    def none_closed(self) -> bool:
        """Whether every circuit is open."""
        return len(self._shut) >= self._count

    def replace_locked(self, nodes: Sequence[Node]) -> None:
        """The hosts are these from now on."""
        self._count = len(nodes)
        self._known = set(nodes)
        for node in (*self.out, *self.held):
            if node not in self._known:
                self.out.pop(node, None)
                self.held.pop(node, None)
        self._shut &= self._known
        for node in nodes:
            self.review_locked(node)

    def review_locked(self, node: Node) -> None:
        """Look at the node again: something about it changed."""
        serving = node.is_serving()
        node.clear = serving and node.held_until is None and node.warming is None
        if serving:
            self.out.pop(node, None)
        elif node in self._known:
            self.out[node] = None
        if node.flaw is None and node.is_closed():
            self._shut.discard(node)
        elif node in self._known:
            self._shut.add(node)
        left = self._count - len(self._shut)
        self.panic = left > 0 and 2 * left < self._count
        if node.ejected and serving and node.held_until is None:
            node.ejected = False
            if self.ledger.announcer.heard:
                self.ledger.tell_locked(HostReturned(node.key))

    def circuit_changed(self, node: Node, old: type[State], new: type[State], why: str) -> None:
        """A node's circuit changed."""
        ledger = self.ledger
        now = ledger.clock()
        with ledger.lock:
            if ledger.announcer.heard:
                ledger.tell_locked(CircuitChanged(node.key, old.name, new.name, why))
            node.due_since = None
            if old is ClosedState and new is OpenState:
                self._eject_locked(node, why)
            elif old is HalfOpenState and new is ClosedState and self.slow_start > 0:
                node.warming = now, min(_RECOVERY, self.slow_start)
            self.review_locked(node)
        ledger.perform()

    def report_locked(self, node: Node, *, healthy: bool, reason: str) -> None:
        """An active check of the node had a result."""
        node.sickness = None if healthy else reason or "a health check failed"
        if healthy == node.healthy:
            return
        node.healthy = healthy
        if node.sickness is not None:
            self._eject_locked(node, node.sickness)
        self.review_locked(node)

    def hold_locked(self, node: Node, seconds: float, now: float) -> None:
        """The node asked to be left alone."""
        length = min(seconds, _LONGEST_HOLD)
        until = now + length
        if length <= 0 or (node.held_until is not None and until <= node.held_until):
            return
        if not node.is_held(now):
            self._eject_locked(node, f"asked for a pause of {length:.1f} s")
        node.held_until = until
        if node in self._known:
            self.held[node] = None
        self.review_locked(node)

    def welcome_locked(self, node: Node, now: float) -> None:
        """The node joined others that were there before."""
        if self.slow_start > 0:
            node.warming = now, self.slow_start

    def taken_locked(self, node: Node, now: float) -> None:
        """A request goes to a node that is not clear: perhaps the reason is over."""
        if node.held_until is not None and not node.is_held(now):
            node.held_until = None
            self.held.pop(node, None)
        self.review_locked(node)

    def share_locked(self, node: Node, warming: tuple[float, float], now: float) -> float:
        """The part of its share that a new or recovered node gets, up to 1.0."""
        since, length = warming
        part = (now - since) / length
        if part >= 1.0:
            node.warming = None
            self.review_locked(node)
            return 1.0
        return max(_FIRST_SHARE, part)

    def is_sick(self, node: Node) -> bool:
        """Whether a failed check keeps calls away from the node. A hint without lock."""
        return not node.healthy and self.checks_count

    def pause_locked(self, nodes: Sequence[Node], now: float) -> float:
        """Seconds until a host is free of the pause it asked for; 0.0 when that is not in the way."""
        if not self.held or len(nodes) < 2:
            return 0.0
        shortest = None
        for node in nodes:
            if self.is_sick(node) or node.flaw is not None or not node.may_be_used():
                continue
            if node.held_until is None or node.held_until <= now:
                return 0.0
            left = node.held_until - now
            shortest = left if shortest is None else min(shortest, left)
        return shortest or 0.0

    def _eject_locked(self, node: Node, why: str) -> None:
        if node not in self._known:  # it left, or never was on the list
            return
        node.ejected = True
        if self.ledger.announcer.heard:
            self.ledger.tell_locked(HostEjected(node.key, why))
