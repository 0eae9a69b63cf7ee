"""What the retry function of 4.x may do with one attempt's request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .._core import Call, Judgement, Verdict
from ..retries import Retry
from .bounded import is_cancelled


def in_time(retry: Callable[..., Any] | None, call: Call) -> Callable[..., Any] | None:
    """The retry function, whose pauses end before the call's deadline.

    Those of a function of one's own are its own business.
    """
    if call.deadline is None or not isinstance(retry, Retry):
        return retry
    return retry.within(call.deadline.remaining)


def may_repeat(call: Call, judgement: Judgement) -> bool:
    """Whether the request may be sent once more, to the same host; its body is ready then."""
    if is_cancelled(call) or (call.deadline is not None and call.deadline.is_too_near):
        return False
    if judgement.verdict is Verdict.UNSENT:
        safe = call.body.survives_unsent
    else:
        safe = judgement.verdict is Verdict.RETRYABLE and call.repeatable and call.body.replayable
    if safe:
        call.body.rewind()
    return safe
