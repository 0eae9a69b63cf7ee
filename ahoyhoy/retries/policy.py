"""Whether a call goes on after a failed attempt.

A request that was never sent may go to another host whatever its method. One that was sent may
have happened even though no answer came: it is repeated only where that does no harm, that is
for idempotent methods (RFC 9110, 9.2.2) or with an `Idempotency-Key`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from .._core import Call, Outcome, Verdict
from .backoff import Backoff, FullJitterBackoff


class Policy(Protocol):
    """Decides whether a call goes on."""

    def delay(
        self, call: Call, outcomes: Sequence[Outcome], *, other_hosts: bool = True
    ) -> float | None:
        """Seconds to wait before the next attempt, or None: the last outcome is the call's.

        `other_hosts`: whether the next attempt would go to another host.
        """


@dataclass(frozen=True)
class RetryPolicy:
    """Whether a call goes on after a failed attempt.

    Args:
        attempts: how many times a request is sent at most, the first included. Default 3.
            Attempts that were never sent (refused, circuit open) do not count.
        backoff: the pauses between attempts that were sent; after one that was not sent the next
            host is tried at once. Default `FullJitterBackoff()`: up to 25 ms, 50 ms, …
        methods: the methods that may be repeated after they were sent. Default: the idempotent
            ones, and any with an `Idempotency-Key` header.
        statuses: the answers that are worth another attempt. Default: every 5xx, and 429 (too
            many requests).
        failover: whether a request that was never sent goes on to another host. Default yes.
        failover_time: no further host is tried after so many seconds spent on hosts that could
            not be reached. Default 30.

    Raises:
        ValueError: for fewer than 1 attempts, or a negative time.
    """

    attempts: int = 3
    backoff: Backoff = field(default_factory=FullJitterBackoff)
    methods: Collection[str] | None = None
    statuses: Collection[int] | None = None
    failover: bool = True
    failover_time: float = 30.0

    def __post_init__(self) -> None:
        if (
            isinstance(self.attempts, bool)
            or not isinstance(self.attempts, int)
            or self.attempts < 1
        ):
            raise ValueError(
                "attempts counts the first one too: a whole number, at least 1, not"
                f" {self.attempts!r}"
            )
        if not self.failover_time >= 0:
            raise ValueError(f"failover_time is seconds from 0 up, not {self.failover_time!r}")
        if self.methods is not None and not isinstance(self.methods, _EveryMethod):
            if not _are(str, self.methods):
                raise TypeError(
                    f"methods is a collection of names, for example {{'GET', 'POST'}}, not"
                    f" {self.methods!r}"
                )
            object.__setattr__(self, "methods", frozenset(m.upper() for m in self.methods))
        if self.statuses is not None:
            if not _are(int, self.statuses):
                raise TypeError(
                    f"statuses is a collection of numbers, for example {{502, 503}}, not"
                    f" {self.statuses!r}"
                )
            object.__setattr__(self, "statuses", frozenset(self.statuses))
        if not callable(getattr(self.backoff, "delay", None)):
            raise TypeError(
                f"backoff needs a delay(failures) method, as FullJitterBackoff() has; not"
                f" {self.backoff!r}"
            )

    def delay(
        self, call: Call, outcomes: Sequence[Outcome], *, other_hosts: bool = True
    ) -> float | None:
        """Seconds to wait before the next attempt, or None: the last outcome is the call's."""
        last = outcomes[-1]
        if last.verdict is Verdict.UNSENT:
            if not (self.failover and call.body.survives_unsent):
                return None
            if other_hosts:
                spent = sum(o.elapsed for o in outcomes if o.verdict is Verdict.UNSENT)
                return 0.0 if spent <= self.failover_time else None
        elif not self._is_worth_it(last) or not self._is_safe(call):
            return None
        made = sum(o.verdict is not Verdict.UNSENT or not other_hosts for o in outcomes)
        return self.backoff.delay(made) if made < self.attempts else None

    def _is_worth_it(self, outcome: Outcome) -> bool:
        if self.statuses is not None and outcome.status is not None:
            return outcome.status in self.statuses and outcome.verdict is not Verdict.FAILED
        return outcome.verdict is Verdict.RETRYABLE

    def _is_safe(self, call: Call) -> bool:
        if not call.body.replayable:
            return False
        if self.methods is None:
            return call.repeatable
        return call.method in self.methods or call.idempotency_key


def _are(kind: type, items: Any) -> bool:
    """Whether it is a collection of such items."""
    is_collection = isinstance(items, Collection) and not isinstance(items, str)
    return is_collection and all(isinstance(item, kind) for item in items)


class _EveryMethod(frozenset[str]):
    """urllib3's `allowed_methods=None`: the caller says that repeating any method is fine."""

    def __contains__(self, method: object) -> bool:
        return True


EVERY_METHOD = _EveryMethod()
