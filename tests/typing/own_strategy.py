"""A strategy of somebody's own, and what of the events is typed: checked by mypy, never run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ahoyhoy import LBClientBuilder, ListProvider, PerMethod, Single
from ahoyhoy.events import CallEnded, Event, HedgeWon, RetryDenied
from ahoyhoy.strategies import Course, Strategy
from ahoyhoy.utils import Host

if TYPE_CHECKING:
    from typing_extensions import assert_type

    from ahoyhoy._core import Attempt, Call, Outcome, Steps


class Twice:
    """Makes another attempt, elsewhere if it is a GET."""

    def run(self, call: Call, course: Course) -> Steps[Outcome]:
        outcome = yield from course.attempt()
        if course.leave_to_repeat(outcome, 0.0) is None:
            return outcome
        return (yield from course.attempt(elsewhere=call.method == "GET"))


class Hasty:
    """No strategy: its attempts are no steps."""

    def run(self, call: Call, course: Course) -> str:
        return f"{call.method} {course.other_hosts}"


def it_may_be_anything_with_such_steps() -> None:
    strategy: Strategy = Twice()
    PerMethod({"GET": strategy}, otherwise=Twice())
    builder = LBClientBuilder()
    assert_type(builder.add_strategy(strategy, "GET", "HEAD"), LBClientBuilder)
    builder.add_strategy(Hasty())  # type: ignore[arg-type]
    builder.add_strategy(ListProvider())  # type: ignore[arg-type]
    builder.add_strategy(Single)  # type: ignore[arg-type]


def listen(event: Event) -> None:
    if isinstance(event, CallEnded):
        assert_type(event.elapsed, float)
        assert_type(event.attempts, tuple[Attempt, ...])
        assert_type(event.status, int | None)
    elif isinstance(event, HedgeWon):
        assert_type(event.loser, Host | None)
    elif isinstance(event, RetryDenied):
        event.reason = ""  # type: ignore[misc]
