"""The contract of a load balancer, and what a balancer of your own can build on."""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from typing import Any

from .._core import Call, HostStats
from ..circuit import CircuitBreaker
from ..circuit.factory import Maker, checked_maker
from ..endpoints import Endpoint
from ..endpoints.avoidance import avoiding, is_avoided
from ..endpoints.defaults import UNSET
from ..exceptions import (
    AhoyhoyLbException,
    InvalidHostError,
    LbNoEndpointsException,
    ProviderError,
)
from ..utils import Instance
from ..utils.instance import netloc
from .lease import Lease
from .membership import Membership
from .refusal import no_host
from .surroundings import Surroundings


class _Up:
    """`_up` of 4.x: the hosts in use. Only a default: a subclass may set its own."""

    def __get__(self, balancer: ILoadBalancer | None, owner: type) -> Any:
        if balancer is None or balancer._members is None:
            return []
        nodes = balancer._members.current()
        return [n.key for n in nodes if n.may_be_used() and not is_avoided(n.key)]


class ILoadBalancer(Surroundings):
    """A load balancer: picks an endpoint for each attempt.

    A subclass writes `pick()` and `update()` and needs nothing else; or it calls this
    constructor and writes `_choose_next()`, which returns one endpoint of the hosts in
    `self._up` through `self.get_or_create_endpoint(host)`, or None.

    Args:
        provider: the source of hosts; a subclass that writes `pick()` may have none.
        session: a session for every endpoint; default each endpoint has one of its own.

    Raises:
        InvalidProviderError: (a TypeError) when the provider is no `IProvider` object.
    """

    _session: Any = None
    _breaker: Maker | None = None
    _up: Any = _Up()
    _doubted = False
    #: why the last attempt that failed did, without its traceback
    last_error: Exception | None = None

    def __init__(self, provider: Any = UNSET, session: Any = None) -> None:
        self._session = session
        if provider is not UNSET:
            self._members = self._new_members(provider)

    def _new_members(self, provider: Any) -> Membership:
        return Membership(provider, self._make_endpoint, announcer=self.announcer)

    # -- what a subclass writes ---------------------------------------------------------------

    def _choose_next(self) -> Endpoint | None:
        """One endpoint by the balancer's rule alone, open or not; None without hosts."""
        name = type(self).__name__
        raise TypeError(f"{name} must write pick(), or _choose_next()")

    def pick(self) -> Any:
        """An endpoint that may be used now.

        Raises:
            LbNoEndpointsException: when there is none.
            InvalidHostError: when every host is malformed.
        """
        for _ in range(2 * len(self._up) + 1):
            endpoint = self._choose_next()
            if endpoint is None:
                break
            if endpoint.available:
                return endpoint
        raise self._nothing()

    def update(self) -> None:
        """Ask the provider for its hosts, now. Blocks as long as the provider does."""
        if self._members is not None:
            self._members.update()

    # -- what a client calls ------------------------------------------------------------------

    def resolve(self) -> Any:
        """An endpoint that may be used now: another name of `pick`."""
        return self.pick()

    @property
    def is_ready(self) -> bool:
        """Whether `lease` would not block; if not, `prepare` is to be called first."""
        return not self._doubted and (self._members is None or self._members.is_loaded)

    def prepare(self) -> None:
        """Ask the provider, for the first time or because the last call found no host. May block.

        Raises:
            ProviderError: when it cannot be read and has never been.
        """
        doubted, self._doubted = self._doubted, False
        if self._members is not None:
            self._members.current(ask=doubted)
        elif doubted:
            self.update()

    def doubt(self) -> None:
        """A call found no host: the provider is asked before the next one."""
        self._doubted = True

    def lease(self, call: Call, avoid: Collection[Any] = ()) -> Lease:  # noqa: ARG002
        """Occupy a host that is not in `avoid` for one attempt of a call.

        Raises:
            LbNoEndpointsException: when there is none.
            InvalidHostError: when every host is malformed.
        """
        # A rule may say the same again and again: ask until something else comes, within reason.
        for _ in range(10 + 2 * len(avoid)):
            with avoiding(avoid):
                endpoint = self.pick()
            if endpoint is None:
                raise LbNoEndpointsException(f"{type(self).__name__}.pick() returned None")
            lease = self._occupied(endpoint)
            if lease.host not in avoid:
                return lease
            with lease:
                pass
        raise self._nothing()

    def endpoints(self) -> tuple[Endpoint, ...]:
        """An endpoint for each host, open ones too; malformed hosts have none.

        Raises:
            InvalidHostError: when every host is malformed.
        """
        if self._members is None:
            return ()
        found, flaw = [], None
        for node in self._members.current():
            try:
                found.append(node.ensure_endpoint(self._make_endpoint))
            except InvalidHostError as error:
                flaw = error
        if flaw is not None and not found:
            raise flaw
        return tuple(found)

    @property
    def size(self) -> int:
        """How many hosts were known when the provider was last asked."""
        return len(self._members.nodes) if self._members is not None else 0

    def hosts(self) -> tuple[HostStats, ...]:
        """Each host as it is now. Empty for a balancer that keeps its hosts to itself.

        Never raises: while the provider cannot be read, they are the ones it last named.
        """
        if self._members is None:
            return ()
        with contextlib.suppress(ProviderError):
            self._members.current()
        with self._members.lock:
            return tuple(node.stats() for node in self._members.nodes)

    def close(self) -> None:
        """Close idle connections that are the balancer's own, and the provider. It stays usable."""
        if self._members is not None:
            self._members.close()

    def use_breaker(self, make: Maker) -> None:
        """Have every host's circuit made by `make(name=…)`.

        Raises:
            AhoyhoyLbException: when circuits exist that were made in another way.
            BuilderError: (a TypeError) for what makes no circuits.
        """
        if self._members is None:
            raise AhoyhoyLbException(
                f"{type(self).__name__} makes its endpoints itself: give them their breaker there,"
                " with Endpoint(host, breaker=CircuitBreaker(…))"
            )
        if self._breaker is make:
            return
        if self._breaker is not None or any(n.endpoint for n in self._members.nodes):
            raise AhoyhoyLbException(
                "this balancer has circuits already, perhaps another client's: give each client"
                " a balancer of its own, or add_breaker(…) to the first only"
            )
        self._breaker = checked_maker(make)

    # -- what a subclass can use --------------------------------------------------------------

    def get_or_create_endpoint(self, host: Any) -> Endpoint:
        """The endpoint of a host.

        Raises:
            InvalidHostError: when the host cannot be.
        """
        if self._members is None:
            return self._make_endpoint(Instance(host))
        return self._members.find_or_add(host).ensure_endpoint(self._make_endpoint)

    # -- inside -------------------------------------------------------------------------------

    def _make_endpoint(self, instance: Instance) -> Endpoint:
        name = netloc(instance.host)
        if self._breaker is not None:
            breaker = self._breaker(name=name)
        elif self._members is not None:
            breaker = CircuitBreaker(name, clock=self._members.ledger.clock)
        else:
            breaker = None
        return Endpoint(instance, session=self._session, breaker=breaker)

    def _occupied(self, endpoint: Any) -> Lease:
        node = self._members and self._members.find(getattr(endpoint, "host", None))
        if not node or self._members is None:
            return Lease(endpoint)
        lease = self._members.lease(endpoint)
        now = self._members.ledger.clock()
        with self._members.lock:
            lease.occupy_locked(node, now)
        return lease

    def _nothing(self) -> LbNoEndpointsException:
        return no_host(self._members.nodes if self._members is not None else ())

    def __getstate__(self) -> dict[str, Any]:
        """Settings only: a copy in another process has circuits, counts and connections of its own."""
        state = dict(self.__dict__)
        members = state.pop("_members", None)
        state.pop("last_error", None)
        return {**state, "_provider": members.provider if members else None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        provider = state.pop("_provider")
        self.__dict__.update(state)
        if provider is not None:
            self._members = self._new_members(provider)
