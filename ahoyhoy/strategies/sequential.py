"""One attempt after another."""

from __future__ import annotations

from collections.abc import Callable

from .._core import Call, Outcome, Sleep, Steps
from ..retries.policy import Policy


class Sequential:
    """Makes attempts one after another while its policy wants another one.

    Args:
        policy: says after each attempt whether, and after what pause, the next follows.
        other_hosts: whether the next attempt goes to another host. Default yes.
    """

    def __init__(self, policy: Policy, *, other_hosts: bool = True) -> None:
        self.policy = policy
        self._other_hosts = other_hosts

    def run(self, call: Call, attempt: Callable[[], Steps[Outcome]]) -> Steps[Outcome]:
        """The steps of a call; they return the last attempt's outcome."""
        outcomes: list[Outcome] = []
        while True:
            outcomes.append((yield from attempt()))
            delay = self.policy.delay(call, outcomes, other_hosts=self._other_hosts)
            if delay is None:
                return outcomes[-1]
            if delay:
                yield Sleep(delay)
