"""One attempt."""

from __future__ import annotations

from .._core import Call, Outcome, Steps
from .strategy import Course


class Single:
    """Makes one attempt, on one host, whatever becomes of it."""

    def run(self, call: Call, course: Course) -> Steps[Outcome]:  # noqa: ARG002
        """The steps of a call; they return the attempt's outcome."""
        return (yield from course.attempt())

    def __repr__(self) -> str:
        return "Single()"
