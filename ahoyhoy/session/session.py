"""`Session`: a `requests.Session` for which some URLs are services of many hosts."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import requests

from .._core import ClientStats, HostStats
from ..calling.asking import Asked
from ..endpoints.defaults import UNSET
from ..http.fast.bypassing import skippable
from ..http.ownsession import OwnSession
from ..http.sessions import keep_from_children
from .adapter import PIN, Adapter, Pinned
from .extras import ASKED, NAMES, asked, refusal
from .names import NAMELESS, place_of
from .redirects import Next, next_of
from .registry import Registry
from .targets import Options, own_name

if TYPE_CHECKING:
    from typing_extensions import Unpack

#: Waits for ever, also where a service has a default: None is what requests says for "not given".
FOR_EVER = (None, None)


class Session(OwnSession):
    """A `requests.Session` for which some URLs are services of many hosts.

    Requests to a service go to a host that a balancer chooses, and on to another one where the
    first failed and that is safe. All else is as in requests: below the session there are many
    hosts, above it there is one URL, and cookies, auth, hooks and redirects are the service's.
    Without a target it is a `requests.Session`.

        >>> session = Session("dns://users.internal:8080")
        >>> session.get("/users/1")
        <Response [200]>
        >>> hosts = "http://10.0.0.1:8080,10.0.0.2:8080"
        >>> session = Session({"users": hosts, "orders": "srv://_http._tcp.orders.internal"})
        >>> session.get("http://users/1")
        <Response [200]>

    Args:
        target: where the hosts are: a string as for `provider_of`, a provider, or a balancer; or
            several services, a mapping of their names in URLs (`"users"`, `"orders.test:8080"`)
            to such. With one target relative URLs go to it, and `http://<name>/…` too.
        name: of the one target; default what the target is called (`dns://`, `srv://`). Without
            a name the hosts are called by their own ones.
        lb: makes a balancer of a provider; default `PeakEwmaLB`.
        timeout: for requests that bring none, as `requests` takes it, per attempt. Default 3.05 s
            to connect, 30 s between bytes. `timeout=None` in a request waits for ever.
        breaker: makes the circuit of each host: a `BreakerFactory`, `RedisCircuits`, or a function of
            `name=` that returns a `CircuitBreaker`.
        host_header: whose name is in the `Host` header: `"service"`, the default, or `"endpoint"`.
        server_name: whose name TLS announces, and certificates must be for: likewise.
        settings: `policy`, `strategy`, `retry_budget`, `deadline`, `priority`, `propagation`,
            `limits`, `health_check`, `listeners`, `ep_list_update_tries`, `clock`: as for `Client`.
            Where the code does not say, those of `lb://users` are the configuration's.

    `request` and the verbs take, besides the arguments of `requests`, for the URLs of services:
    `deadline=` (seconds, all attempts and redirects included), `strategy=`, `priority=`, `key=`.

    Raises:
        TypeError, ValueError: for a target, name or setting that cannot be used.

    Threading: as a `requests.Session`. After a fork the child may use it at once.
    """

    __attrs__ = [*requests.Session.__attrs__, "_services"]

    def __init__(
        self, target: Any = None, *, name: str | None = None, **settings: Unpack[Options]
    ) -> None:
        self._services = Registry()
        super().__init__()
        self._services.stock = dict(self.adapters)
        if target is None:
            if settings or name is not None:
                given = ", ".join(sorted([*settings, *(["name"] if name is not None else [])]))
                raise TypeError(f"{given}: of which service? A Session without target has none")
            return
        if not isinstance(target, Mapping):
            name = own_name(target) if name is None else name
            adapter = Adapter(target, name=name, **settings)
            self._services.add_default(NAMELESS if name is None else name, adapter)
        elif name is not None:
            raise TypeError("name= is for one target; a mapping has the names of its own")
        else:
            for service, each in target.items():
                self._services.add(service, Adapter(each, name=service, **settings))
        for scheme in ("http", "https"):
            for origin, adapter in self._services.of_scheme(scheme):
                self._put(origin, adapter)
        self._adopt()

    def _adopt(self) -> None:
        keep_from_children(self)
        for adapter in self._services.adapters:
            if adapter.service.probes is not None:
                adapter.service.probes.serve(self)

    # -- requests ------------------------------------------------------------------------------

    def request(
        self,
        method: str,
        url: Any,
        params: Any = None,
        data: Any = None,
        headers: Any = None,
        cookies: Any = None,
        files: Any = None,
        auth: Any = None,
        timeout: Any = UNSET,
        allow_redirects: bool = True,
        proxies: Any = None,
        hooks: Any = None,
        stream: Any = None,
        verify: Any = None,
        cert: Any = None,
        json: Any = None,
        **extras: Any,
    ) -> requests.Response:
        """Send a request; arguments as for `requests.Session.request`, and those of a service.

        Raises:
            requests.RequestException: as requests does; after requests to a service `attempts`
                of it tells the story.
            TypeError: for an argument of a service with a URL that is none's.
        """
        whole = self._whole(url)
        before = said = ASKED.get()
        if extras or (timeout is None and self._services) or self._services.hurries or before:
            timeout, said = self._said(method, whole, timeout, extras)
        if timeout is UNSET:
            timeout = None
        # No context manager: an interrupt may come before the end of one is run.
        try:
            ASKED.set(said)
            return super().request(
                method, whole, params, data, headers, cookies, files, auth, timeout,
                allow_redirects, proxies, hooks, stream, verify, cert, json,
            )  # fmt: skip
        finally:
            ASKED.set(before)

    def _said(
        self, method: str, url: Any, timeout: Any, extras: dict[str, Any]
    ) -> tuple[Any, Asked | None]:
        """The timeout of a request, and what it asks for by what its caller said."""
        text = url.decode("utf-8") if isinstance(url, bytes) else url
        found = self._services.find(text) if isinstance(text, str) else None
        if found is None:
            if extras:
                raise refusal(extras, text)
            return timeout, None
        if extras.keys() - NAMES:
            raise refusal(extras, text)
        settings = found[1].service.settings
        timeout = FOR_EVER if timeout is None else timeout
        if extras or settings.deadline is not None:
            return timeout, asked(settings, method, text, extras)
        return timeout, None

    @skippable  # `request` has made the URL whole
    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        """A request as it will be sent; a relative URL becomes one of the service."""
        whole = self._whole(request.url)
        if whole is not request.url:
            request = copy.copy(request)
            request.url = whole
        return super().prepare_request(request)

    def _whole(self, url: Any) -> Any:
        base = self._services.base
        if base is None:
            return url
        text = url.decode("utf-8") if isinstance(url, bytes) else url
        is_path = isinstance(text, str) and text.startswith("/") and not text.startswith("//")
        return f"{base}{text}" if is_path else url

    # -- redirects -----------------------------------------------------------------------------

    @skippable  # of what is no redirect, nothing is asked
    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Where an answer sends the client; a replica of its service is the service."""
        location = super().get_redirect_target(resp)
        following = self._following(location, resp)
        return location if following is None else following.url

    def rebuild_auth(
        self, prepared_request: requests.PreparedRequest, response: requests.Response
    ) -> None:
        """Strip the auth on the way to another service; go to the replica that was named."""
        super().rebuild_auth(prepared_request, response)
        following = self._following(super().get_redirect_target(response), response)
        if following is not None and following.pin is not None:
            setattr(prepared_request, PIN, following.pin)

    def _following(self, location: str | None, response: requests.Response) -> Next | None:
        if not location or not self._services:
            return None
        found = self._services.find(response.request.url or "")
        if found is None:
            return None
        connection = getattr(response, "connection", None)
        answered = connection.instance if isinstance(connection, Pinned) else None
        return next_of(location, found[0], found[1].service.lb, answered)

    # -- adapters ------------------------------------------------------------------------------

    def get_adapter(self, url: str) -> Any:
        """What sends requests to a URL: for a service, whatever its spelling, an `Adapter`."""
        found = self._services.find(url)
        if found is None:
            return super().get_adapter(url)
        place, adapter = found
        if self.adapters.keys() == self._services.prefixes:
            # Nothing for some of its paths.
            mounted = self.adapters.get(place.origin.prefixes[0], adapter)
            return self._services.composed(adapter, mounted, place.origin.scheme)
        try:
            mounted = super().get_adapter(place.url)
        except requests.exceptions.InvalidSchema:
            return adapter
        return self._services.composed(adapter, mounted, place.origin.scheme)

    def mount(self, prefix: str, adapter: Any) -> None:
        """Use an adapter for the URLs that begin so.

        An `HTTPAdapter` for a service's URLs, or for all of `http://` or `https://`, sends what the
        balancer has it send; any other adapter takes the balancer's place.
        """
        services = self._services
        super().mount(prefix, adapter)
        scheme, separator, rest = prefix.lower().partition("://")
        if separator and not rest:
            for origin, own in services.of_scheme(scheme):
                self._put(origin, services.composed(own, adapter, scheme))
            return
        place = place_of(prefix)
        if place is None:
            return
        is_root = place.rest in ("", "/")
        if is_root and isinstance(adapter, Adapter):
            services.own(place.origin, adapter)
        found = services.find(prefix)
        if found is not None:
            composed = services.composed(found[1], adapter, scheme)
            if is_root:
                self._put(place.origin, composed)
            else:
                super().mount(place.url, composed)

    def _put(self, origin: Any, adapter: Any) -> None:
        for prefix in origin.prefixes:
            super().mount(prefix, adapter)

    # -- services ------------------------------------------------------------------------------

    def hosts(self, name: str | None = None) -> tuple[HostStats, ...]:
        """Each host of a service as it is now: circuit, requests in flight, counts, latency.

        Args:
            name: of the service; default the one that relative URLs go to.

        Raises:
            ValueError: when there is no such service.

        Blocks only if the provider was never asked.
        """
        return self._services.named(name).hosts()

    def stats(self, name: str | None = None) -> ClientStats:
        """What the requests to a service came to so far; arguments and errors as for `hosts`."""
        return self._services.named(name).stats()

    def close(self) -> None:
        """Close idle connections; health checks pause until the next request. It stays usable."""
        super().close()
        for adapter in self._services.adapters:
            adapter.close()

    def __getstate__(self) -> dict[str, Any]:
        """Settings only; a subclass's own `__attrs__` need not know of the services."""
        return {**super().__getstate__(), "_services": self._services}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if self._services:
            self._adopt()

    def __repr__(self) -> str:
        names = ", ".join(self._services.names)
        return f"<Session of {names}>" if names else super().__repr__()
