"""Consistent hash: the same key goes to the same host, as long as that has room."""

from __future__ import annotations

import heapq
import math
import random
import time
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from .._core import Call, Clock
from .balancer import LoadBalancer
from .node import Node
from .picker import Picker
from .providers.iprovider import IProvider
from .rendezvous import hash_of, host_hash, score

#: How much more than its share of the requests in flight a host may have.
_BOUND = 1.25
#: Of how many keys the first hosts are remembered, and how many for each.
_KEYS = 4096
_FIRSTS = 4


class ConsistentHashPicker(Picker):
    """The node that a call's key hashes to; the next one for that key while it has too much to do.

    Rendezvous hashing with weights: when a host goes, only its keys move. Loads are bounded as in
    Mirrokni, Thorup, Zadimoghaddam, "Consistent Hashing with Bounded Loads", SODA 2018: no
    host takes more than 1.25 times its share of the requests in flight, at least one.

    Args:
        header: the name of the request header that is the key, where the call has no `key`.
            Without it, or in a call without that header, the path is the key.
    """

    def __init__(self, *, header: str | None = None) -> None:
        if header is not None and (not isinstance(header, str) or not header):
            raise ValueError(f"header must be the name of a header, not {header!r}")
        self._header = header
        #: by priority: the nodes, and by key the first ones of them
        self._known: dict[int, tuple[Sequence[Node], dict[int, tuple[Node, ...]]]] = {}

    def candidates(
        self,
        nodes: Sequence[Node],
        call: Call,
        now: float,  # noqa: ARG002
    ) -> Iterator[Node]:
        """The nodes in the order of the call's key: those with room, then the full ones."""
        bound: _Bound | None = None
        full = []
        for node in self._ranked(nodes, hash_of(self._key(call))):
            if node.in_flight:  # an idle host has room, whatever its share
                bound = bound or _Bound(nodes)
                if not bound.has_room(node):
                    full.append(node)
                    continue
            yield node
        yield from full

    def _ranked(self, nodes: Sequence[Node], key: int) -> Iterator[Node]:
        """The nodes in the order of a key. The first ones are remembered: keys come again."""
        known = self._known.get(nodes[0].priority)
        # A balancer makes another sequence whenever a host or a weight is another.
        if known is None or known[0] is not nodes:
            known = self._known[nodes[0].priority] = nodes, {}
        firsts = known[1].get(key)
        if firsts is None:
            if len(known[1]) >= _KEYS:
                known[1].clear()
            ranked = heapq.nlargest(_FIRSTS, nodes, key=lambda node: _score(key, node))
            firsts = known[1][key] = tuple(ranked)
        yield from firsts
        if len(firsts) < len(nodes):
            ranked = sorted(nodes, key=lambda node: _score(key, node), reverse=True)
            yield from ranked[_FIRSTS:]

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy in another process remembers no hosts of this one."""
        return partial(type(self), header=self._header), ()

    def _key(self, call: Call) -> str:
        if call.key is not None:
            return call.key
        if self._header is not None:
            value = _header_of(call, self._header)
            if value is not None:
                return value
        return call.url.partition("?")[0].partition("#")[0]


class _Bound:
    """How much each of some nodes may have to do.

    The share of those that cannot be used goes to the others.
    """

    def __init__(self, nodes: Sequence[Node]) -> None:
        usable = [node for node in nodes if node.clear or node.usable] or nodes
        self._load = _BOUND * (sum(node.in_flight for node in usable) + 1)
        self._total = sum(node.weight for node in usable)
        self._count = len(usable)

    def has_room(self, node: Node) -> bool:
        """Whether the node may have one request more."""
        share = node.weight / self._total if self._total else 1.0 / self._count
        return node.in_flight < max(1, math.ceil(self._load * share))


def _header_of(call: Call, wanted: str) -> str | None:
    wanted = wanted.lower()
    for name, value in dict(call.options.get("headers") or {}).items():
        if _text(name).lower() == wanted and value is not None:
            return _text(value)
    return None


def _text(value: object) -> str:
    # The bytes of a header are Latin-1 (RFC 9110, 5.5).
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _score(key: int, node: Node) -> tuple[bool, float]:
    if node.memory is None:
        node.memory = host_hash(node.key)
    weight = node.weight
    return weight > 0, score(key, node.memory, weight or 1.0)


class ConsistentHashLB(LoadBalancer):
    """The same key to the same host, for caches and sessions: every client agrees without asking.

    The key is the `key=` of the call, else the value of a header, else the path. A host that
    is down or has more than 1.25 times its share of the requests in flight passes a call on to
    the next host of that key. Weights are respected. Looks at every host for a key that it has not
    seen lately (of 4096), and to find the share of one that is not idle.

    Args:
        provider: the source of hosts.
        session: a session for every endpoint; default each endpoint has one of its own.
        header: the name of the request header that is the key, in any case. Default: none, the
            path without its query.
        rng, clock, slow_start, fail_open: as for `LoadBalancer`.

    Raises:
        ValueError: for a header that is no name.
    """

    def __init__(
        self,
        provider: IProvider,
        session: Any = None,
        *,
        header: str | None = None,
        rng: random.Random | None = None,
        clock: Clock = time.monotonic,
        slow_start: float = 30.0,
        fail_open: bool = False,
    ) -> None:
        super().__init__(
            provider,
            picker=ConsistentHashPicker(header=header),
            session=session,
            rng=rng,
            clock=clock,
            slow_start=slow_start,
            fail_open=fail_open,
        )
