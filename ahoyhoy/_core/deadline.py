"""Until when somebody waits for the result of a call."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

from .clock import Clock
from .numbers import is_number

#: Below this a request cannot come back in time: it is not sent.
TOO_LATE = 0.005
#: Thirty years: below where clocks, floats and sockets give out.
_LONGEST = 1e9


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment after which nobody waits any more.

    Args:
        at: the moment, on the clock.
        clock: seconds that never go back.
    """

    at: float
    clock: Clock = field(compare=False, repr=False)

    @classmethod
    def after(cls, seconds: float, clock: Clock) -> Deadline:
        """The deadline that many seconds from now.

        Raises:
            ValueError: when it is no number of seconds from 0 up.
        """
        if not is_number(seconds) or not 0 <= seconds <= _LONGEST:
            raise ValueError(
                f"a deadline is seconds from 0 up to {_LONGEST:.0e}, for example 2.5, not {seconds!r}"
            )
        return cls(clock() + seconds, clock)

    def remaining(self) -> float:
        """The seconds that are left; 0.0 when it has passed."""
        return max(0.0, self.at - self.clock())

    @property
    def is_too_near(self) -> bool:
        """Whether no request can come back in time."""
        return self.at - self.clock() <= TOO_LATE

    def clip(self, timeout: Timeout) -> Timeout:
        """The timeout of `requests`, no longer than what is left."""
        left = max(self.remaining(), 0.001)  # 0 means "do not block" to a socket
        if isinstance(timeout, tuple) and len(timeout) == 2:
            connect, read = timeout
            return _less(connect, left), _less(read, left)
        if timeout is None or isinstance(timeout, (int, float)):
            return _less(timeout, left)
        return timeout  # urllib3's Timeout has a total of its own


#: As `requests` takes it: seconds, or seconds to connect and seconds between bytes; None: for ever.
Timeout: TypeAlias = Any


def _less(seconds: float | None, left: float) -> float:
    return left if seconds is None else min(seconds, left)


def earliest(*deadlines: Deadline | None) -> Deadline | None:
    """The one that comes first; None where there is none. They share a clock."""
    return min((d for d in deadlines if d is not None), key=lambda d: d.at, default=None)
