"""Paths instead of URLs: a session for one host."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from requests.exceptions import InvalidURL
from requests.structures import CaseInsensitiveDict

from ..classifiers.redaction import without_query
from ..http import SessionProxy
from ..http.fitted import Fit, host_header
from ..http.proxy import call_session
from ..http.sessions import is_requests_session
from ..http.view import can_be_viewed
from ..utils import Host, Instance
from ..utils.instance import as_instance, netloc, protocol_of


class ServiceDiscoveryAdapter:
    """Knows a host, and makes URLs of paths; a mix-in for a `SessionProxy`.

    Its callbacks, given as arguments, take the adapter itself first: `pre_callback(adapter, path)`
    returns the whole URL.
    """

    _session: Any
    #: what it is for good, once it is known
    _origin: str | None = None
    _fit: Fit | None = None

    def __init__(
        self,
        host: Host | Instance | tuple[str, int | str],
        *args: Any,
        pre_callback: Callable[[Any, str], str] | None = None,
        post_callback: Callable[[Any, Any], Any] | None = None,
        exception_callback: Callable[[Any, Exception], Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._instance = as_instance(host)
        #: for requests that have no timeout when they reach the transport
        self._timeout: Any = None
        self._pre: Callable[..., Any] | None = pre_callback
        self._post: Callable[..., Any] | None = post_callback
        self._exc: Callable[..., Any] | None = exception_callback

    @property
    def instance(self) -> Instance:
        """What is known of the host."""
        return self._instance

    @property
    def _host(self) -> Host:
        return self._instance.host

    @property
    def host(self) -> Host:
        """Address and port."""
        return self._host

    @property
    def address(self) -> str:
        """The host's address."""
        return self.host.address

    @property
    def port(self) -> int | str:
        """The host's port, as it was given."""
        return self.host.port

    @property
    def protocol(self) -> str:
        """`"http"` or `"https"`."""
        return self._instance.scheme or self.calculate_protocol(self.port)

    @property
    def url(self) -> str:
        """The URL without a path: `protocol://address:port`."""
        return f"{self.protocol}://{netloc(self.host)}"

    def calculate_protocol(self, port: int | str) -> str:
        """The protocol that a port stands for: https for 443, http for others."""
        return protocol_of(port)

    @property
    def origin(self) -> str:
        """What comes before the path of a call: scheme, the service's name or address, base path."""
        if self._origin is not None:
            return self._origin
        instance = self._instance
        # In a session of another kind the name would be looked up.
        named = instance.authority and can_be_viewed(self._session)
        where = instance.netloc if named else netloc(instance.host)
        origin = f"{self.protocol}://{where}{instance.path}"
        if not instance.authority:
            self._origin = origin
        return origin

    def pre_callback(self, urlpath: str) -> str:
        """The whole URL of a path; a URL that is whole stays as it is.

        Raises:
            requests.exceptions.InvalidURL: (a ValueError) for a path without a leading slash.
        """
        if self._pre is not None:
            result: str = self._pre(self, urlpath)
            return result
        if urlpath.startswith(("http://", "https://")):
            return urlpath
        if not urlpath.startswith("/"):
            path = without_query(urlpath)
            raise InvalidURL(f"a path must start with a slash: write '/{path}', not {path!r}")
        return f"{self.origin}{urlpath}"

    def post_callback(self, result: Any) -> Any:
        """What the verb returns for the session's response."""
        return result if self._post is None else self._post(self, result)

    def exception_callback(self, exc: Exception) -> Any:
        """What stands in for the response after an exception. By default it is raised."""
        if self._exc is None:
            raise exc
        return self._exc(self, exc)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, ServiceDiscoveryAdapter):
            return self.host == other.host
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self.host)

    def __str__(self) -> str:
        return netloc(self.host)


class ServiceDiscoveryHttpClient(ServiceDiscoveryAdapter, SessionProxy):
    """A session for one host, whose verbs take paths: `ServiceDiscoveryHttpClient(host).get("/x")`.

    Args:
        host: a `Host`, an `Instance`, or an `(address, port)` tuple.
        session: the session to use; default a new one.
        pre_callback, post_callback, exception_callback: as for `SessionProxy`, but each takes this
            client as its first argument, and pre_callback returns the whole URL.

    Raises:
        InvalidHostError: for a host that cannot be.
    """

    def refitted(
        self, *, session: Any = None, instance: Instance | None = None, timeout: Any = None
    ) -> ServiceDiscoveryHttpClient:
        """The same client with another session, instance or timeout; None: what it has."""
        copied: ServiceDiscoveryHttpClient = object.__new__(type(self))
        copied.__dict__.update(self.__dict__)
        copied._session = self._session if session is None else session
        copied._instance = instance or self._instance
        copied._timeout = self._timeout if timeout is None else timeout
        copied._origin = copied._fit = None
        return copied

    def exchange(self, verb: str, method: str, url: str, options: Any) -> Any:
        """Call the session's verb for a whole URL of the host, without callbacks."""
        return self._exchange(verb, method, url, (), options)

    def _exchange(
        self, verb: str, method: str, url: str, args: tuple[Any, ...], options: dict[str, Any]
    ) -> Any:
        session, fit = self._session, self._fit
        if fit is None:
            fit = self._fit = Fit(
                self._instance if self._instance.authority else None, self._timeout
            )
        named = fit.instance
        if named and is_requests_session(session) and not can_be_viewed(session):
            headers = CaseInsensitiveDict({"Host": host_header(named)})
            headers.update(options.get("headers") or {})
            options = {**options, "headers": headers}
        return call_session(session, verb, method, url, args, options, fit)
