"""Checks of what a client is made of, for its builder and for itself."""

from __future__ import annotations

import threading
from typing import Any

from ..endpoints.defaults import Callbacks
from ..exceptions import BuilderError
from ..http.verbs import VERBS


def checked_updates(times: Any) -> int:
    """How often the provider is asked.

    Raises:
        ValueError: unless it is a whole number from 1 up.
    """
    if isinstance(times, bool) or not isinstance(times, int) or times < 1:
        raise ValueError(f"the provider is asked at least once, not {times!r} times")
    return times


def check_parts(session: Any, policy: Any, callbacks: Any, retry: Any) -> None:
    """Check what else a client is made of; None: not given.

    Raises:
        BuilderError: (a TypeError) for what cannot be used.
    """
    check_session(session)
    if policy is not None and not callable(getattr(policy, "delay", None)):
        raise BuilderError(f"{policy!r} is no policy: give a RetryPolicy()")
    if not isinstance(callbacks, Callbacks):
        raise BuilderError(f"{callbacks!r} are no callbacks: give Callbacks(pre, post, exception)")
    if retry is not None and not callable(retry):
        raise BuilderError(f"{retry!r} is no retry function: give a Retry(tries=3)")


def check_session(session: Any) -> None:
    """Check that something can be used as a session; None: not given.

    Raises:
        BuilderError: (a TypeError) when it has none of the verbs, or is a class.
    """
    if session is None:
        return
    if isinstance(session, type) or not any(hasattr(session, v) for v in (*VERBS, "request")):
        raise BuilderError(f"{session!r} is no session: give a requests.Session() object")


def checked_timeout(timeout: Any) -> Any:
    """A timeout that `requests` can use.

    Raises:
        ValueError: unless it is seconds above 0, two of them, None, or a urllib3 `Timeout`.
    """
    parts = timeout if isinstance(timeout, tuple) and len(timeout) == 2 else (timeout,)
    if hasattr(timeout, "connect_timeout") or all(p is None or _is_seconds(p) for p in parts):
        return timeout
    raise ValueError(
        "a timeout is seconds above 0, a pair (to connect, between bytes), or None for ever;"
        f" not {timeout!r}"
    )


def _is_seconds(value: Any) -> bool:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return number and 0 < value <= threading.TIMEOUT_MAX
