"""One host behind a circuit breaker."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .._core import Call
from ..circuit import Circuit, CircuitBreaker
from ..circuit.states import State
from ..http.sessions import keep_from_children, new_session
from ..http.verbs import stock_verb
from ..servicediscovery import ServiceDiscoveryHttpClient
from ..utils import Host, Instance
from ..utils.instance import netloc
from .attempting import Attempting
from .avoidance import is_avoided
from .defaults import NO_CALLBACKS, NOTHING, Callbacks, Defaults


class Endpoint(Attempting):
    """A session for one host, whose calls go through a circuit breaker.

    The verbs take paths (URLs, where there is no host). A failed call counts for the circuit; an
    open circuit refuses calls. A 5xx answer is raised. Every other attribute, read or assigned,
    is the session's own.

    Args:
        host: a `Host`, an `Instance` or an `(address, port)` tuple; None: the verbs take URLs.
        pre_callback: takes the path, returns a path or a whole URL.
        post_callback: takes the response, returns the call's result.
        exception_callback: takes the exception; what it returns is the call's result, and the
            failure counts for the circuit all the same.
        classify: makes the call itself: gets the session's method, the path and the arguments,
            returns the result or raises; decides what is a failure by raising.
        retry: called as `retry(function, fargs=…, fkwargs=…)` around each call, as `Retry` is.
            A request that may have happened is not repeated by it.
        session: a `requests.Session` or anything with its verbs; default a new session.
        breaker: the circuit breaker; default one with default settings.
        defaults: headers and timeout for each call.

    Threading: may be shared by threads. Blocks for as long as the session does.
    """

    _retry: Callable[..., Any] | None = None
    _defaults: Defaults = NOTHING

    def __init__(
        self,
        host: Host | Instance | tuple[str, int | str] | None = None,
        pre_callback: Callable[[str], str] | None = None,
        post_callback: Callable[[Any], Any] | None = None,
        exception_callback: Callable[[Exception], Any] | None = None,
        classify: Callable[..., Any] | None = None,
        retry: Callable[..., Any] | None = None,
        session: Any = None,
        *,
        breaker: CircuitBreaker | None = None,
        defaults: Defaults = NOTHING,
    ) -> None:
        self._owns_session = session is None
        session = new_session() if session is None else session
        self._session = (
            session if host is None else ServiceDiscoveryHttpClient(host, session=session)
        )
        super().__init__(breaker or CircuitBreaker(None if host is None else str(self._session)))
        keep_from_children(self._plain_session)
        self._pre = pre_callback
        self._post = post_callback
        self._exc = exception_callback
        self._classify = classify
        self._retry = retry
        self._defaults = defaults
        if defaults.fallback_timeout is not None:
            self._fit()

    @property
    def instance(self) -> Instance | None:
        """What is known of the host; None without one."""
        session = self._session
        return session.instance if isinstance(session, ServiceDiscoveryHttpClient) else None

    @property
    def host(self) -> Host | None:
        """Address and port; None without a host."""
        session = self._session
        return session.host if isinstance(session, ServiceDiscoveryHttpClient) else None

    @property
    def _host(self) -> Host | None:
        return self.host

    @property
    def _has_host(self) -> bool:
        return isinstance(self._session, ServiceDiscoveryHttpClient)

    @property
    def _plain_session(self) -> Any:
        return self._session._session if self._has_host else self._session

    @property
    def state(self) -> type[State]:
        """`ClosedState`, `OpenState` or `HalfOpenState`: the class."""
        return self._state

    @property
    def available(self) -> bool:
        """Whether a call would go through now, if only as the trial of an open circuit.

        False, too, while a balancer picks for a call that has tried this host.
        """
        return super().available and not is_avoided(self.host)

    def set_retry(self, retry_func: Callable[..., Any] | None) -> None:
        """Call through this retry function from now on; None: through none."""
        self._retry = retry_func

    def set_headers(self, headers: Mapping[str, str]) -> None:
        """Add headers to every call from now on. The session is not touched."""
        self._defaults = self._defaults.with_headers(headers)

    def bound(
        self,
        *,
        session: Any = None,
        retry: Callable[..., Any] | None = None,
        callbacks: Callbacks = NO_CALLBACKS,
        defaults: Defaults = NOTHING,
    ) -> Endpoint:
        """The same host and circuit, with a client's own session, retry, callbacks and defaults."""
        view = self._copy()
        view._retry = retry or self._retry
        view._pre = callbacks.pre or self._pre
        view._post = callbacks.post or self._post
        view._exc = callbacks.exception or self._exc
        view._defaults = self._defaults.then(defaults)
        if session is not None:
            keep_from_children(session)
            view._owns_session = False
        view._fit(session=session)
        return view

    def moved_to(self, instance: Instance) -> Endpoint:
        """The same endpoint, with its circuit and connections, for what is now known of its host."""
        moved = self._copy()
        moved._fit(instance=instance)
        return moved

    def _copy(self) -> Endpoint:
        copied: Endpoint = object.__new__(type(self))
        copied.__dict__.update(self.__dict__)
        return copied

    def _fit(self, *, session: Any = None, instance: Instance | None = None) -> None:
        """Take another session or instance, and the timeout of the defaults."""
        if self._has_host:
            self._session = self._session.refitted(
                session=session, instance=instance, timeout=self._defaults.fallback_timeout
            )
        elif session is not None:
            self._session = session

    def _perform(
        self, verb: str, method: str, url: str, args: tuple[Any, ...], options: dict[str, Any]
    ) -> Any:
        call = Call.of(verb, method, url, args, options)
        if not stock_verb(self, "classify", Circuit):  # a subclass makes the call itself
            return self.classify(self._sender(call), self._before(url), *args, **options)
        return self.attempt(call).unwrap()

    def close_connections(self) -> None:
        """Close the idle connections of the session, if it is the endpoint's own. It stays usable."""
        if self._owns_session:
            self._plain_session.close()

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        keep_from_children(self._plain_session)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Endpoint):
            return NotImplemented
        return self is other if self.host is None else self.host == other.host

    def __hash__(self) -> int:
        return hash(self.host)

    def __repr__(self) -> str:
        where = netloc(self.host) if self.host else "any URL"
        return f"<{type(self).__name__} {where}, circuit {self.breaker.current_state}>"


def SimpleHttpEndpoint(session: Any = None, retry: Callable[..., Any] | None = None) -> Endpoint:  # noqa: N802
    """A circuit-breaking endpoint without a host of its own: its verbs take URLs.

    Args:
        session: a `requests.Session` or anything with its verbs; default a new session.
        retry: as for `Endpoint`.
    """
    return Endpoint(session=session, retry=retry)
