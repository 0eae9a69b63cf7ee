"""The builders: what a client is made of, step by step."""

from __future__ import annotations

from typing import Any

from ..calling.checks import checked_updates
from ..calling.duck import balancer_of
from ..calling.settings import Settings
from ..endpoints import Endpoint
from ..endpoints.defaults import UNSET, Defaults
from ..exceptions import BuilderError
from ..health import HealthCheck
from ..lb.iloadbalancer import ILoadBalancer
from ..lb.limits import Limits
from ..retries.policy import Policy
from ..strategies import Single, Strategy
from .client import Client
from .ibuilder import IClientBuilder
from .retrying import RetryingEndpoint


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

    def add_limits(self, limits: Limits) -> LBClientBuilder:
        """Bound how many requests are in flight, to a host and in all; see `Limits`.

        They are the balancer's: clients that share it share them.
        """
        self._calls["limits"] = limits
        return self

    def add_health_check(self, check: HealthCheck) -> LBClientBuilder:
        """Ask the hosts themselves how they are, from the first call until `close`; see `HealthCheck`."""
        self._calls["health_check"] = check
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
            callbacks=self._callbacks,
            raise_for_status=self._raises,
            name=self._name,
            **timeout,
            **self._settings(),
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
        calls = self._settings()
        if not calls:
            return Endpoint(**options)
        if not calls.keys() & {"policy", "strategy"}:
            calls["strategy"] = self._by_policy(None)
        return RetryingEndpoint(settings=Settings(**calls), **options)

    def _by_policy(self, policy: Policy | None) -> Strategy:
        # What is not said of the calls is as in 4.x: one attempt.
        return Single() if policy is None else super()._by_policy(policy)
