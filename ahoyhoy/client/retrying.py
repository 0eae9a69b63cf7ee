"""A session with a retry policy: what `SessionClientBuilder` builds when it was given one."""

from __future__ import annotations

import functools
import time
from typing import Any

from .._core import Call, Outcome, Send, Steps
from .._drivers import ThreadDriver
from ..endpoints import Endpoint
from ..retries.policy import Policy
from ..strategies import Sequential


class RetryingEndpoint(Endpoint):
    """An endpoint that makes more than one attempt, as its policy says.

    Args:
        policy: decides whether another attempt follows; it goes to the same URL.
        options: as for `Endpoint`.
    """

    def __init__(self, *, policy: Policy, **options: Any) -> None:
        super().__init__(**options)
        self._policy = policy

    def _perform(
        self, verb: str, method: str, url: str, args: tuple[Any, ...], options: dict[str, Any]
    ) -> Any:
        call = Call.of(verb, method, url, args, options)
        steps = Sequential(self._policy, other_hosts=False).run(
            call, functools.partial(self._once, call)
        )
        return ThreadDriver(_attempt, sleep=time.sleep).run(steps).unwrap()  # noqa: TID251

    def _once(self, call: Call) -> Steps[Outcome]:
        call.body.rewind()
        outcome: Outcome = yield Send(self, call)
        return outcome


def _attempt(endpoint: Any, call: Call) -> Outcome:
    outcome: Outcome = endpoint.attempt(call)
    return outcome
