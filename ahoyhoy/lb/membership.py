"""Which hosts a balancer has. They come and go with its provider; the state of those that stay, stays."""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from .._core import Clock, Outcome
from .._fork import renew_after_fork
from ..endpoints import Endpoint
from ..events import Announcer, HostsChanged
from ..exceptions import InvalidProviderError, ProviderError
from ..utils import Instance
from .ejections import Ejections
from .lease import Lease
from .ledger import Ledger
from .node import Node
from .occupancy import Occupancy
from .providers.iprovider import IProvider

logger = logging.getLogger("ahoyhoy.balancer")

#: Seconds until a provider that tells of no changes is asked again, in the background.
ASK_AGAIN = 30.0


class Membership:
    """The nodes of a balancer.

    Args:
        provider: the source of hosts. It is first asked when the nodes are first needed.
        make: makes the endpoint of a host.
        observe: told what became of each request, with the lock held.
        clock: the balancer's time.
        announcer: tells listeners of hosts that come, go, are ejected and return.
        slow_start: for how many seconds a host that joins the others gets less than its share.

    Raises:
        InvalidProviderError: (a TypeError) when the provider is no `IProvider` object.

    Threading: `nodes` is a tuple that is replaced, never changed; the lock is the balancer's,
    taken for its counters too, and never held while the provider is asked.
    """

    def __init__(
        self,
        provider: IProvider,
        make: Callable[[Instance], Endpoint],
        *,
        observe: Callable[[Node, Outcome, float], None] | None = None,
        clock: Clock = time.monotonic,
        announcer: Announcer | None = None,
        slow_start: float = 0.0,
    ) -> None:
        if not isinstance(provider, IProvider):
            raise InvalidProviderError(
                f"{provider!r} is not a source of hosts: give an IProvider, for example"
                " ListProvider(Host('10.0.0.1', 80), Host('10.0.0.2', 80))"
            )
        self.provider = provider
        self.make = make
        self.ledger = Ledger(clock, announcer)
        self.ejections = Ejections(self.ledger, slow_start)
        self.occupancy = Occupancy(self.ejections, observe)
        self.nodes: tuple[Node, ...] = ()
        #: the nodes by priority, lowest number first
        self.tiers: Sequence[Sequence[Node]] = ()
        self._by_key: dict[Any, Node] = {}
        self._others: dict[Any, Node] = {}
        self._changes: int | None = None  # of the provider, when it was last asked
        self._complained = False
        self._mute = provider._is_mute()
        self._asked_at = 0.0
        self._asker: threading.Thread | None = None
        self._asked = 0
        self._applied = 0
        renew_after_fork(self)

    @property
    def lock(self) -> Any:
        """The balancer's."""
        return self.ledger.lock

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
            elif not self._mute:
                self._complained = False
            elif self.ledger.clock() - self._asked_at >= ASK_AGAIN:
                self._ask_in_background()
        except Exception as error:
            if self._changes is None:
                raise _as_provider_error(error) from error
            self._complain(error)
        return self.nodes

    def _complain(self, error: Exception) -> None:
        if not self._complained:
            logger.warning("the provider failed, its last list stays: %r", error)
        self._complained = True

    def _ask_in_background(self) -> None:
        with self.lock:
            now = self.ledger.clock()
            # Not one beside another: the provider may block for as long as it likes.
            if now - self._asked_at < ASK_AGAIN or (self._asker and self._asker.is_alive()):
                return
            self._asked_at = now
            self._asker = threading.Thread(target=self._ask, name="ahoyhoy-hosts", daemon=True)
        self._asker.start()

    def _ask(self) -> None:
        try:
            self.update()
        except Exception as error:
            self._complain(error)
        else:
            self._complained = False

    def update(self) -> None:
        """Ask the provider, and take its hosts. Blocks as long as the provider does.

        Raises:
            ProviderError: from whatever the provider raises, or when it returns no sequence.
        """
        with self.lock:
            self._asked += 1
            number = self._asked
            self._asked_at = self.ledger.clock()
        try:
            changes = self.provider.changes()
            items = tuple(self.provider.get_list())
        except Exception as error:
            raise _as_provider_error(error) from error
        now = self.ledger.clock()
        with self.lock:
            if number < self._applied:
                return  # a thread that asked later was answered sooner
            self._applied = number
            self._changes = changes
            self._replace_locked(items, now)
        self.occupancy.close_left()
        self.ledger.perform()

    def _replace_locked(self, items: Iterable[Any], now: float) -> None:
        known, by_key = dict(self._by_key), dict[Any, Node]()
        added = []
        for item in items:
            key = _key(item)
            if key in by_key:
                continue
            node = known.pop(key, None)
            if node is None:
                node = Node(key, item, self.ejections)
                added.append(node)
            else:
                node.retarget(item)
            by_key[key] = node
        joined = bool(self._by_key)
        self._by_key = by_key
        self.nodes = tuple(self._by_key.values())
        self.tiers = _tiers(self.nodes)
        for node in known.values():
            self.occupancy.left_locked(node)
        if joined:
            for node in added:
                self.ejections.welcome_locked(node, now)
        self.ejections.replace_locked(self.nodes)
        if joined and self.ledger.announcer.heard and (added or known):
            self.ledger.tell_locked(HostsChanged(tuple(node.key for node in added), tuple(known)))

    def find(self, host: Any) -> Node | None:
        """The node of a host."""
        return self._by_key.get(_key(host))

    def find_or_add(self, host: Any) -> Node:
        """The node of a host; one that no pick returns, if the provider does not name it."""
        self.current()
        key = _key(host)
        return self.find(host) or self._others.setdefault(key, Node(key, host, self.ejections))

    def lease(self, endpoint: Any = None) -> Lease:
        """A lease that occupies nothing yet."""
        return Lease(endpoint, self.occupancy)

    def review(self, node: Node) -> None:
        """Something about the node changed."""
        with self.lock:
            self.ejections.review_locked(node)

    def report(self, host: Any, *, healthy: bool, reason: str) -> None:
        """An active check of a host had a result."""
        node = self.find(host)
        if node is None:
            return
        with self.lock:
            self.ejections.report_locked(node, healthy=healthy, reason=reason)
        self.ledger.perform()

    def pause(self) -> float:
        """Seconds until a host is free of the pause it asked for; 0.0 when one is."""
        now = self.ledger.clock()
        with self.lock:
            return self.ejections.pause_locked(self.nodes, now)

    def close(self) -> None:
        """Close idle connections and the provider. Everything stays usable."""
        for node in (*self.nodes, *self._others.values()):
            node.close()
        self.provider.close()

    def _after_fork(self) -> None:
        self.ledger.renew()
        for node in (*self.nodes, *self._others.values()):
            node.renew()


def _as_provider_error(error: Exception) -> ProviderError:
    if isinstance(error, ProviderError):
        return error
    return ProviderError(f"the provider failed: {type(error).__name__}: {error}")


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
