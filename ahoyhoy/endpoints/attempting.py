"""Attempts on a session behind a circuit breaker: their callbacks, bounds, and what is made of them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from .._core import Call, Judgement, Outcome, Verdict
from ..circuit import Circuit
from ..circuit.guarded import Judges
from ..classifiers.asked import Asked
from ..classifiers.verdicts import ACCEPTED, IGNORED, judge_error, judge_response
from ..http.fitted import Fit
from ..http.proxy import StandIn, call_session, takes_timeout
from ..http.sessions import is_requests_session
from .bounded import is_cancelled, judging, not_started, within_bounds
from .defaults import NOTHING, Defaults
from .repeating import in_time, may_repeat


class Attempting(StandIn, Circuit):
    """Makes attempts; what it knows of its host, an `Endpoint` says."""

    _classify: Callable[..., Any] | None = None
    _pre: Callable[..., Any] | None = None
    _post: Callable[..., Any] | None = None
    _defaults: Defaults = NOTHING
    _has_host: Any = False
    _plain_session: Any = None

    def pre_callback(self, url: str) -> str:
        """The path or URL to use for the verb's first argument."""
        return url if self._pre is None else self._pre(url)

    def post_callback(self, response: Any) -> Any:
        """The result of the call for the session's response."""
        return response if self._post is None else self._post(response)

    def attempt(self, call: Call) -> Outcome:
        """Make one attempt of a call: never raises an Exception, the outcome holds it.

        It ends at the call's deadline, and when it is cancelled; see `http.bounds`.
        """
        if is_cancelled(call):
            return not_started()
        try:
            url = self._before(call.url)
        except Exception as error:
            return Outcome(IGNORED, error=error)
        options = self._defaults.for_call(
            call.options, timeout=takes_timeout(self._session, call.verb)
        )
        outcome = self._attempt(
            self._sender(call),
            (url, *call.args),
            options,
            may_repeat=functools.partial(may_repeat, call),
            judges=Judges(
                judge_response if self._classify is None else _as_it_is,
                functools.partial(self._judge_error, call, url),
            ),
            bypass=call.bypass,
            retry=in_time(self._retry, call),
        )
        return outcome if outcome.response is None else self._posted(outcome)

    def attempt_by(self, call: Call, exchange: Callable[[], Any]) -> Outcome:
        """Make one attempt of a call by a request of the caller's own, for this host.

        Without callbacks, defaults and retry function: through the circuit, and within the call's
        bounds. Never raises an Exception, the outcome holds it.

        Args:
            call: what the request is an attempt of.
            exchange: sends the request; returns the answer, or raises.
        """
        if call.deadline is not None or call.cancellation is not None:
            if is_cancelled(call):
                return not_started()
            exchange = functools.partial(within_bounds, call, exchange)
        return self._attempt(
            exchange,
            (),
            {},
            may_repeat=functools.partial(may_repeat, call),
            judges=Judges(judge_response, judging(call, judge_error)),
            bypass=call.bypass,
        )

    def _judge_error(self, call: Call, url: str, error: Exception) -> Judgement:
        asked = Asked(call.method, self._whole(url), is_requests_session(self._plain_session))
        own = self._classify is not None
        judge = functools.partial(_as_it_raised, asked) if own else asked.judge
        return judging(call, judge)(error)

    def _before(self, url: str) -> str:
        result: Any = self.pre_callback(url)
        if not isinstance(result, str):
            raise TypeError(f"pre_callback must return a path or a URL, not {result!r}")
        return result

    def _whole(self, url: str) -> str:
        if not self._has_host or not url.startswith("/"):
            return url
        whole: str = self._session.origin + url
        return whole

    def _sender(self, call: Call) -> Callable[..., Any]:
        def send(url: str, *args: Any, **options: Any) -> Any:
            fit = Fit(timeout=self._defaults.fallback_timeout)
            exchange = functools.partial(
                call_session, self._session, call.verb, call.method, url, args, options, fit
            )
            return within_bounds(call, exchange)

        return send if self._classify is None else functools.partial(self._classify, send)

    def _posted(self, outcome: Outcome) -> Outcome:
        if outcome.verdict is Verdict.FAILED:  # the exception callback's result
            return outcome
        try:
            result = self.post_callback(outcome.response)
        except Exception as error:
            # On a 5xx or 429 the host's failure is the news: another host may do better.
            if outcome.error is not None:
                return outcome
            failed = outcome.judgement.is_failure
            return Outcome(outcome.judgement if failed else IGNORED, error=error)
        same = result is outcome.response
        return outcome if same else outcome._replace(response=result)


def _as_it_is(_result: Any) -> Judgement:
    return ACCEPTED  # what a classify= function returns, it found good


def _as_it_raised(asked: Asked, error: Exception) -> Judgement:
    judgement = asked.judge(error)
    # An error of its own kind is how a classify= function calls an answer a failure.
    mistaken = isinstance(error, (TypeError, ValueError, AttributeError, NameError, LookupError))
    if judgement.verdict is Verdict.IGNORED and not mistaken:
        return Judgement(Verdict.RETRYABLE, type(error).__name__)
    return judgement
