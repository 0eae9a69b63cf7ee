"""A session as a call uses it.

For an instance with an `authority` the connection goes to the instance's address while the URL
keeps the name, so cookies, `response.url`, SNI and certificate checks are the service's. Only the
pool that `HTTPAdapter.build_connection_pool_key_attributes` chooses is the instance's, and the
`Host` header, which http.client would take from the connection, is the service's again.

A stock adapter's stale connections are kept from the caller, as the library's own are (see
`keepalive`): its pools are told which connections to make.

Otherwise the session is not touched. A view is an object of a subclass of its own class that shares its
attributes: not a copy of them, the same dictionary. The same goes for the adapter.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import select_proxy

from ..utils import Instance
from ..utils.instance import netloc
from .keepalive import equip, send_past_stale
from .verbs import VERBS

_DEFAULT_PORTS = {"http": 80, "https": 443}


class Fit(NamedTuple):
    """What a call needs of its transport.

    Args:
        instance: an instance with an authority, to connect to.
        timeout: for a request that has none when it reaches the transport.
    """

    instance: Instance | None = None
    timeout: Any = None


NO_FIT = Fit()


def can_be_viewed(session: Any) -> bool:
    """Whether a view of the session would do what the session does.

    A method that was replaced on the object itself (`session.send = …`) belongs to that object,
    and some classes cannot be derived from, or keep attributes where a view does not find them.
    """
    if not _can_be_derived(type(session)):  # type: ignore[arg-type]
        return False
    return not vars(session).keys() & {"send", "get_adapter", "request", *VERBS}


@functools.lru_cache(maxsize=256)
def _can_be_derived(kind: type) -> bool:
    if not issubclass(kind, requests.Session) or type(kind) is not type:
        return False
    own = kind.__mro__[: kind.__mro__.index(requests.Session)]
    return not any(vars(c).get("__slots__") or "__init_subclass__" in vars(c) for c in own)


def view_of(session: requests.Session, fit: Fit) -> requests.Session:
    """The session, with a fitting transport."""
    view: requests.Session = object.__new__(_session_class(type(session)))  # type: ignore[arg-type]
    # Not by assignment: the class may have a __setattr__ of its own.
    object.__setattr__(view, "__dict__", session.__dict__)
    object.__setattr__(view, "_ahoyhoy_fit", fit)
    object.__setattr__(view, "_ahoyhoy_trace", Trace())
    return view


@dataclass(slots=True)
class Trace:
    """What a view's transport was asked: evidence of where an error comes from.

    Attributes:
        hops: how many requests it was given; more than one after a redirect.
        busy: whether it was given one and has not returned an answer.
    """

    hops: int = 0
    busy: bool = False


def trace_of(view: Any) -> Trace:
    """What the view's transport was asked."""
    trace: Trace = view._ahoyhoy_trace
    return trace


class _Watched:
    """An adapter that leaves a trace."""

    def __init__(self, adapter: Any, trace: Trace) -> None:
        self._adapter = adapter
        self._trace = trace

    def send(self, *args: Any, **kwargs: Any) -> Any:
        self._trace.hops += 1
        self._trace.busy = True
        response = self._adapter.send(*args, **kwargs)
        self._trace.busy = False
        return response

    def __getattr__(self, name: str) -> Any:
        return getattr(self._adapter, name)


@functools.lru_cache(maxsize=64)
def _session_class(kind: type[requests.Session]) -> type[requests.Session]:
    def get_adapter(self: Any, url: str) -> Any:
        adapter = kind.get_adapter(self, url)
        if not isinstance(adapter, HTTPAdapter):  # a stand-in, or one that connects in its own way
            return _Watched(adapter, self._ahoyhoy_trace)
        instance, timeout = self._ahoyhoy_fit
        if instance is not None and not _is_named(instance, url):
            instance = None  # a redirect to elsewhere
        as_it_is = instance is timeout is None and not _is_stock(adapter)
        fitted = adapter if as_it_is else _fitted(adapter, Fit(instance, timeout))
        return _Watched(fitted, self._ahoyhoy_trace)

    # Slots are the attributes that are the view's and not the session's.
    slots = ("_ahoyhoy_fit", "_ahoyhoy_trace")
    names = {"__module__": kind.__module__, "__qualname__": kind.__qualname__}
    return type(kind.__name__, (kind,), {**names, "__slots__": slots, "get_adapter": get_adapter})


def _is_named(instance: Instance, url: str) -> bool:
    return url.lower().startswith(f"{instance.protocol}://{instance.netloc}/".lower())


def _is_stock(adapter: HTTPAdapter) -> bool:
    return type(adapter) is HTTPAdapter and "send" not in vars(adapter)


def _fitted(adapter: HTTPAdapter, fit: Fit) -> HTTPAdapter:
    view: HTTPAdapter = object.__new__(_adapter_class(type(adapter)))  # type: ignore[arg-type]
    object.__setattr__(view, "__dict__", adapter.__dict__)
    object.__setattr__(view, "_ahoyhoy_fit", fit)
    return view


@functools.lru_cache(maxsize=64)
def _adapter_class(kind: type[HTTPAdapter]) -> type[HTTPAdapter]:
    """A subclass of the adapter's own class: what it overrides, and what patches it, still holds."""

    def build_connection_pool_key_attributes(
        self: Any, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        host, pool = kind.build_connection_pool_key_attributes(self, request, verify, cert)
        instance = self._ahoyhoy_fit.instance
        if instance is None:
            return host, pool
        address, port = instance.host
        host = {**host, "host": address.strip("[]"), "port": int(port) if port else None}
        if host.get("scheme") == "https":
            # OpenSSL checks the certificate against the name it announces.
            pool = {**pool, "server_hostname": urlsplit(f"//{instance.netloc}").hostname}
        return host, pool

    def request_url(self: Any, request: requests.PreparedRequest, proxies: Any) -> str:
        url: str = kind.request_url(self, request, proxies)
        instance = self._ahoyhoy_fit.instance
        if instance is not None and select_proxy(request.url or "", proxies):
            # A proxy of plain HTTP connects to what the request line says.
            url = url.replace(f"http://{instance.netloc}/", f"http://{netloc(instance.host)}/", 1)
        return url

    def send(self: Any, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> Any:
        instance, timeout = self._ahoyhoy_fit
        forward = functools.partial(kind.send, self)
        if kind is HTTPAdapter:
            equip(self)
            forward = functools.partial(send_past_stale, forward)
        if timeout is not None and kwargs.get("timeout") is None:
            kwargs["timeout"] = timeout
        if instance is None or "Host" in request.headers:
            return forward(request, *args, **kwargs)
        request.headers["Host"] = host_header(instance)
        try:
            return forward(request, *args, **kwargs)
        finally:
            # Left there, requests would carry it along a redirect to another server.
            del request.headers["Host"]

    methods = (build_connection_pool_key_attributes, request_url, send)
    overrides: dict[str, Any] = {method.__name__: method for method in methods}
    return type(f"Fitted{kind.__name__}", (kind,), {"__slots__": ("_ahoyhoy_fit",), **overrides})


def host_header(instance: Instance) -> str:
    """The `Host` header of an instance with an authority."""
    name, _, port = instance.netloc.rpartition(":")
    is_default = name and port == str(_DEFAULT_PORTS[instance.protocol])
    return name if is_default else instance.netloc
