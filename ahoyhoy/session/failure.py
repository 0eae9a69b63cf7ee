"""The error that a session's request raises: the last real one, unchanged, with the story beside it."""

from __future__ import annotations

import requests

from .._core import Call, Outcome
from .._engine import Story
from ..calling.diagnosis import Known, error_of
from ..exceptions import DeadlineExceeded


def failure_of(outcome: Outcome, story: Story, call: Call, known: Known) -> Exception:
    """The error of a request that has none of its attempts' answers.

    Where a host was at fault it is the error of the last attempt that was made, the very object,
    as requests raised it. Otherwise it says why there was no attempt, or that the time was up.
    The story of the attempts is in its `attempts` and, from Python 3.11 on, in a note.
    """
    told = error_of(outcome, story, call, known)
    real = _real(told, story)
    if real is not told:
        real.attempts = told.attempts  # type: ignore[attr-defined]
        if hasattr(real, "add_note"):  # Python 3.11
            real.add_note(str(told))
    if isinstance(real, requests.RequestException) and real.request is None:
        real.request = call.args[0].request
    return real


def _real(told: Exception, story: Story) -> Exception:
    """The error that the diagnosis tells anew, as it was; where it tells another one, that one."""
    if isinstance(told, DeadlineExceeded):
        return told
    return next((o.error for o in story.outcomes if o.error and o.error is told.__cause__), told)
