"""One host of a balancer: its endpoint, its load, what became of its requests."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from .._core import Ewma, HostStats, Outcome
from ..circuit.states import State
from ..endpoints import Endpoint
from ..exceptions import InvalidHostError
from ..utils import Host, Instance
from ..utils.instance import as_instance
from .ejections import Ejections
from .gradient import GradientLimit
from .ledger import Ledger

logger = logging.getLogger("ahoyhoy.balancer")

_IT = "endpoint"


class Node:
    """One host of a balancer.

    The counters are guarded by the balancer's lock. The endpoint is made when the host is first
    picked; only then is the host checked.

    Args:
        key: what it is found by: its host.
        item: as the provider gave it.
        ejections: the balancer's, told when its circuit changes; default one of its own.
    """

    __slots__ = (
        "__weakref__",
        "_ejections",
        "_latency",
        "_made",
        "adaptive",
        "clear",
        "due_since",
        "ejected",
        "failures",
        "flaw",
        "healthy",
        "held_until",
        "in_flight",
        "item",
        "key",
        "ledger",
        "left",
        "memory",
        "priority",
        "requests",
        "sickness",
        "starts",
        "trying",
        "used_at",
        "warming",
        "weight",
        "zone",
    )

    def __init__(self, key: Any, item: Any, ejections: Ejections | None = None) -> None:
        self.key = key
        self._ejections = ejections or Ejections(Ledger())
        self.ledger = self._ejections.ledger
        #: what the picker remembers of it
        self.memory: Any = None
        #: clock time of the last lease
        self.used_at: float | None = None
        self.in_flight = 0
        #: when each request without an answer began, oldest first
        self.starts: dict[int, float] = {}
        #: the request that is to be the trial of its open circuit
        self.trying: int | None = None
        #: since when a trial that is due waits for a call that may be repeated
        self.due_since: float | None = None
        self.requests = 0
        self.failures = 0
        self.left = False  # the provider no longer names it
        #: nothing is to be considered before a call goes there
        self.clear = True
        #: calls pass over it, and listeners were told
        self.ejected = False
        #: what active checks say, and why not
        self.healthy = True
        self.sickness: str | None = None
        #: until when it asked to be left alone
        self.held_until: float | None = None
        #: since when it is new or recovered, and how long it gets less than its share
        self.warming: tuple[float, float] | None = None
        #: its own limit on requests in flight
        self.adaptive: GradientLimit | None = None
        #: why the host cannot be, found out when it was picked
        self.flaw: InvalidHostError | None = None
        #: empty, or with the endpoint: `setdefault` decides between two that were made at once
        self._made: dict[str, Endpoint] = {}
        self._latency: Ewma | None = None
        self._take(item)

    def _take(self, item: Any) -> None:
        self.item = item
        known = isinstance(item, Instance)
        #: its share of the calls relative to others
        self.weight: float = item.weight if known else 1.0
        #: lower goes first
        self.priority: int = item.priority if known else 0
        #: where it runs
        self.zone: str | None = item.zone if known else None

    @property
    def endpoint(self) -> Endpoint | None:
        """The endpoint, once there is one."""
        return self._made.get(_IT)

    @property
    def oldest_start(self) -> float | None:
        """Clock time at which its oldest request without an answer began; None when there is none."""
        for start in self.starts.values():
            return start
        return None

    @property
    def usable(self) -> bool:
        """Whether a call may go there, if only as a trial or in panic. A hint without lock."""
        if self.clear:
            return True
        if self.flaw is not None or self.is_held(self.ledger.clock()):
            return False
        if self._ejections.is_sick(self):
            return False
        return self.may_be_used() or (self._ejections.panic and self.is_reachable())

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
                self.clear = False
                raise
            # Before anybody can use it: no change of its circuit may be missed.
            made.breaker.notices.watch(self.circuit_changed)
            endpoint = self._made.setdefault(_IT, made)
        return endpoint

    def circuit_changed(self, old: type[State], new: type[State], why: str) -> None:
        """Its circuit changed; called by the circuit, without a lock."""
        self._ejections.circuit_changed(self, old, new, why)

    def retarget(self, item: Any) -> None:
        """Take what the provider says now of the same host; its circuit and counters stay."""
        changed = item != self.item
        self._take(item)
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

    def is_reachable(self) -> bool:
        """Whether its circuit opened because of what it answered. A hint without lock."""
        endpoint = self.endpoint
        return endpoint is not None and endpoint.breaker.opened_by_answers

    def recent_success(self) -> float:
        """Which part of its latest requests did well, from 0.0 to 1.0. A hint without lock."""
        endpoint = self.endpoint
        return 1.0 if endpoint is None else endpoint.breaker.recent_success

    def is_shut_by_hand(self) -> bool:
        """Whether somebody opened its circuit and keeps it open. A hint without lock."""
        endpoint = self.endpoint
        return endpoint is not None and endpoint.breaker.held_open

    def is_held(self, now: float) -> bool:
        """Whether it asked to be left alone for longer. A hint without lock."""
        until = self.held_until
        return until is not None and now < until

    def trial_due(self) -> bool:
        """Whether its open circuit would let a trial through. A hint without lock."""
        endpoint = self.endpoint
        return endpoint is not None and self.trying is None and endpoint.breaker.trial_due

    def may_be_used(self) -> bool:
        """Whether its circuit lets a call through, if only as a trial. A hint without lock."""
        return self.is_closed() or self.trial_due()

    def is_serving(self) -> bool:
        """Whether neither circuit nor checks nor its own name keep calls away. A hint without lock."""
        return self.healthy and self.flaw is None and self.is_closed()

    def count_locked(self, outcome: Outcome, now: float) -> None:
        """Count what became of a request."""
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
        now = self.ledger.clock()
        limit = self.ledger.per_host if self.adaptive is None else int(self.adaptive.value)
        return HostStats(
            host=host,
            circuit="closed" if endpoint is None else endpoint.breaker.current_state,
            in_flight=self.in_flight,
            requests=self.requests,
            failures=self.failures,
            latency=None if self._latency is None else self._latency.value,
            retry_in=None if endpoint is None else endpoint.breaker.retry_in,
            held_for=_left(self.held_until, now),
            healthy=self.healthy,
            weight=self.weight,
            zone=self.zone,
            limit=limit,
        )

    def close(self) -> None:
        """Close its idle connections."""
        if self.endpoint is not None:
            self.endpoint.close_connections()

    def renew(self) -> None:
        """Begin anew, in a forked child: the requests are the parent's."""
        self.in_flight = 0
        self.starts.clear()
        self.trying = None

    def __repr__(self) -> str:
        return f"<Node {self.key} {self.in_flight} in flight>"


def _left(until: float | None, now: float) -> float | None:
    return None if until is None or until <= now else until - now
