"""Retries as other libraries, and 4.x, say them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .._core import Call, Outcome
from .backoff import ExponentialBackoff
from .policy import EVERY_METHOD, Policy, RetryPolicy
from .retries import Retry

#: More attempts than there is time for.
_WITHOUT_END = 10**9


def policy_of(retries: Any) -> Policy:
    """The policy that `retries` is, or says: a policy, urllib3's `Retry`, or the `Retry` of 4.x.

    Of urllib3's `Retry` count: `total`, `connect`, `read`, `status`, `allowed_methods`,
    `status_forcelist`, `backoff_factor`, `backoff_max`, `backoff_jitter`. Of the 4.x `Retry`
    all options but `logger`; a request that may have happened is not repeated by either.

    Raises:
        TypeError: when it is none of them.
    """
    if isinstance(retries, type):
        raise TypeError(f"{retries.__name__} is a class: write {retries.__name__}(…)")
    if callable(getattr(retries, "delay", None)):
        policy: Policy = retries
        return policy
    if isinstance(retries, Retry) and retries.is_stock:
        return _PolicyOf4(retries)
    if hasattr(retries, "status_forcelist") and hasattr(retries, "increment"):
        return _policy_of_urllib3(retries)
    raise TypeError(
        f"{retries!r} says nothing about retries: give a RetryPolicy(attempts=3), an"
        " ahoyhoy.retries.Retry(tries=3, …) or a urllib3.Retry(3, …)"
    )


class _PolicyOf4:
    """The `Retry` of 4.x as a policy: its tries go from host to host."""

    def __init__(self, retry: Retry) -> None:
        self._retry = retry
        attempts = retry.tries if retry.tries > 0 else _WITHOUT_END
        self._policy = RetryPolicy(attempts, _BackoffOf4(retry))

    def delay(
        self, call: Call, outcomes: Sequence[Outcome], *, other_hosts: bool = True
    ) -> float | None:
        """Seconds to wait before the next attempt, or None: the last outcome is the call's."""
        error = outcomes[-1].error
        if error is not None and not isinstance(error, self._retry.exceptions):
            return None
        return self._policy.delay(call, outcomes, other_hosts=other_hosts)


class _BackoffOf4:
    def __init__(self, retry: Retry) -> None:
        self._retry = retry

    def delay(self, failures: int) -> float:
        return self._retry.pause(failures)


class _Urllib3Backoff:
    """urllib3's pauses: none after the first failure, then 2, 4, 8 … times its factor."""

    def __init__(self, retry: Any) -> None:
        cap = retry.backoff_max
        base = min(retry.backoff_factor, cap)
        self._later = ExponentialBackoff(base, cap, retry.backoff_jitter)

    def delay(self, failures: int) -> float:
        """Seconds to wait after that many failures."""
        return self._later.delay(failures) if failures > 1 else 0.0


def _policy_of_urllib3(retry: Any) -> RetryPolicy:
    limits = [limit for limit in (retry.total, retry.read, retry.status) if limit is not None]
    methods = retry.allowed_methods
    return RetryPolicy(
        attempts=1 + int(min(limits, default=10)),  # 10: urllib3's own default; False is 0
        backoff=_Urllib3Backoff(retry),
        methods=EVERY_METHOD if methods is None or methods is False else frozenset(methods),
        statuses=frozenset(retry.status_forcelist or ()),
        failover=retry.connect not in (0, False) and retry.total not in (0, False),
    )
