"""One request of a service on its way, and how each of its attempts is sent."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.cookies import cookiejar_from_dict, extract_cookies_to_jar
from requests.exceptions import InvalidURL
from requests.structures import CaseInsensitiveDict

from .._core import Body, Call, Outcome
from ..classifiers.verdicts import IGNORED
from ..endpoints import Endpoint
from ..exceptions import AhoyhoyClientException
from ..http.fast.whole import read_content
from ..http.fitted import Fit, Names, fitted, own_names
from ..utils import Host, Instance
from ..utils.instance import netloc
from .names import NAMELESS, Origin

#: Whose name is used: the service's, or that of the endpoint a request goes to.
NAMED_BY = ("service", "endpoint")


@dataclass(frozen=True, slots=True)
class Naming:
    """By which name a service's requests go out.

    Args:
        host_header: in the `Host` header: `"service"` or `"endpoint"`.
        server_name: in TLS, for SNI and the certificate: `"service"` or `"endpoint"`.

    Raises:
        ValueError: for anything else.
    """

    host_header: str = "service"
    server_name: str = "service"

    def __post_init__(self) -> None:
        for name in ("host_header", "server_name"):
            if getattr(self, name) not in NAMED_BY:
                raise ValueError(
                    f"{name} is 'service' (its name in the URL) or 'endpoint' (the host's own),"
                    f" not {getattr(self, name)!r}"
                )


@functools.lru_cache(maxsize=4096)
def names_for(instance: Instance, origin: Origin, naming: Naming) -> Names:
    """How an instance of the service at that origin is spoken to.

    Raises:
        InvalidURL: when an `https://` URL would be sent in clear text.
    """
    scheme = instance.protocol
    if origin.scheme == "https":
        if instance.scheme == "http":
            raise InvalidURL(
                f"https://{origin.authority}/ is never sent in clear text, and its host"
                f" {netloc(instance.host)} is one of http: ask for http://{origin.host}/, or give"
                " the hosts as https (https://h1,h2, https+dns://…)"
            )
        scheme = "https"
    own = own_names(instance)
    nameless = origin.host == NAMELESS
    return Names(
        own.host if nameless or naming.host_header == "endpoint" else origin.authority,
        own.server if nameless or naming.server_name == "endpoint" else origin.server,
        scheme,
        instance.path,
    )


class Exchange:
    """One request of a service on its way.

    Args:
        request: as the session prepared it: it is not touched.
        origin: where its URL goes.
        transport: what sends each attempt; None: each endpoint has its own.
        options: of the transport's `send`.
        naming: by which name it goes out.
        pin: the only host it may go to; None: the balancer chooses.
        connection: makes the `connection` of an answer that came from a host.
        without: the names of headers that are not for the service.
    """

    __slots__ = (
        *("_connection", "_naming", "_options", "_transport", "_without"),
        *("origin", "pin", "request"),
    )

    def __init__(
        self,
        request: requests.PreparedRequest,
        origin: Origin,
        transport: HTTPAdapter | None,
        options: dict[str, Any],
        naming: Naming,
        *,
        pin: Host | None,
        connection: Callable[[Instance], Any],
        without: tuple[str, ...] = (),
    ) -> None:
        self.request = request
        self.pin = pin
        self.origin = origin
        self._transport = transport
        self._options = options
        self._naming = naming
        self._connection = connection
        self._without = without

    def send(self, endpoint: Endpoint, call: Call) -> requests.Response:
        """Send the request to a host; its answer, read to the end unless it is streamed."""
        instance = endpoint.instance
        assert instance is not None  # noqa: S101 - for the type checker
        names = names_for(instance, self.origin, self._naming)
        transport = self._transport or _transport_of(endpoint, names.scheme)
        transport = fitted(transport, Fit(instance, None, names))
        attempt = self._attempt(call.options["headers"])
        is_named = names.host is not None and _name(attempt, names.host)
        try:
            response = transport.send(attempt, **self._options)
        except requests.RequestException as error:
            if error.request is attempt:
                error.request = self.request
            raise
        finally:
            if is_named:
                del attempt.headers["host"]  # no part of what was asked for
        if isinstance(response, requests.Response):
            self._finish(response, attempt, instance, names)
        return response

    def _attempt(self, headers: Mapping[str, str]) -> requests.PreparedRequest:
        """A copy of the request: attempts side by side, and other threads, may send it as well."""
        request = self.request
        attempt: requests.PreparedRequest = object.__new__(type(request))
        attempt.__dict__.update(request.__dict__)
        attempt.headers = copied = _copied(request.headers)
        if headers is not request.headers:
            copied.update(headers)
        for name in self._without:
            del copied[name]
        return attempt

    def _finish(
        self,
        response: requests.Response,
        attempt: requests.PreparedRequest,
        instance: Instance,
        names: Names,
    ) -> None:
        if names.host not in (None, self.origin.authority) and response.raw is not None:
            # requests reads cookies for the host of a Host header.
            response.cookies = cookiejar_from_dict({})
            extract_cookies_to_jar(response.cookies, self.request, response.raw)
        if response.request is attempt:
            response.request = self.request
        response.connection = self._connection(instance)
        if not self._options["stream"]:
            # Here, so that an answer which is cut short is a failed attempt.
            read_content(response)


def _name(attempt: requests.PreparedRequest, host: str) -> bool:
    """Have an attempt without a Host say this one; whether it had none."""
    headers: Any = attempt.headers
    if type(headers) is not CaseInsensitiveDict or "host" in headers._store:
        return False  # else the transport sees to it
    headers._store["host"] = _host_field(host)
    return True


@functools.lru_cache(maxsize=4096)
def _host_field(host: str) -> tuple[str, str]:
    # The same object each time: that is how the lines of the last request are known again.
    return "Host", host


def attempt_of(endpoint: Any, call: Call) -> Outcome:
    """Make one attempt of a call whose argument is its exchange; its outcome."""
    (exchange,) = call.args
    if isinstance(endpoint, Endpoint) and endpoint.instance is not None:
        return endpoint.attempt_by(call, functools.partial(exchange.send, endpoint, call))
    error = AhoyhoyClientException(
        f"the balancer picked {endpoint!r}, which is no ahoyhoy Endpoint with a host: a session"
        " needs those, a Client takes others too"
    )
    return Outcome(IGNORED, error=error)


def _copied(headers: Any) -> Any:
    if type(headers) is not CaseInsensitiveDict:
        return headers.copy()
    # Its own way to copy takes as long as all the rest of an attempt's copy.
    copied: Any = object.__new__(CaseInsensitiveDict)
    copied._store = headers._store.copy()
    return copied


def _transport_of(endpoint: Endpoint, scheme: str | None) -> HTTPAdapter:
    """The transport of an endpoint's own session: its connections end when the host leaves."""
    transport = endpoint._plain_session.get_adapter(f"{scheme}://")
    if not isinstance(transport, HTTPAdapter):
        raise AhoyhoyClientException(f"{endpoint!r} has {transport!r}, which is no HTTPAdapter")
    return transport


def body_of(request: requests.PreparedRequest) -> Body:
    """The body of a prepared request, which may have to be sent again."""
    body, position = request.body, request._body_position
    if body is None or isinstance(body, (str, bytes)):
        return _STILL
    if isinstance(position, int) and hasattr(body, "seek"):
        return Body(((body, position),))
    return Body.of("request", (), {"data": body})


_STILL = Body()
