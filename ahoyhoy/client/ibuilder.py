"""What both builders have in common. Each step returns the builder."""

from __future__ import annotations

import abc
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from .._core import Call
from ..calling.checks import check_session, checked_timeout
from ..calling.settings import checked_deadline, checked_priority
from ..circuit import BreakerFactory
from ..circuit.factory import Maker, checked_maker
from ..endpoints.defaults import NO_CALLBACKS, UNSET, Callbacks
from ..events import Announcer, Listener
from ..exceptions import BuilderError
from ..propagation import Propagation
from ..retries import RetryBudget
from ..retries.conversion import policy_of
from ..retries.policy import Policy
from ..strategies import PerMethod, Sequential, Strategy
from ..strategies.strategy import check_strategy

if TYPE_CHECKING:
    from typing_extensions import Self


class IClientBuilder(abc.ABC):
    """What both builders have in common."""

    def __init__(self) -> None:
        self._session: Any = None
        self._headers: dict[str, str] = {}
        self._retry: Callable[..., Any] | None = None
        self._callbacks = NO_CALLBACKS
        self._breaker: Maker | None = None
        self._timeout: Any = UNSET
        self._strategies: dict[str, Strategy] = {}
        #: of the calls: see `Settings`
        self._calls: dict[str, Any] = {}

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
            self._calls["policy"] = policy_of(retries)
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

    def add_breaker(self, make: Maker | None = None, /, **options: Any) -> Self:
        """Set when circuits open, and for how long; or what makes them.

        Args:
            make: makes the circuit of each host: `RedisCircuits("redis://…")`, a `BreakerFactory`,
                or a function of `name=` that returns a `CircuitBreaker`. It has the options, then.
            options: `failure_threshold=5`, `success_rate=0.8`, `sampling_duration=10`,
                `minimum_throughput=5`, `break_duration=1`, `max_break_duration=60`,
                `max_fast_break_duration=5`, `listeners=()`, `storage=None`: see `CircuitBreaker`;
                `storage` is a function of the circuit's name.

        Raises:
            TypeError: for an option that does not exist, and what makes no circuits. ValueError: for
                an option out of range.
        """
        if make is None:
            self._breaker = BreakerFactory(**options)
        elif options:
            raise BuilderError(
                f"{', '.join(sorted(options))}: give options to what makes the circuits, for"
                " example RedisCircuits('redis://…', failure_threshold=3)"
            )
        else:
            self._breaker = checked_maker(make)
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

    def add_strategy(self, strategy: Strategy, *methods: str) -> Self:
        """Say how the attempts of a call follow each other.

        Args:
            strategy: `Single()`, `Sequential(RetryPolicy(…))`, `Hedged(…)`, or one of your own.
            methods: for these HTTP methods only: `add_strategy(Hedged(), "GET", "HEAD")`; without
                any, for all the others.

        Raises:
            TypeError: when it is no strategy.
        """
        check_strategy(strategy)
        if not all(isinstance(method, str) for method in methods):
            raise BuilderError(f"methods are names, for example 'GET', 'HEAD'; not {methods!r}")
        if not methods:
            self._calls["strategy"] = strategy
        self._strategies |= dict.fromkeys((method.upper() for method in methods), strategy)
        return self

    def add_retry_budget(self, budget: RetryBudget | None) -> Self:
        """Bound how many requests are added to those asked for; None: not at all.

        Without this step it is `RetryBudget()`: one for every five calls, and ten each second.

        Raises:
            BuilderError: (a TypeError) when it is no budget.
        """
        self._calls["retry_budget"] = budget
        return self

    def add_deadline(self, seconds: float | None) -> Self:
        """End each call after so many seconds, all its attempts, pauses and the body included.

        A call's own `deadline=` counts instead; `with ahoyhoy.deadline(…)` around it as well.

        Raises:
            ValueError: unless it is a finite number from 0 up.
        """
        self._calls["deadline"] = checked_deadline(seconds)
        return self

    def add_priority(self, level: str) -> Self:
        """Give each call this priority, `"high"`, `"normal"` or `"low"`: see `add_propagation`.

        Raises:
            ValueError: for any other.
        """
        self._calls["priority"] = checked_priority(level)
        return self

    def add_propagation(self, propagation: Callable[[Call], Call] | None = None) -> Self:
        """Tell the service how long somebody waits, how urgent it is and who asks, in headers.

        Args:
            propagation: which headers; default `Propagation()`.
        """
        self._calls["propagation"] = Propagation() if propagation is None else propagation
        return self

    def add_listener(self, listener: Listener) -> Self:
        """Call this function with each event: see `ahoyhoy.events`.

        Raises:
            TypeError: when it cannot be called.
        """
        listeners = self._calls.get("listeners", ())
        self._calls["listeners"] = (*listeners, *Announcer([listener]))
        return self

    def _settings(self) -> dict[str, Any]:
        """What was said of the calls."""
        calls = dict(self._calls)
        if self._strategies:
            others = calls.get("strategy") or self._by_policy(calls.pop("policy", None))
            calls["strategy"] = PerMethod(self._strategies, others)
        return calls

    def _by_policy(self, policy: Policy | None) -> Strategy:
        """What calls do whose method has no strategy of its own."""
        return Sequential(policy)

    @abc.abstractmethod
    def build(self) -> Any:
        """The client."""
