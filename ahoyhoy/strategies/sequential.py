"""One attempt after another."""

from __future__ import annotations

from typing import Any

from .._core import Call, Outcome, Sleep, Steps
from ..retries import RetryPolicy
from ..retries.conversion import policy_of
from .strategy import Course


class Sequential:
    """Makes attempts one after another while its policy, the budget and the deadline allow it.

    Args:
        policy: says after each attempt whether, and after what pause, the next follows: a
            `RetryPolicy` (the default: 3 attempts), a urllib3 `Retry`, or the `Retry` of 4.x.

    Raises:
        TypeError: when it is none of these.
    """

    def __init__(self, policy: Any = None) -> None:
        self.policy = RetryPolicy() if policy is None else policy_of(policy)

    def run(self, call: Call, course: Course) -> Steps[Outcome]:
        """The steps of a call; they return the last attempt's outcome."""
        outcomes: list[Outcome] = []
        while True:
            last = yield from course.attempt()
            outcomes.append(last)
            delay = self.policy.delay(call, outcomes, other_hosts=course.other_hosts)
            if delay is not None:
                delay = course.leave_to_repeat(last, delay)
            if delay is None:
                return last
            if delay:
                yield Sleep(delay)

    def __repr__(self) -> str:
        return f"Sequential({self.policy!r})"
