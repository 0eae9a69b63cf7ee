"""A clock that moves only when the test says so."""

from __future__ import annotations


class FakeClock:
    """A stand-in for `time.monotonic`: call it for the seconds, `advance` it to let time pass."""

    def __init__(self, now: float = 0.0) -> None:
        self._now = now

    def __call__(self) -> float:
        """The seconds, as they are now."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass. They may be 0, never negative: no monotonic clock goes back."""
        if seconds < 0:
            raise ValueError(f"a clock only goes forward, not by {seconds!r} s")
        self._now += seconds

    def advance_to(self, moment: float) -> None:
        """Let time pass until this moment; none, if it has passed."""
        # Not by a difference: what is due at 0.3 must find the clock at 0.3.
        self._now = max(self._now, moment)
