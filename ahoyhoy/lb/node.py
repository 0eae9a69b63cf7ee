"""One host of a balancer: its endpoint, its load, what became of its requests."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from .._core import Call, Ewma, HostStats, Verdict
from ..endpoints import Endpoint
from ..exceptions import InvalidHostError
from ..utils import Host, Instance
from ..utils.instance import as_instance
from .lease import Lease

logger = logging.getLogger("ahoyhoy.balancer")

_IT = "endpoint"


class Node:
    """One host of a balancer.

    The counters are guarded by the balancer's lock. The endpoint is made when the host is first
    picked; only then is the host checked.
    """

    __slots__ = (
        "__weakref__",
        "_latency",
        "_made",
        "failures",
        "flaw",
        "in_flight",
        "item",
        "key",
        "left",
        "requests",
    )

    def __init__(self, key: Any, item: Any) -> None:
        self.key = key
        self.item = item  # as the provider gave it
        self.in_flight = 0
        self.requests = 0
        self.failures = 0
        self.left = False  # the provider no longer names it
        #: why the host cannot be, found out when it was picked
        self.flaw: InvalidHostError | None = None
        #: empty, or with the endpoint: `setdefault` decides between two that were made at once
        self._made: dict[str, Endpoint] = {}
        self._latency: Ewma | None = None

    @property
    def weight(self) -> float:
        """Its share of the calls relative to others."""
        return self.item.weight if isinstance(self.item, Instance) else 1.0

    @property
    def priority(self) -> int:
        """Lower goes first."""
        return self.item.priority if isinstance(self.item, Instance) else 0

    @property
    def endpoint(self) -> Endpoint | None:
        """The endpoint, once there is one."""
        return self._made.get(_IT)

    def ensure_endpoint(self, make: Callable[[Instance], Endpoint]) -> Endpoint:
        """The endpoint, made now if there is none. No lock is held: of two made, one is kept.

        Raises:
            InvalidHostError: when the host cannot be.
        """
        endpoint = self.endpoint
        if endpoint is None:
            try:
                made = make(as_instance(self.item))
            except InvalidHostError as flaw:
                if self.flaw is None:
                    logger.warning("left out: %s", flaw)
                self.flaw = flaw
                raise
            endpoint = self._made.setdefault(_IT, made)
        return endpoint

    def retarget(self, item: Any) -> None:
        """Take what the provider says now of the same host; its circuit and counters stay."""
        changed = item != self.item
        self.item = item
        self.flaw = None
        endpoint = self.endpoint
        if not changed or endpoint is None:
            return
        try:
            self._made[_IT] = endpoint.moved_to(as_instance(item))
        except InvalidHostError:
            self._made.clear()  # found out again, and told, when it is picked

    def is_closed(self) -> bool:
        """Whether requests go through its circuit. A hint without lock."""
        endpoint = self.endpoint
        return endpoint is None or endpoint.is_closed()

    def trial_due(self) -> bool:
        """Whether its open circuit would let a trial through. A hint without lock."""
        endpoint = self.endpoint
        return endpoint is not None and endpoint.breaker.trial_due

    def may_be_used(self) -> bool:
        """Whether a call would go through, if only as a trial. A hint without lock."""
        return self.is_closed() or self.trial_due()

    def admits(self, call: Call) -> bool:
        """Whether this call may go there: a trial is only made by a call that can fail over."""
        return self.flaw is None and (self.is_closed() or (call.repeatable and self.trial_due()))

    def end_locked(self, lease: Lease, now: float) -> None:
        """A request ended. Only the first time counts."""
        if lease.over:
            return
        left = self.in_flight - 1
        # A forked child ends none of its parent's requests.
        self.in_flight = max(0, left)
        lease.over = True
        outcome = lease.outcome
        if outcome is None or outcome.verdict is Verdict.IGNORED:
            return
        self.requests += 1
        if outcome.judgement.is_failure:
            self.failures += 1
        else:
            self._latency = self._latency or Ewma()
            self._latency.add(outcome.elapsed, now)

    def stats(self) -> HostStats:
        """The host as it is now."""
        endpoint = self.endpoint
        host: Host = self.key
        return HostStats(
            host=host,
            circuit="closed" if endpoint is None else endpoint.breaker.current_state,
            in_flight=self.in_flight,
            requests=self.requests,
            failures=self.failures,
            latency=None if self._latency is None else self._latency.value,
            retry_in=None if endpoint is None else endpoint.breaker.retry_in,
        )

    def __repr__(self) -> str:
        return f"<Node {self.key} {self.in_flight} in flight>"
