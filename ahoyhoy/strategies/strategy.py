"""What a strategy is, and what it is given."""

from __future__ import annotations

from typing import Any, Protocol

from .._core import Call, Clock, Outcome, Steps


class Course(Protocol):
    """One call on its way."""

    @property
    def clock(self) -> Clock:
        """Seconds that never go back."""

    @property
    def other_hosts(self) -> bool:
        """Whether the next attempt would go to another host."""

    @property
    def spare_host(self) -> bool:
        """Whether there is a host where the call was not sent yet."""

    def attempt(self, *, elsewhere: bool = False) -> Steps[Outcome]:
        """The steps of one attempt, on a host that was not tried yet if there is one.

        Args:
            elsewhere: only there: without such a host the outcome's judgement is `NO_HOST`.
        """

    def leave_to_repeat(self, last: Outcome, delay: float) -> float | None:
        """Ask to repeat a failed attempt after `delay` seconds.

        The answer is the pause to make: longer where every host asked for one, and None where
        the deadline, the budget or what the hosts asked for does not allow another attempt.
        """

    def leave_to_hedge(self) -> bool:
        """Ask to send a request beside one that is late. The budget and the deadline decide."""

    def deny(self, reason: str) -> None:
        """Say that an additional request would have been good, and why there is none."""

    def hedge_won(self, winner: Outcome) -> None:
        """Say that a request which was sent beside another one answered first."""


class Strategy(Protocol):
    """How the attempts of one call follow each other.

    One strategy serves all calls of a client, from any number of threads.
    """

    def run(self, call: Call, course: Course) -> Steps[Outcome]:
        """The steps of a call; they return the outcome that is the call's."""


def check_strategy(strategy: Any) -> None:
    """Check that something can be used as a strategy.

    Raises:
        TypeError: when it cannot.
    """
    if isinstance(strategy, type) or not callable(getattr(strategy, "run", None)):
        raise TypeError(
            f"{strategy!r} is no strategy: give Single(), Sequential(RetryPolicy(…)) or Hedged(…)"
        )
