"""The occupation of a host by one attempt."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, Protocol

from .._core import Outcome
from ..exceptions import CircuitOpenError

if TYPE_CHECKING:
    from .node import Node


class Owner(Protocol):
    """Who counts requests."""

    def answered(self, lease: Lease, node: Node) -> None:
        """A request has its answer; its body is still to be read."""

    def vacate(self, lease: Lease, node: Node) -> None:
        """A request ended. Perhaps it is told so for a second time."""


class Lease:
    """An endpoint for one attempt. Ends when its `with` block does, or with the body it holds on to.

    Wherever an interrupt comes, it ends too, at the latest when nobody refers to it any more.

    Args:
        endpoint: what to send to.
        owner: counts the request.
    """

    node: Node | None = None
    outcome: Outcome | None = None
    #: whether the attempt goes through the host's open circuit (`Call.bypass`)
    bypass = False
    #: whether the host's circuit did not let it through
    refused = False
    #: whether its outcome was counted
    settled = False
    over = True
    token = 0
    _epoch = 0
    _owner: Owner | None = None
    _held = False

    def __init__(self, endpoint: Any = None, owner: Owner | None = None) -> None:
        self.endpoint = endpoint
        self._owner = owner

    def occupy_locked(self, node: Node, now: float, *, trial: bool = False) -> None:
        """Begin: a request is about to go to the node, perhaps as the trial of its open circuit."""
        token = self.token = id(self)
        ledger = node.ledger
        self._epoch = ledger.epoch
        self.node = node
        # With no call in between, no interrupt comes in between.
        node.starts[token] = now
        node.in_flight += 1
        ledger.in_flight += 1
        if trial:
            node.trying = token
        self.over = False
        node.used_at = now

    def release_locked(self) -> None:
        """End: the node has one request less. Only the first time counts."""
        node, token = self.node, self.token
        # No call in between here either.
        if self.over or node is None:
            return
        if token in node.starts:
            del node.starts[token]
        if node.trying == token:
            node.trying = None
        if self._epoch == node.ledger.epoch:
            node.in_flight -= 1
            node.ledger.in_flight -= 1
        self.over = True

    @property
    def host(self) -> Any:
        """The endpoint's host; the endpoint itself where it has none."""
        node = self.node
        host = getattr(self.endpoint, "host", None) if node is None else node.key
        return self.endpoint if host is None else host

    def ended(self, outcome: Outcome) -> None:
        """Note the outcome. A response whose body is still to be read keeps the lease until it is."""
        if outcome.error is not None and isinstance(outcome.error, CircuitOpenError):
            self.refused = True  # on this side: says nothing new of the host
            return
        # Without the response: the lease would keep alive what it waits to see dropped.
        self.outcome = Outcome(outcome.judgement, elapsed=outcome.elapsed)
        raw, owner, node = _unread(outcome.response), self._owner, self.node
        if raw is None or self.over or owner is None or node is None:
            return
        self._held = True
        reference = weakref.ref(raw)
        release_conn = type(raw).release_conn

        def body_ended() -> None:
            stream = reference()
            if stream is not None:
                release_conn(stream)
            self.end()

        # urllib3 calls it at the end of the body and when the response is closed …
        raw.release_conn = body_ended
        # … and never for a response that is dropped.
        weakref.finalize(raw, self.end)
        owner.answered(self, node)

    def end(self) -> None:
        """End it, if it has not ended."""
        if not self.over and self.node is not None and self._owner is not None:
            self._owner.vacate(self, self.node)

    def __del__(self) -> None:
        if not (self.over or self._held):
            self.end()

    def __enter__(self) -> Lease:
        return self

    def __exit__(self, *_: object) -> None:
        if not self._held:
            self.end()


def _unread(response: Any) -> Any:
    """The raw stream of a `requests.Response` whose body is still to be read."""
    if getattr(response, "_content_consumed", True) is not False:
        return None
    raw = getattr(response, "raw", None)
    return raw if hasattr(type(raw), "release_conn") else None
