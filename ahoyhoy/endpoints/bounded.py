"""An attempt that ends when nobody waits for it any more: at its deadline, or when it is cancelled."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

from .._core import Call, Judgement, Outcome, Verdict
from ..exceptions import AhoyhoyRequestsException
from ..http.bounds import Bounds, run_within

CANCELLED = Judgement(Verdict.IGNORED, "cancelled", slow=True, abandoned=True)


def is_cancelled(call: Call) -> bool:
    """Whether nobody wants the attempt's result any more."""
    return call.cancellation is not None and call.cancellation.cancelled


def not_started() -> Outcome:
    """The outcome of an attempt that was cancelled before it began."""
    return Outcome(CANCELLED, error=_cancelled())


def within_bounds(call: Call, send: Callable[[], Any]) -> Any:
    """What `send()` returns, which makes the request of an attempt.

    Raises:
        AhoyhoyRequestsException: when the attempt was cancelled, even if an answer came: the
            connection of one that was not read to its end is closed.
        Exception: whatever `send` raises.
    """
    if call.deadline is None and call.cancellation is None:
        return send()
    bounds = Bounds(call.deadline, call.cancellation)
    try:
        response = run_within(bounds, send)
    except Exception as error:
        if bounds.cancelled:
            raise _cancelled() from error
        raise
    finally:
        bounds.let_go()
    if is_cancelled(call):
        discard(response)
        raise _cancelled()
    return response


def judging(call: Call, judge: Callable[[Exception], Judgement]) -> Callable[..., Judgement]:
    """The same judge of errors, who knows of a call's bounds."""
    if call.deadline is None and call.cancellation is None:
        return judge
    return functools.partial(_judged, call, judge)


def _judged(call: Call, judge: Callable[[Exception], Judgement], error: Exception) -> Judgement:
    if is_cancelled(call):
        return CANCELLED
    judgement = judge(error)
    if judgement.slow and call.deadline is not None and not call.deadline.remaining():
        return dataclasses.replace(judgement, reason="deadline passed")
    return judgement


def discard(response: Any) -> None:
    """Let go of an answer that nobody will read: an unread body holds a connection."""
    if getattr(response, "_content_consumed", True) is False:
        response.close()


def _cancelled() -> AhoyhoyRequestsException:
    return AhoyhoyRequestsException("the attempt was cancelled")
