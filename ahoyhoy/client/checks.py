"""Checks of what a client is made of, for its builder and for itself."""

from __future__ import annotations

import threading
from typing import Any


def checked_updates(times: Any) -> int:
    """How often the provider is asked.

    Raises:
        ValueError: unless it is a whole number from 1 up.
    """
    if isinstance(times, bool) or not isinstance(times, int) or times < 1:
        raise ValueError(f"the provider is asked at least once, not {times!r} times")
    return times


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
