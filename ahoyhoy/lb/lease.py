"""The occupation of a host by one attempt."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .._core import Outcome
from ..exceptions import CircuitOpenError

if TYPE_CHECKING:
    from .node import Node


class Lease:
    """An endpoint for one attempt. Ends when its `with` block does, or with the body it holds on to.

    Wherever an interrupt comes, it ends too, at the latest when nobody refers to it any more.

    Args:
        endpoint: what to send to.
        vacate: counts the end: called with the lease and its node, perhaps for a second time.
    """

    node: Node | None = None
    outcome: Outcome | None = None
    over = True
    _vacate: Callable[[Lease, Node], None] | None = None
    _held = False

    def __init__(
        self, endpoint: Any = None, vacate: Callable[[Lease, Node], None] | None = None
    ) -> None:
        self.endpoint = endpoint
        self._vacate = vacate

    def occupy_locked(self, node: Node) -> None:
        """Begin: a request is about to go to the node."""
        self.node = node
        # With no call in between, no interrupt comes in between.
        node.in_flight += 1
        self.over = False

    @property
    def host(self) -> Any:
        """The endpoint's host; the endpoint itself where it has none."""
        host = getattr(self.endpoint, "host", None)
        return self.endpoint if host is None else host

    def ended(self, outcome: Outcome) -> None:
        """Note the outcome. A response whose body is still to be read keeps the lease until it is."""
        if isinstance(outcome.error, CircuitOpenError):
            return  # refused on this side: says nothing new of the host
        # Without the response: the lease would keep alive what it waits to see dropped.
        self.outcome = Outcome(outcome.judgement, elapsed=outcome.elapsed)
        raw = _unread(outcome.response)
        if raw is None or self.over:
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

    def end(self) -> None:
        """End it, if it has not ended."""
        if not self.over and self.node is not None and self._vacate is not None:
            self._vacate(self, self.node)

    def __del__(self) -> None:
        if not self._held:
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
