"""The builders: what a client is made of, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import requests

from ..calling.checks import checked_updates
from ..calling.duck import balancer_of
from ..calling.settings import Settings
from ..circuit.factory import Maker
from ..circuit.sharedbreaker import Grapevine
from ..endpoints import Endpoint
from ..endpoints.defaults import NO_CALLBACKS, UNSET, Defaults, Unset
from ..exceptions import BuilderError
from ..health import HealthCheck
from ..http.sessions import is_requests_session
from ..lb.iloadbalancer import ILoadBalancer
from ..lb.limits import Limits
from ..retries.policy import Policy
from ..session import Session
from ..strategies import Single, Strategy
from .client import Client
from .ibuilder import IClientBuilder
from .retrying import RetryingEndpoint

if TYPE_CHECKING:
    from typing_extensions import Self


class LBClientBuilder(IClientBuilder):
    """Builds a `Client`: `LBClientBuilder().add_lb(RoundRobinLB(provider)).build()`."""

    def __init__(self) -> None:
        super().__init__()
        self._lb: ILoadBalancer | None = None
        self._updates = 1
        self._raises: bool | Unset = UNSET
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
        lb = self._balancer()
        if self._breaker is not None:
            balancer_of(lb).use_breaker(self._breaker)
        timeout = {} if self._timeout is UNSET else {"timeout": self._timeout}
        return Client(
            lb,
            self._updates,
            session=self._session,
            headers=self._headers,
            retry_http_call_func=self._retry,
            callbacks=self._callbacks,
            raise_for_status=True if self._raises is UNSET else self._raises,
            name=self._name,
            **timeout,
            **self._settings(),
        )

    def build_session(self) -> Session:
        """A `requests.Session` over the balancer instead: see `ahoyhoy.Session`.

        What was added as headers is in its `headers`. Of a session that was added it has the
        settings (auth, cookies, proxies, verify …), and its adapters send what is balanced.

        Raises:
            BuilderError: (a TypeError) without a balancer, and for what a session has other ways
                to say: callbacks, a 4.x `Retry`, `add_raise_for_status(True)`, a session that is
                no `requests.Session`.
            AhoyhoyLbException: when `add_breaker` was used and the balancer has circuits already.
        """
        self._check_for_session()
        timeout = {} if self._timeout is UNSET else {"timeout": self._timeout}
        session = Session(
            self._balancer(),
            name=self._name,
            breaker=self._breaker,
            ep_list_update_tries=self._updates,
            **timeout,
            **self._settings(),
        )
        if self._session is not None:
            _take_over(session, self._session)
        session.headers.update(self._headers)
        return session

    def _balancer(self) -> ILoadBalancer:
        if self._lb is None:
            raise BuilderError(
                "a balancer is missing: LBClientBuilder().add_lb(RoundRobinLB(ListProvider(…)))"
            )
        return self._lb

    def _check_for_session(self) -> None:
        if self._callbacks != NO_CALLBACKS:
            raise BuilderError("a session has no callbacks: add hooks to session.hooks")
        if self._retry is not None:
            raise BuilderError(
                "a session repeats requests by a policy: add_retries(RetryPolicy(attempts=3))"
            )
        if self._raises is True:
            raise BuilderError(
                "a session returns a last 5xx as requests does: call response.raise_for_status()"
            )
        if self._session is not None and not is_requests_session(self._session):
            raise BuilderError(f"a session is made of a requests.Session, not {self._session!r}")


def _take_over(session: Session, other: requests.Session) -> None:
    """Give a session the settings and the adapters of another one."""
    for name in requests.Session.__attrs__:
        if name != "adapters":
            # Not the headers object itself: what the builder adds is for this session only.
            value = getattr(other, name)
            setattr(session, name, value.copy() if name == "headers" else value)
    # The longest prefix first, in the way they were mounted there.
    for prefix, adapter in reversed(list(other.adapters.items())):
        session.mount(prefix, adapter)


class SessionClientBuilder(IClientBuilder):
    """Builds an `Endpoint` over your session: `SessionClientBuilder().add_session(s).build()`."""

    def add_breaker(self, make: Maker | None = None, /, **options: Any) -> Self:
        """Set when the one circuit opens, which stands for all URLs; or what makes it.

        Arguments and errors as in `LBClientBuilder`. `RedisCircuits` cannot be given: this circuit is
        that of no host, and processes share what they know of hosts.
        """
        if isinstance(make, Grapevine):
            raise BuilderError(
                "processes share the circuits of hosts, and this circuit stands for whatever hosts"
                " the URLs name: share them with LBClientBuilder or ahoyhoy.Session(target, breaker=…)"
            )
        return super().add_breaker(make, **options)

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
            "breaker": self._breaker(name=None) if self._breaker else None,
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
