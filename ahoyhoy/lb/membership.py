"""Which hosts a balancer has. They come and go with its provider; the state of those that stay, stays."""

from __future__ import annotations

import contextlib
import itertools
import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from .._fork import renew_after_fork
from ..endpoints import Endpoint
from ..exceptions import InvalidProviderError, ProviderError
from ..utils import Instance
from .lease import Lease
from .node import Node
from .providers.iprovider import IProvider

logger = logging.getLogger("ahoyhoy.balancer")


class Membership:
    """The nodes of a balancer.

    Args:
        provider: the source of hosts. It is first asked when the nodes are first needed.
        make: makes the endpoint of a host.

    Raises:
        InvalidProviderError: (a TypeError) when the provider is no `IProvider` object.

    Threading: `nodes` is a tuple that is replaced, never changed; the lock is the balancer's,
    taken for its counters too, and never held while the provider is asked.
    """

    def __init__(self, provider: IProvider, make: Callable[[Instance], Endpoint]) -> None:
        if not isinstance(provider, IProvider):
            raise InvalidProviderError(
                f"{provider!r} is not a source of hosts: give an IProvider, for example"
                " ListProvider(Host('10.0.0.1', 80), Host('10.0.0.2', 80))"
            )
        self.provider = provider
        self.make = make
        self.lock = threading.RLock()
        self.nodes: tuple[Node, ...] = ()
        #: the nodes by priority, lowest number first
        self.tiers: Sequence[Sequence[Node]] = ()
        self._by_key: dict[Any, Node] = {}
        self._others: dict[Any, Node] = {}
        self._left: list[Node] = []
        self._changes: int | None = None  # of the provider, when it was last asked
        self._complained = False
        self._asked = 0
        self._applied = 0
        renew_after_fork(self)

    @property
    def is_loaded(self) -> bool:
        """Whether the provider was asked."""
        return self._changes is not None

    def current(self, *, ask: bool = False) -> tuple[Node, ...]:
        """The nodes, after a look whether the provider has changed its mind. Blocks the first time.

        Args:
            ask: ask the provider in any case.

        Raises:
            ProviderError: when it cannot be read and has never been.
        """
        try:
            if ask or self._changes is None or self.provider.changes() != self._changes:
                self.update()
            self._complained = False
        except Exception as error:
            if self._changes is None:
                raise _as_provider_error(error) from error
            if not self._complained:
                logger.warning("the provider failed, its last list stays: %r", error)
            self._complained = True
        return self.nodes

    def update(self) -> None:
        """Ask the provider, and take its hosts. Blocks as long as the provider does.

        Raises:
            ProviderError: from whatever the provider raises, or when it returns no sequence.
        """
        with self.lock:
            self._asked += 1
            number = self._asked
        try:
            changes = self.provider.changes()
            items = tuple(self.provider.get_list())
        except Exception as error:
            raise _as_provider_error(error) from error
        with self.lock:
            if number < self._applied:
                return  # a thread that asked later was answered sooner
            self._applied = number
            self._changes = changes
            self._replace_locked(items)
        self.close_left()

    def _replace_locked(self, items: Iterable[Any]) -> None:
        known, by_key = dict(self._by_key), dict[Any, Node]()
        for item in items:
            key = _key(item)
            if key in by_key:
                continue
            node = known.pop(key, None)
            if node is None:
                node = Node(key, item)
            else:
                node.retarget(item)
            by_key[key] = node
        self._by_key = by_key
        self.nodes = tuple(self._by_key.values())
        self.tiers = _tiers(self.nodes)
        for node in known.values():
            node.left = True
            if not node.in_flight:
                self._left.append(node)

    def find(self, host: Any) -> Node | None:
        """The node of a host."""
        return self._by_key.get(_key(host))

    def find_or_add(self, host: Any) -> Node:
        """The node of a host; one that no pick returns, if the provider does not name it."""
        self.current()
        return self.find(host) or self._others.setdefault(_key(host), Node(_key(host), host))

    def lease(self, endpoint: Any = None) -> Lease:
        """A lease that occupies nothing yet."""
        return Lease(endpoint, self.vacate)

    def vacate(self, lease: Lease, node: Node) -> None:
        """A request of a node ended.

        It may be the garbage collector that ends it, in a thread that holds the lock. The lock
        is re-entrant for that; all it guards are counters.
        """
        breaker = getattr(lease.endpoint, "breaker", None)
        now = time.monotonic() if breaker is None else breaker.clock()
        with self.lock:
            node.end_locked(lease, now)
            if node.left and not node.in_flight:
                self._left.append(node)
        self.close_left()

    def close_left(self) -> None:
        """Close the connections of nodes that left and have no request any more; without the lock."""
        while self._left:
            with contextlib.suppress(IndexError):  # another thread was faster
                _close(self._left.pop())

    def close(self) -> None:
        """Close idle connections and the provider. Everything stays usable."""
        for node in self.nodes:
            _close(node)
        self.provider.close()

    def _after_fork(self) -> None:
        self.lock = threading.RLock()
        for node in self.nodes:
            node.in_flight = 0  # the parent's


def _as_provider_error(error: Exception) -> ProviderError:
    if isinstance(error, ProviderError):
        return error
    return ProviderError(f"the provider failed: {type(error).__name__}: {error}")


def _close(node: Node) -> None:
    if node.endpoint is not None:
        node.endpoint.close_connections()


def _key(item: Any) -> Any:
    if isinstance(item, Instance):
        return item.host
    try:
        hash(item)
    except TypeError:
        return repr(item)  # no host; whoever picks it is told so
    return item


def _tiers(nodes: Sequence[Node]) -> Sequence[Sequence[Node]]:
    """The nodes by priority, lowest number first: one tier where nobody set any."""
    if not nodes:
        return ()
    first = nodes[0].priority
    if all(node.priority == first for node in nodes):
        return (nodes,)
    order = sorted(nodes, key=lambda node: node.priority)
    return [tuple(tier) for _, tier in itertools.groupby(order, key=lambda node: node.priority)]
