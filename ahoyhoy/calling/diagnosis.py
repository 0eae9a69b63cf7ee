"""The error of a call: the last real one, told with the whole story."""

from __future__ import annotations

from typing import Any, NamedTuple

import requests

from .._core import Attempt, Call, Outcome, Verdict
from .._engine import Story
from ..classifiers.redaction import without_query
from ..exceptions import (
    Ahoyhoy500Exception,
    AhoyhoyLbException,
    CircuitOpenError,
    ClientNoEndpointsException,
    DeadlineExceeded,
    LimitExceededError,
    ProviderError,
)
from ..utils import Host
from ..utils.instance import netloc

#: Attempts that the text tells; `error.attempts` has them all.
_TOLD = 10


class Known(NamedTuple):
    """What is known beside the call.

    Args:
        name: of the service.
        hosts: how many there are.
        error: why the last attempt of an earlier call failed.
    """

    name: str | None
    hosts: int
    error: Exception | None


def last_real(story: Story) -> Exception | None:
    """A copy of the last error that a host caused, without what its traceback would keep alive."""
    errors = [o.error for o in story.outcomes if o.error and o.judgement.is_failure]
    real = [e for e in errors if not isinstance(e, CircuitOpenError)]
    if not real or not (isinstance(real[-1], requests.RequestException) and _is_stock(real[-1])):
        return None
    return type(real[-1])(*map(str, real[-1].args))


def answered(outcome: Outcome, story: Story, *, raises: bool) -> Outcome:
    """The outcome of a call, which is the last answer where that is not to be raised.

    A 429 is an answer; so is a 5xx, for a client that returns those.
    """
    if outcome.verdict in (Verdict.ACCEPTED, Verdict.IGNORED) or outcome.error is None:
        return outcome
    last = next((o for o in reversed(story.outcomes) if o.verdict is not Verdict.UNSENT), None)
    if last is None or last.response is None or last.verdict is not Verdict.RETRYABLE:
        return outcome
    is_error = isinstance(last.error, Ahoyhoy500Exception)
    if last.error is None or (is_error and not raises):
        return Outcome(last.judgement, last.response)
    return outcome


def error_of(outcome: Outcome, story: Story, call: Call, known: Known) -> Exception:
    """The error that a call raises.

    It is the last real one, as its own class and with the story as its text, or
    `ClientNoEndpointsException` where no host could be reached; the real one is its cause.
    The programmer's own mistake is returned as it is.
    """
    error = outcome.error
    assert error is not None  # noqa: S101 - for the type checker
    if outcome.verdict is Verdict.IGNORED and not _is_too_late(error, call):
        return _with_attempts(error, story)
    name = known.name or f"{call.method} {without_query(call.url)}"
    text = _text(story, name, known.hosts)
    late = _is_too_late(error, call)
    if isinstance(error, LimitExceededError) and not late:
        return _with_attempts(_told_again(error, f"{text}; {error}"), story)
    failed = [o for o in story.outcomes if o.judgement.is_failure]  # not those that were cancelled
    sent = [o for o in failed if o.error and o.verdict is not Verdict.UNSENT]
    real = [o.error for o in sent or failed if not isinstance(o.error, CircuitOpenError)]
    last = next((e for e in reversed(real) if e is not None), None)
    nothing_left = isinstance(error, AhoyhoyLbException)
    if late:
        # Whose answer was waited for, where it was none of the hosts'.
        waited = f" ({error})" if isinstance(error, ProviderError) else ""
        told: Exception = DeadlineExceeded(f"{text}; {_deadline(call, story)}{waited}")
        told.__cause__ = last or (None if isinstance(error, DeadlineExceeded) else error)
    elif nothing_left and not sent:
        told = ClientNoEndpointsException(f"{text}; {error}")
        told.__cause__ = last or known.error or error
    else:
        told = _told_again(last or error, text)
    return _with_attempts(told, story)


def _is_too_late(error: Exception, call: Call) -> bool:
    """Whether the deadline ended the call: what failed afterwards, or because of it, is no news."""
    # Not by the class of the error: a call that a callback made may have had a deadline of its own.
    if call.deadline is None or not call.deadline.is_too_near:
        return False
    # Not an answer, and not the programmer's mistake.
    network = (requests.ConnectionError, requests.Timeout, AhoyhoyLbException)
    return isinstance(error, network)


def _deadline(call: Call, story: Story) -> str:
    assert call.deadline is not None  # noqa: S101 - for the type checker
    seconds = max(0.0, call.deadline.at - story.began)
    return f"its deadline of {seconds:.3g} s passed"


def _told_again(error: Exception, text: str) -> Exception:
    """The error once more, of the same class, with the story as its text and the original as its cause."""
    if not (isinstance(error, requests.RequestException) and _is_stock(error)):
        return error
    response = error.response
    if response is not None:
        response.request = _portable(response.request)
    again = type(error)(text, request=_portable(error.request), response=response)
    again.__cause__ = error
    return again


def _portable(request: Any) -> Any:
    """The request without what cannot be sent to another process, where the error may have to go."""
    if not isinstance(request, requests.PreparedRequest):
        return request
    hooked = any(request.hooks.values()) if request.hooks else False
    if not hooked and isinstance(request.body, (str, bytes, type(None))):
        return request
    copy = request.copy()
    copy.hooks = requests.hooks.default_hooks()
    if not isinstance(copy.body, (str, bytes)):
        copy.body = None
    return copy


def _is_stock(error: Exception) -> bool:
    # A class of somebody else's may want other arguments.
    return type(error).__module__.partition(".")[0] in ("requests", "ahoyhoy")


def _with_attempts(error: Exception, story: Story) -> Exception:
    # On any exception: a programmer's TypeError also has a story worth reading.
    error.attempts = story.attempts  # type: ignore[attr-defined]
    return error


def _text(story: Story, name: str, hosts: int) -> str:
    attempts = story.attempts
    if not attempts:
        return f"{name}: no attempt"
    tried = len({attempt.host for attempt in attempts})
    known = f" of {hosts}" if hosts >= tried else ""
    plural = "" if len(attempts) == 1 else "s"
    hosts_word = "host" if max(hosts, tried) == 1 else "hosts"
    lines = "; ".join(_line(attempt) for attempt in attempts[-_TOLD:])
    earlier = "…; " if len(attempts) > _TOLD else ""
    seconds = story.ended - story.began
    return (
        f"{name}: {len(attempts)} attempt{plural} on {tried}{known} {hosts_word}"
        f" in {seconds:.1f} s: {earlier}{lines}"
    )


def _line(attempt: Attempt) -> str:
    host = attempt.host
    where = netloc(host) if isinstance(host, Host) else str(host)
    return f"{where} {attempt.error or attempt.status or 'answered'}"
