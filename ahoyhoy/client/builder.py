"""The builders: what a client is made of, step by step. Each step returns the builder."""

from __future__ import annotations

import abc
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ..circuit import BreakerFactory
from ..endpoints import Endpoint
from ..endpoints.defaults import NO_CALLBACKS, UNSET, Callbacks, Defaults
from ..exceptions import BuilderError
from ..lb.iloadbalancer import ILoadBalancer
from ..retries.policy import Policy, policy_of
from .checks import check_session, checked_timeout, checked_updates
from .client import Client
from .duck import balancer_of
from .retrying import RetryingEndpoint

if TYPE_CHECKING:
    from typing_extensions import Self


class IClientBuilder(abc.ABC):
    """What both builders have in common."""

    def __init__(self) -> None:
        self._session: Any = None
        self._headers: dict[str, str] = {}
        self._retry: Callable[..., Any] | None = None
        self._policy: Policy | None = None
        self._callbacks = NO_CALLBACKS
        self._breaker: BreakerFactory | None = None
        self._timeout: Any = UNSET

    def add_session(self, session: Any) -> Self:
        """Use this session: its adapters, auth, cookies and headers count. It stays yours.

        Args:
            session: a `requests.Session`, or anything with some of its verbs.

        Raises:
            BuilderError: (a TypeError) when it has no verb at all.
        """
        if session is None:
            raise BuilderError("None is no session: give a requests.Session() object")
        check_session(session)
        self._session = session
        return self

    def add_headers(self, headers: Mapping[str, str]) -> Self:
        """Send these headers with each call; a call's own header of the same name wins."""
        if not isinstance(headers, Mapping):
            raise BuilderError(f"headers are a mapping of names to values, not {headers!r}")
        self._headers = {**self._headers, **headers}
        return self

    def add_retries(self, retries: Any) -> Self:
        """Say what follows a failed attempt.

        Args:
            retries: a `RetryPolicy`; a urllib3 `Retry`; or the 4.x `Retry` (or any function
                `(f, fargs, fkwargs)`), which repeats on the same host, before failover.

        Raises:
            TypeError: when it is none of these.
        """
        if callable(retries) and not isinstance(retries, type):
            self._retry = retries
        else:
            self._policy = policy_of(retries)
        return self

    def add_callbacks(
        self,
        pre: Callable[[str], str] | None = None,
        post: Callable[[Any], Any] | None = None,
        exception: Callable[[Exception], Any] | None = None,
    ) -> Self:
        """Run functions around each attempt.

        Args:
            pre: takes the path, returns a path or a whole URL.
            post: takes the response, returns the result of the call.
            exception: takes the exception; what it returns is the call's result and ends failover.
                The failure counts for the circuit all the same.
        """
        for name, callback in (("pre", pre), ("post", post), ("exception", exception)):
            if callback is not None and not callable(callback):
                raise BuilderError(f"{name} must be a function, not {callback!r}")
        self._callbacks = Callbacks(pre, post, exception)
        return self

    def add_breaker(self, **options: Any) -> Self:
        """Set when circuits open, and for how long.

        Args:
            options: `failure_threshold=5`, `success_rate=0.8`, `sampling_duration=10`,
                `minimum_throughput=5`, `break_duration=1`, `max_break_duration=60`,
                `max_fast_break_duration=5`, `listeners=()`, `storage=None`: see `CircuitBreaker`;
                `storage` is a function of the circuit's name.

        Raises:
            TypeError: for an option that does not exist. ValueError: for one out of range.
        """
        self._breaker = BreakerFactory(**options)
        return self

    def add_timeout(self, timeout: Any) -> Self:
        """Wait so long in each attempt, unless the call says otherwise.

        Args:
            timeout: seconds, or seconds to connect and seconds between bytes; None: for ever.

        Raises:
            ValueError: for anything else.
        """
        self._timeout = checked_timeout(timeout)
        return self

    @abc.abstractmethod
    def build(self) -> Any:
        """The client."""


class LBClientBuilder(IClientBuilder):
    """Builds a `Client`: `LBClientBuilder().add_lb(RoundRobinLB(provider)).build()`."""

    def __init__(self) -> None:
        super().__init__()
        self._lb: ILoadBalancer | None = None
        self._updates = 1
        self._raises = True
        self._name: str | None = None

    def add_lb(self, lb: ILoadBalancer) -> LBClientBuilder:
        """Balance with this balancer.

        Raises:
            BuilderError: (a TypeError) for a class instead of an object, or no balancer.
        """
        balancer_of(lb)
        self._lb = lb
        return self

    def set_endpoint_updates(self, ep_updates: int) -> LBClientBuilder:
        """Ask the provider so often in a call that finds no host, the first time included.

        Raises:
            ValueError: for less than 1.
        """
        self._updates = checked_updates(ep_updates)
        return self

    def add_raise_for_status(self, raises: bool) -> LBClientBuilder:
        """Raise a last 5xx answer (True, the default), or return it (False)."""
        self._raises = bool(raises)
        return self

    def add_name(self, name: str) -> LBClientBuilder:
        """Call the service by this name in errors."""
        self._name = name
        return self

    def build(self) -> Client:
        """The client.

        Raises:
            BuilderError: (a TypeError, and an AssertionError as in 4.x) without a balancer.
            AhoyhoyLbException: when `add_breaker` was used and the balancer has circuits already.
        """
        if self._lb is None:
            raise BuilderError(
                "a balancer is missing: LBClientBuilder().add_lb(RoundRobinLB(ListProvider(…)))"
            )
        if self._breaker is not None:
            balancer_of(self._lb).use_breaker(self._breaker)
        timeout = {} if self._timeout is UNSET else {"timeout": self._timeout}
        return Client(
            self._lb,
            self._updates,
            session=self._session,
            headers=self._headers,
            retry_http_call_func=self._retry,
            policy=self._policy,
            callbacks=self._callbacks,
            raise_for_status=self._raises,
            name=self._name,
            **timeout,
        )


class SessionClientBuilder(IClientBuilder):
    """Builds an `Endpoint` over your session: `SessionClientBuilder().add_session(s).build()`."""

    def build(self) -> Endpoint:
        """The client: verbs take URLs and go through a circuit; all else is the session's own.

        Raises:
            BuilderError: (a TypeError, and an AssertionError as in 4.x) without a session.
        """
        if self._session is None:
            raise BuilderError(
                "a session is missing: SessionClientBuilder().add_session(requests.Session())"
            )
        options: dict[str, Any] = {
            "session": self._session,
            "retry": self._retry,
            "pre_callback": self._callbacks.pre,
            "post_callback": self._callbacks.post,
            "exception_callback": self._callbacks.exception,
            "breaker": self._breaker() if self._breaker else None,
            "defaults": Defaults(self._headers, self._timeout),
        }
        if self._policy is None:
            return Endpoint(**options)
        return RetryingEndpoint(policy=self._policy, **options)
