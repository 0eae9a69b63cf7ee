"""How many requests may be in flight: to one host, and in all."""

from __future__ import annotations

from dataclasses import dataclass

from .gradient import Gradient2

#: Thirty years: below where clocks and locks give out.
_LONGEST = 1e9


@dataclass(frozen=True, slots=True)
class Limits:
    """How many requests may be in flight at once, and how long a call waits for one to end.

    Args:
        per_host: to one host: a number, `Gradient2()` to have it found out, or None (default).
        total: in all, or None (default).
        wait: for how many seconds a call waits when there is no room. Default 0: it fails at once.

    Raises:
        ValueError: for a value out of its range, TypeError for one of another type.
    """

    per_host: int | Gradient2 | None = None
    total: int | None = None
    wait: float = 0.0

    def __post_init__(self) -> None:
        if not isinstance(self.per_host, Gradient2):
            _check_count("per_host", self.per_host, " or Gradient2()")
        _check_count("total", self.total)
        if isinstance(self.wait, bool) or not isinstance(self.wait, (int, float)):
            raise TypeError(f"wait must be seconds, not {self.wait!r}")
        if not 0 <= self.wait <= _LONGEST:
            raise ValueError(f"wait must be seconds from 0 to {_LONGEST:.0e}, not {self.wait!r}")


def _check_count(name: str, value: object, other: str = "") -> None:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} must be a whole number{other}, or None, not {value!r}")
    if value < 1:
        raise ValueError(f"{name} must be at least 1, not {value!r}")
