"""What a client is made of, besides its balancer."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from .._core import Call, Clock, Deadline
from .._drivers import Driver
from ..endpoints.defaults import NO_CALLBACKS, UNSET, Callbacks, Unset
from ..events import Announcer, Listener
from ..exceptions import BuilderError
from ..health import HealthCheck
from ..lb.limits import Limits
from ..propagation.context import PRIORITIES
from ..retries import RetryBudget
from ..retries.policy import Policy
from ..strategies import Sequential, Strategy
from ..strategies.strategy import check_strategy
from .checks import check_parts, checked_timeout, checked_updates

#: Seconds to connect (a little over the first TCP retransmission), seconds between bytes.
DEFAULT_TIMEOUT = (3.05, 30.0)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a client is made of, besides its balancer: the arguments of `Client`, checked.

    Raises:
        TypeError, ValueError: for what cannot be used.
    """

    ep_list_update_tries: int = 1
    session: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    retry_http_call_func: Callable[..., Any] | None = None
    policy: Policy | None = None
    strategy: Strategy | None = None
    retry_budget: RetryBudget | Unset | None = UNSET
    deadline: float | None = None
    priority: str | None = None
    propagation: Callable[[Call], Call] | None = None
    limits: Limits | None = None
    health_check: HealthCheck | None = None
    listeners: tuple[Listener, ...] = ()
    callbacks: Callbacks = NO_CALLBACKS
    timeout: Any = DEFAULT_TIMEOUT
    raise_for_status: bool = True
    name: str | None = None
    clock: Clock = time.monotonic
    driver: Driver | None = None

    def __post_init__(self) -> None:
        checked_updates(self.ep_list_update_tries)
        checked_timeout(self.timeout)
        check_parts(self.session, self.policy, self.callbacks, self.retry_http_call_func)
        if self.strategy is not None:
            check_strategy(self.strategy)
            if self.policy is not None:
                raise BuilderError(
                    "a policy (add_retries) and a strategy are two answers to one question: give the"
                    " policy to the strategy, for example Sequential(RetryPolicy(attempts=5))"
                )
        if self.retry_budget is UNSET:
            object.__setattr__(self, "retry_budget", RetryBudget(clock=self.clock))
        elif not isinstance(self.retry_budget, RetryBudget | None):
            raise BuilderError(f"{self.retry_budget!r} is no budget: give a RetryBudget() or None")
        checked_deadline(self.deadline)
        checked_priority(self.priority)
        self._check_kinds()
        if not isinstance(self.listeners, (tuple, list)):
            raise BuilderError(f"listeners are a tuple of functions, not {self.listeners!r}")
        Announcer(self.listeners)  # checks them
        if self.headers is not None and not isinstance(self.headers, Mapping):
            raise BuilderError(f"headers are a mapping of names to values, not {self.headers!r}")

    def _check_kinds(self) -> None:
        if self.propagation is not None and (
            not callable(self.propagation) or isinstance(self.propagation, type)
        ):
            raise BuilderError(f"{self.propagation!r} propagates nothing: give a Propagation(…)")
        if not isinstance(self.limits, Limits | None):
            raise BuilderError(f"{self.limits!r} are no limits: give Limits(per_host=10)")
        if not isinstance(self.health_check, HealthCheck | None):
            raise BuilderError(f"{self.health_check!r} is no check: give a HealthCheck('/health')")

    def as_arguments(self) -> dict[str, Any]:
        """The settings as the keyword arguments they came as."""
        return {item.name: getattr(self, item.name) for item in fields(self)}

    @property
    def budget(self) -> RetryBudget | None:
        """How many requests may be added; None: any number."""
        return None if isinstance(self.retry_budget, Unset) else self.retry_budget

    @property
    def chosen_strategy(self) -> Strategy:
        """How attempts follow each other where a call does not say."""
        return Sequential(self.policy) if self.strategy is None else self.strategy


def settings_of(**arguments: Any) -> Settings:
    """The settings of a client, from the arguments of its constructor.

    Raises:
        TypeError: for one that does not exist, or cannot be used. ValueError: for one out of range.
    """
    known = {item.name for item in fields(Settings)}
    unknown = sorted(arguments.keys() - known)
    if unknown:
        raise TypeError(
            f"a Client has no setting {', '.join(unknown)}; it has {', '.join(sorted(known))}"
        )
    return Settings(**arguments)


def checked_deadline(seconds: float | None) -> float | None:
    """The seconds of a deadline; None: there is none.

    Raises:
        ValueError: unless it is a finite number from 0 up.
    """
    if seconds is not None:
        Deadline.after(seconds, lambda: 0.0)
    return seconds


def checked_priority(level: str | None) -> str | None:
    """A priority; None: there is none.

    Raises:
        ValueError: for any other.
    """
    if level is not None and level not in PRIORITIES:
        raise ValueError(f"a priority is one of {', '.join(PRIORITIES)}, not {level!r}")
    return level
