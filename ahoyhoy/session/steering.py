"""Has single calls of a balancer go to a host that was chosen before."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from .._core import Call, HostStats
from ..events import Announcer
from ..lb.iloadbalancer import ILoadBalancer
from ..lb.lease import Lease
from ..lb.ledger import Leave
from ..lb.limits import Limits
from ..utils import Instance


class Steered(ILoadBalancer):
    """A balancer; but a call whose exchange has a pin goes there, and nowhere else.

    Args:
        lb: the balancer.
        limits: its limits on requests in flight; None: it has none.
    """

    def __init__(self, lb: ILoadBalancer, limits: Limits | None = None) -> None:
        # No provider: it has the other's.
        self._lb = lb
        self._limits = limits
        #: the nodes, and those among them that do not speak TLS
        self._clear: tuple[Any, Collection[Any]] = (None, ())

    @property
    def announcer(self) -> Announcer:
        """The other's."""
        return self._lb.announcer

    @property
    def is_ready(self) -> bool:
        """Whether `lease` would not block."""
        return self._lb.is_ready

    def prepare(self) -> None:
        """Ask the provider. May block."""
        self._lb.prepare()

    def doubt(self) -> None:
        """A call found no host: the provider is asked before the next one."""
        self._lb.doubt()

    def update(self) -> None:
        """Ask the provider for its hosts, now. Blocks as long as the provider does."""
        self._lb.update()

    @property
    def size(self) -> int:
        """How many hosts are known."""
        return self._lb.size

    def pause(self) -> float:
        """Seconds until a host is free of the pause it asked for."""
        return self._lb.pause()

    def when_room(self, *args: Any, **kwargs: Any) -> Leave:
        """Wait for the end of a request; see `Surroundings`."""
        return self._lb.when_room(*args, **kwargs)

    def hosts(self) -> tuple[HostStats, ...]:
        """Each host as it is now."""
        return self._lb.hosts()

    def get_or_create_endpoint(self, host: Any) -> Any:
        """The endpoint of a host."""
        return self._lb.get_or_create_endpoint(host)

    def lease(self, call: Call, avoid: Collection[Any] = (), **waited: bool) -> Lease:
        """Occupy the host that the balancer chooses, or the one that the call is pinned to."""
        exchange = call.args[0]
        pin = exchange.pin
        if pin is not None:
            if self._lb._members is not None and self._limits is None and pin not in avoid:
                # Past the picker: it is nobody's turn.
                return self._lb._occupied(self._lb.get_or_create_endpoint(pin))
            avoid = _AllBut(pin, avoid)
        elif exchange.origin.scheme == "https" and (clear := self._in_clear_text()):
            avoid = {*avoid, *clear}
        return self._lb.lease(call, avoid, **waited)

    def _in_clear_text(self) -> Collection[Any]:
        """The hosts that do not speak TLS; none, if there are no others: their refusal says why."""
        members = self._lb._members
        nodes = () if members is None else members.current()
        known, clear = self._clear
        if nodes is not known:
            clear = frozenset(node.key for node in nodes if _is_clear(node.item))
            clear = frozenset() if len(clear) == len(nodes) else clear
            self._clear = nodes, clear  # at once: the nodes are replaced, never changed
        return clear


def _is_clear(item: Any) -> bool:
    return isinstance(item, Instance) and item.scheme == "http"


class _AllBut(Collection[Any]):
    """Every host but one; that one too, where it is to be avoided."""

    def __init__(self, host: Any, avoid: Collection[Any]) -> None:
        self._host = host
        self._avoid = avoid

    def __contains__(self, host: object) -> bool:
        return host != self._host or host in self._avoid

    def __iter__(self) -> Iterator[Any]:
        return iter(self._avoid)

    def __len__(self) -> int:
        return len(self._avoid) + 1
