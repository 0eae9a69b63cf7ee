"""Which host a lease is of: the first in the picker's order that may be used.

Around the picker's order: trials that are due go first; ejected hosts are passed over, but in
panic those that can be reached get the part of their share that they answered well of late; a new
host gets a growing part; no host gets more requests than the limits allow.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from .._core import Call
from .gradient import Gradient2, GradientLimit
from .limits import Limits
from .membership import Membership
from .node import Node
from .picker import Picker
from .tiers import StrictTiers, Tiers

#: For how many seconds a trial waits for a call that may be repeated.
_PATIENCE = 10.0
#: Among so few, the others of a new host would get too much.
_TOO_FEW_FOR_SLOW_START = 2


class Selection:
    """The mechanism around a picker. Methods in `_locked`, and those inside, want the lock held.

    Args:
        members: the hosts.
        rng: the source of chance.
        tiers: how groups of different priority share the calls.
        fail_open: whether calls go to ejected hosts when there are no others.
    """

    def __init__(
        self,
        members: Membership,
        *,
        rng: random.Random,
        tiers: Tiers | None = None,
        fail_open: bool = False,
    ) -> None:
        self._members = members
        self._ejections = members.ejections
        self._rng = rng
        self._tiers = tiers or StrictTiers()
        self._fail_open = fail_open
        self._busy = False
        self.limits = Limits()
        self._unlimited = True

    def use_limits(self, limits: Limits) -> None:
        """Have no more requests in flight than these allow, from now on. Takes the lock."""
        ledger, per_host = self._members.ledger, limits.per_host
        with ledger.lock:
            self.limits = limits
            self._unlimited = per_host is None and limits.total is None
            ledger.per_host = None if isinstance(per_host, Gradient2) else per_host
            for node in self._members.nodes:
                node.adaptive = None  # what was found out belongs to the settings before

    def find_locked(
        self,
        picker: Picker,
        call: Call,
        avoid: Collection[Any],
        now: float,
        *,
        direct: bool,
        waited: bool,
    ) -> tuple[Node | None, int | None]:
        """A node that may be used and is not in `avoid`; if only the limits are in the way, None and
        the number of the end that was too early.

        Args:
            picker: the rule.
            call: what for.
            avoid: hosts that may not be used.
            now: seconds on the balancer's clock.
            direct: whether the endpoint will be called by itself: its circuit must let it through.
            waited: whether it stood in the line, and was woken.
        """
        line = self._members.ledger.line
        if line.is_serving and not (waited or direct):
            # Another was there before. What the last end left may be had if that one leaves it.
            return None, line.ends - 1
        self._busy = False
        for group in self._groups(now):
            node = self._find_in(group, picker, call, avoid, now, direct=direct)
            if node is not None:
                return node, None
        # Nothing else is left: now a trial is due even by a call that cannot fail over.
        node = self._due_trial(avoid, now)
        if node is None and self._fail_open and not direct and self._ejections.none_closed:
            node = self._anything(picker, call, avoid, now)
        return node, line.ends if self._busy else None

    def _groups(self, now: float) -> Iterable[Sequence[Node]]:
        groups = self._members.tiers
        return groups if len(groups) < 2 else self._tiers.order(groups, now, self._rng)

    def _find_in(
        self,
        group: Sequence[Node],
        picker: Picker,
        call: Call,
        avoid: Collection[Any],
        now: float,
        *,
        direct: bool,
    ) -> Node | None:
        if self._ejections.out:
            # A picker by cost would never choose a host that has failed.
            node = self._due_trial(avoid, now, group, may_wait=not call.repeatable)
            if node is not None:
                return node
        early: set[Node] = set()
        unlimited = self._unlimited
        for node in picker.candidates(group, call, now):
            if node.key in avoid or not (node.clear or self._admits(node, now, direct=direct)):
                continue
            if not unlimited and self._is_full(node):
                continue
            if node.clear or self._is_its_turn(node, now, group, early):
                return node
            early.add(node)
        if not early:
            return None
        # Nothing else may be used.
        return next((node for node in picker.candidates(group, call, now) if node in early), None)

    def _is_its_turn(
        self, node: Node, now: float, group: Sequence[Node], early: Collection[Node]
    ) -> bool:
        """Whether a node that gets less than its share is chosen; drawn once in a choice."""
        if node in early:
            return False
        share = 1.0
        if node.warming is not None:
            risen = self._ejections.share_locked(node, node.warming, now)
            share = 1.0 if len(group) <= _TOO_FEW_FOR_SLOW_START else risen
        if not (node.is_closed() or node.trial_due()):
            # What answers nothing well would only turn each of its calls into two. Not so its trial,
            # one call per break: without it, who only makes calls that may not be repeated would
            # learn the later that it is well again, the longer it was not.
            share *= node.recent_success()
        return share >= 1.0 or self._rng.random() < share

    def _admits(self, node: Node, now: float, *, direct: bool) -> bool:
        """Whether a call may go to a node that is not clear."""
        if self._ejections.is_sick(node) or node.flaw is not None or self._is_held(node, now):
            return False
        if node.is_closed():
            return True
        return not direct and self._ejections.panic and node.is_reachable()

    def _is_held(self, node: Node, now: float) -> bool:
        # Where nothing else could serve, the circuit is guard enough.
        return node.is_held(now) and len(self._members.nodes) > 1

    def _due_trial(
        self,
        avoid: Collection[Any],
        now: float,
        group: Sequence[Node] | None = None,
        *,
        may_wait: bool = False,
    ) -> Node | None:
        priority = None if group is None else group[0].priority
        for node in tuple(self._ejections.out):
            if priority is not None and node.priority != priority:
                continue
            if not node.trial_due() or self._ejections.is_sick(node) or self._is_held(node, now):
                continue
            if node.key in avoid or self._is_full(node):
                continue
            if not (may_wait and self._is_early(node, now)):
                return node
        return None

    def _is_early(self, node: Node, now: float) -> bool:
        """Whether a call that may be repeated, and is hurt by no trial, may still come for it."""
        if node.due_since is None:
            node.due_since = now
        return now - node.due_since < _PATIENCE

    def _anything(
        self, picker: Picker, call: Call, avoid: Collection[Any], now: float
    ) -> Node | None:
        for group in self._groups(now):
            for node in picker.candidates(group, call, now):
                if node.key in avoid or node.flaw is not None or self._is_held(node, now):
                    continue
                if node.is_shut_by_hand() or self._is_full(node):
                    continue
                return node
        return None

    def _is_full(self, node: Node) -> bool:
        """Whether the limits leave no room for a request to a node that might have it otherwise."""
        per_host, total = self.limits.per_host, self.limits.total
        if total is not None and self._members.ledger.in_flight >= total:
            self._busy = True
            return True
        if per_host is None:
            return False
        if isinstance(per_host, Gradient2):
            if node.adaptive is None:
                node.adaptive = GradientLimit(per_host)
            per_host = int(node.adaptive.value)
        if node.in_flight < per_host:
            return False
        self._busy = True
        return True
