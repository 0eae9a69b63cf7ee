"""For how long a host asks to be left alone (`Retry-After`, RFC 9110, 10.2.3)."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any

#: RFC 9110 has digits only; fractions are sent all the same.
_SECONDS = re.compile(r"[0-9]+(\.[0-9]*)?")


def utc_now() -> datetime:
    """The time of day."""
    return datetime.now(timezone.utc)


def retry_after(response: Any, now: Callable[[], datetime] = utc_now) -> float | None:
    """The seconds in an answer's `Retry-After`; None without one that can be read.

    A date counts from the answer's own `Date`, whose clock it was made with. One that has passed
    is 0.0.

    Args:
        response: the answer.
        now: the time of day, for an answer without `Date`.
    """
    headers: Any = getattr(response, "headers", None)
    text = headers.get("Retry-After") if hasattr(headers, "get") else None
    if not isinstance(text, str):
        return None
    parts = [part.strip() for part in text.split(",")]  # sent twice, it is joined
    if all(_SECONDS.fullmatch(part) for part in parts):
        seconds = max(map(float, parts))
        return seconds if math.isfinite(seconds) else None  # four hundred nines are not
    until = _date(text)
    if until is None:
        return None
    since = _date(headers.get("Date")) or now()
    return max(0.0, (until - since).total_seconds())


def _date(text: Any) -> datetime | None:
    if not isinstance(text, str):
        return None
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):  # what its parser lets through
        return None
    # RFC 9110 knows no date of another zone, and one of its formats names none.
    return date if date.tzinfo is not None else date.replace(tzinfo=timezone.utc)
