"""`Adapter`: a transport for anybody's session that balances requests over the hosts of a service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import HTTPAdapter
from requests.exceptions import InvalidURL

from .._core import ClientStats, HostStats
from .._fork import renew_after_fork
from ..http.inheritance import drop_connections
from ..http.keepalive import KeepAliveAdapter
from ..http.sessions import POOL_MAXSIZE
from ..utils import Host, Instance
from .exchange import Exchange
from .names import place_of
from .proxies import chosen
from .service import Service
from .targets import Options, own_name, service_of

if TYPE_CHECKING:
    from typing_extensions import Unpack

#: Pools of a transport for all hosts: with fewer than hosts, each request would open a connection.
POOL_CONNECTIONS = 10_000

#: What an `HTTPAdapter` has besides methods.
_POOLS = frozenset(
    {
        *("max_retries", "config", "poolmanager", "proxy_manager"),
        *("_pool_connections", "_pool_maxsize", "_pool_block"),
    }
)

#: The attribute of a prepared request that says which replica it must go to.
PIN = "_ahoyhoy_pin"


class Adapter(HTTPAdapter):
    """A transport for anybody's session: `session.mount("http://users/", Adapter("dns://…"))`.

    Each request goes to a host that a balancer chooses, through its circuit; one that failed goes
    on to another host where that is safe (see `RetryPolicy`). The session sees none of that: its
    URLs, cookies, hooks and auth are the service's, and applied once. A last 5xx is returned.

    Args:
        target: a string as for `provider_of` (`"dns://users.internal:8080"`, `"http://h1,h2/api"`),
            a provider, or a balancer.
        name: what errors and events call the service; default what the target is called.
        settings: as for `Session`.

    Raises:
        TypeError, ValueError: for a target or setting that cannot be used.

    Threading: as `Session`.
    """

    def __init__(
        self, target: Any, *, name: str | None = None, **settings: Unpack[Options]
    ) -> None:
        name = own_name(target) if name is None else name
        # No constructor of the base: it has no connections of its own.
        self.service: Service = service_of(target, name, settings)
        #: for all hosts; None: each has one of its own, which ends with it
        self.transport: HTTPAdapter | None = None

    def over(self, transport: HTTPAdapter) -> Adapter:
        """The same service, whose requests are sent by this transport."""
        other: Adapter = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other._send_by(transport)
        return other

    def _send_by(self, transport: HTTPAdapter) -> None:
        self.transport = transport
        #: the transport's pools, and for how many hosts of the service there is room in them
        self._room: tuple[Any, int] = (None, 0)
        renew_after_fork(self)

    def _make_room(self) -> None:
        """Have the transport keep the connections to every host, besides those of others."""
        pools: Any = getattr(getattr(self.transport, "poolmanager", None), "pools", None)
        most = getattr(pools, "_maxsize", None)
        if most is None:  # pools of another kind
            return
        known, room = self._room
        room = room if known is pools else 0
        hosts = self.service.lb.size
        if hosts > room:
            pools._maxsize = most + hosts - room
            self._room = pools, hosts

    def _after_fork(self) -> None:
        # The library's own see to it themselves.
        if self.transport is not None and not isinstance(self.transport, KeepAliveAdapter):
            drop_connections(self.transport)

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Send a request to the service; arguments as for `HTTPAdapter.send`.

        Raises:
            requests.RequestException: as requests does; `attempts` of it tells the story.
        """
        pin = request.__dict__.get(PIN)
        return self.send_to(pin, request, stream, timeout, verify, cert, proxies)

    def send_to(
        self,
        pin: Host | None,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Send a request to one host of the service; None: to any."""
        url = request.url or ""
        place = place_of(url)
        if place is None:
            raise InvalidURL(f"{url!r} is no URL of a service", request=request)
        if self.transport is not None:
            self._make_room()
        proxy = chosen(url, proxies)
        credentials = request.headers.get("Proxy-Authorization") if proxy.environment else None
        for_them = credentials is not None and proxy.is_for_them(credentials)
        without = ("Proxy-Authorization",) if for_them else ()
        options = {
            "stream": stream,
            "timeout": self.service.settings.timeout if timeout is None else timeout,
            "verify": verify,
            "cert": cert,
            "proxies": proxy.given,
        }
        exchange = Exchange(
            request,
            place.origin,
            self.transport,
            options,
            self.service.naming,
            pin=pin,
            connection=self._connection,
            without=without,
        )
        response: requests.Response = self.service.perform(exchange)
        return response

    def _connection(self, instance: Instance) -> Pinned:
        return Pinned(self, instance)

    def hosts(self) -> tuple[HostStats, ...]:
        """Each host as it is now: circuit, requests in flight, counts, latency.

        Blocks only if the provider was never asked.
        """
        return self.service.hosts()

    def stats(self) -> ClientStats:
        """What the service's requests came to so far. Blocks only if the provider was never asked."""
        return self.service.stats()

    def close(self) -> None:
        """Close idle connections; health checks pause until the next request. It stays usable."""
        self.service.close()
        if self.transport is not None:
            self.transport.close()

    def __getattr__(self, name: str) -> Any:
        if name not in _POOLS:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        # Whoever looks for pools means to change them: they are to be the ones in use.
        if self.transport is None:
            pools = {"pool_connections": POOL_CONNECTIONS, "pool_maxsize": POOL_MAXSIZE}
            self._send_by(KeepAliveAdapter(**pools))
        return getattr(self.transport, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _POOLS:
            getattr(self, name)
            setattr(self.transport, name, value)
        else:
            super().__setattr__(name, value)

    def __getstate__(self) -> dict[str, Any]:
        """The service's settings, and the transport's."""
        return {name: value for name, value in self.__dict__.items() if name != "_room"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _room=(None, 0))
        renew_after_fork(self)

    def __repr__(self) -> str:
        name = self.service.settings.name
        return f"<Adapter{f' {name}' if name else ''} over {type(self.service.lb).__name__}>"


class Pinned(HTTPAdapter):
    """An adapter's connection to the host that answered: what is sent by it goes there.

    An auth of requests that answers a challenge (`HTTPDigestAuth`) sends its second request so.

    Args:
        adapter: the service's.
        instance: where to send.
    """

    def __init__(self, adapter: Adapter, instance: Instance) -> None:
        self._adapter = adapter
        self.instance = instance

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> Any:
        """Send a request to the host; arguments as for `HTTPAdapter.send`."""
        return self._adapter.send_to(self.instance.host, request, *args, **kwargs)

    def close(self) -> None:
        """Close the adapter's idle connections."""
        self._adapter.close()

    def __getattr__(self, name: str) -> Any:
        if name not in _POOLS:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return getattr(self._adapter, name)

    def __getstate__(self) -> dict[str, Any]:
        return dict(self.__dict__)

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
