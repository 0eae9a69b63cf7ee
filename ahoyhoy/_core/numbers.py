"""Whether a value is a number that can be reckoned with."""

from __future__ import annotations

import math


def is_number(value: object) -> bool:
    """Whether it is a number, finite or infinite; True and False are none."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return number and not math.isnan(value)  # type: ignore[arg-type]
