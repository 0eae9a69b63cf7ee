"""An adapter as a call uses it.

For an instance with an `authority` the connection goes to the instance's address while the URL
keeps the name, so cookies, `response.url`, SNI and certificate checks are the service's. Only the
pool that `HTTPAdapter.build_connection_pool_key_attributes` chooses is the instance's, and the
`Host` header, which http.client would take from the connection, is the service's again.

A stock adapter's stale connections are kept from the caller, as the library's own are (see
`keepalive`): its pools are told which connections to make. Those of a subclass are told so only for
an attempt that has bounds (see `bounds`).

Otherwise the adapter is not touched. A view is an object of a subclass of its own class that shares its
attributes: not a copy of them, the same dictionary.
"""

from __future__ import annotations

import functools
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from ..utils import Instance
from ..utils.instance import netloc
from .bounds import current
from .keepalive import equip, send_past_stale

_DEFAULT_PORTS = {"http": 80, "https": 443}


class Names(NamedTuple):
    """How an instance is spoken to, and by which names.

    Args:
        host: the `Host` header of requests that bring none; None: what http.client makes of the
            instance's address.
        server: whom TLS is to reach; None: the instance's address.
        scheme: `"http"` or `"https"`, whatever the URL says; None: what it says.
        path: the base path that comes before the URL's.
    """

    host: str | None = None
    server: str | None = None
    scheme: str | None = None
    path: str = ""


class Fit(NamedTuple):
    """What a call needs of its transport.

    Args:
        instance: an instance to connect to; with an authority, if there are no names.
        timeout: for a request that has none when it reaches the transport.
        names: of the instance; default the ones that its authority says.
    """

    instance: Instance | None = None
    timeout: Any = None
    names: Names | None = None

    @property
    def known_names(self) -> Names:
        """The names, or else those of the instance's authority."""
        if self.names is not None:
            return self.names
        return NO_NAMES if self.instance is None else own_names(self.instance)


NO_NAMES = Names()
NO_FIT = Fit()


@functools.lru_cache(maxsize=4096)
def own_names(instance: Instance) -> Names:
    """What an instance is called by itself; the URL says how it is spoken to."""
    if not instance.authority:
        return NO_NAMES
    # OpenSSL checks the certificate against the name it announces.
    return Names(host_header(instance), urlsplit(f"//{instance.netloc}").hostname)


def _is_stock(adapter: HTTPAdapter) -> bool:
    return type(adapter) is HTTPAdapter and "send" not in vars(adapter)


def fitted(adapter: HTTPAdapter, fit: Fit) -> HTTPAdapter:
    """The adapter, as the call needs it; itself, if it fits as it is."""
    if fit.instance is fit.timeout is None and not _is_stock(adapter) and current() is None:
        return adapter
    view: HTTPAdapter = object.__new__(_adapter_class(type(adapter)))  # type: ignore[arg-type]
    object.__setattr__(view, "__dict__", adapter.__dict__)
    object.__setattr__(view, "_ahoyhoy_fit", fit)
    return view


def is_fitted(adapter: Any) -> bool:
    """Whether it is a view, whose own `send` will be called."""
    return hasattr(adapter, "_ahoyhoy_fit") and "send" not in vars(adapter)


class _Fitted(HTTPAdapter):
    """Comes before the adapter's own class: what that overrides, and what patches it, still holds."""

    __slots__ = ()
    _ahoyhoy_fit: Fit
    #: whether the adapter's own class is `HTTPAdapter` itself
    _ahoyhoy_stock: bool

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> tuple[Any, Any]:
        fit = self._ahoyhoy_fit
        names = fit.known_names
        if names.scheme == "https" and not _is_tls(request.url):
            # What the adapter's own class makes of TLS, it makes of the URL.
            request = _at(request, f"https:{(request.url or '').partition(':')[2]}")
        host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        if fit.instance is None:
            return host, pool
        address, port = fit.instance.host
        where = {**host, "host": address.strip("[]"), "port": int(port) if port else None}
        if where.get("scheme") == "https" and names.server is not None:
            return where, {**pool, "server_hostname": names.server}
        return where, pool

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        if self._ahoyhoy_fit.known_names.scheme == "https" and not _is_tls(url):
            url = f"https:{url.partition(':')[2]}"
        super().cert_verify(conn, url, verify, cert)

    def proxy_manager_for(self, proxy: str, **settings: Any) -> Any:
        pools = super().proxy_manager_for(proxy, **settings)
        return equip(pools) if self._ahoyhoy_stock or current() is not None else pools

    def request_url(self, request: requests.PreparedRequest, proxies: Any) -> str:
        url: str = super().request_url(request, proxies)
        instance, names = self._ahoyhoy_fit.instance, self._ahoyhoy_fit.known_names
        if instance is None:
            return url
        scheme = names.scheme or urlsplit(request.url or "").scheme
        is_whole = not url.startswith("/")
        path = f"{names.path}{_path_of(url) if is_whole else url}"
        # A proxy of plain HTTP connects to what the request line says.
        return f"http://{netloc(instance.host)}{path}" if is_whole and scheme == "http" else path

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> Any:
        instance, timeout, _ = self._ahoyhoy_fit
        bounds = current()
        if timeout is not None and kwargs.get("timeout") is None:
            kwargs["timeout"] = timeout
        # None stays: a subclass may have a default of its own, and its connections ask the bounds.
        if bounds is not None and kwargs.get("timeout") is not None:
            kwargs["timeout"] = bounds.clip(kwargs["timeout"])
        if self._ahoyhoy_stock or bounds is not None:
            equip(getattr(self, "poolmanager", None))
        name = self._ahoyhoy_fit.known_names.host
        if instance is None or name is None or "Host" in request.headers:
            return self._ahoyhoy_send(request, *args, **kwargs)
        request.headers["Host"] = name
        try:
            return self._ahoyhoy_send(request, *args, **kwargs)
        finally:
            # Left there, requests would carry it along a redirect to another server.
            del request.headers["Host"]

    def _ahoyhoy_send(self, *args: Any, **kwargs: Any) -> Any:
        if self._ahoyhoy_stock:
            return send_past_stale(self, super().send, *args, **kwargs)
        return super().send(*args, **kwargs)


def _is_tls(url: str | None) -> bool:
    return (url or "").lower().startswith("https:")


def _at(request: requests.PreparedRequest, url: str) -> requests.PreparedRequest:
    """The same request with another URL."""
    copy = requests.PreparedRequest()
    copy.__dict__.update(request.__dict__)
    copy.url = url
    return copy


def _path_of(url: str) -> str:
    """Path and query of a whole URL."""
    parts = urlsplit(url)
    return f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"


@functools.lru_cache(maxsize=64)
def _adapter_class(kind: type[HTTPAdapter]) -> type[HTTPAdapter]:
    own = {"__slots__": ("_ahoyhoy_fit",), "_ahoyhoy_stock": kind is HTTPAdapter}
    return type(f"Fitted{kind.__name__}", (_Fitted, kind), own)


def host_header(instance: Instance) -> str:
    """The `Host` header of an instance with an authority."""
    name, _, port = instance.netloc.rpartition(":")
    is_default = name and port == str(_DEFAULT_PORTS[instance.protocol])
    return name if is_default else instance.netloc
