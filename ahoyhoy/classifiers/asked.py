"""Errors of requests that are not the one an endpoint was asked to send.

While a session sends a request it may send others: after a redirect, or because a hook or an auth
function does. Their errors come out of the same call and look the same.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple
from urllib.parse import SplitResult, urlsplit

import requests
from requests.exceptions import ChunkedEncodingError, ContentDecodingError
from urllib3 import exceptions as urllib3

from .._core import Judgement, Verdict
from ..exceptions import DeadlineExceeded
from .verdicts import IGNORED, judge_error


class Asked(NamedTuple):
    """The request that an endpoint was asked to send.

    Args:
        method: its method.
        url: its whole URL, so far as it is known.
        by_requests: whether a real `requests.Session` sends it, which turns every network error
            into one of its own.
    """

    method: str
    url: str
    by_requests: bool

    def judge(self, error: BaseException) -> Judgement:
        """Whose fault an error is, and whether the request was sent before it."""
        judgement = judge_error(error)
        failed: Any = getattr(error, "request", None)
        trace: Any = getattr(error, "trace", None)
        if not isinstance(getattr(failed, "url", None), str):
            return self._judge_nameless(error, judgement, trace)
        first = self._prepared()
        if first is None:
            return judgement
        there = urlsplit(failed.url)
        if _origin(there) != _origin(first):
            return IGNORED  # another server's trouble; this host did its part, or was not asked yet
        redirected = trace is not None and trace.hops > 1
        is_first = not redirected and there.path == first.path and failed.method == self.method
        # After a redirect the request before it was sent, and acted on.
        return judgement if is_first else _sent(judgement)

    def _judge_nameless(self, error: BaseException, judgement: Judgement, trace: Any) -> Judgement:
        """An error that names no request: requests names it in nearly all that it raises itself."""
        if not self.by_requests:
            return judgement
        if trace is None:  # nobody watched
            return _sent(judgement)
        if trace.busy:  # by an adapter of its own kind
            return judgement if trace.hops == 1 else _sent(judgement)
        # Before or after the transport had it: by a hook, an auth function, the session's class.
        return judgement if _is_about_a_body(error) else IGNORED

    def _prepared(self) -> SplitResult | None:
        try:
            return urlsplit(requests.Request(self.method, self.url).prepare().url or "")
        except ValueError:  # not whole: the session completes it in a way of its own
            return None


def _is_about_a_body(error: BaseException) -> bool:
    """Whether it is what is raised, without a request, while requests reads an answer's body."""
    if isinstance(error, (ChunkedEncodingError, ContentDecodingError, DeadlineExceeded)):
        return True
    cause = error.args[0] if error.args else None
    at_reading = (urllib3.ReadTimeoutError, urllib3.ProtocolError, urllib3.SSLError)
    return isinstance(error, requests.ConnectionError) and isinstance(cause, at_reading)


def _sent(judgement: Judgement) -> Judgement:
    """The same of a request that was, or may have been, sent."""
    if judgement.verdict is Verdict.UNSENT:
        return replace(judgement, verdict=Verdict.RETRYABLE)
    return judgement


def _origin(url: SplitResult) -> tuple[str, str]:
    return url.scheme, url.netloc.rpartition("@")[2].lower()
