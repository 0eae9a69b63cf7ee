import pytest

from ahoyhoy._core import Attempt, Call, Verdict
from ahoyhoy._engine import Reports, Story
from ahoyhoy.events import (
    Announcer,
    AttemptEnded,
    AttemptStarted,
    CallEnded,
    CallStarted,
    HedgeWon,
    RetryDenied,
)
from ahoyhoy.utils import Host

A, B = Host("a", 1), Host("b", 1)
CALL = Call("GET", "/users?token=hunter2")
OF = ("users", "GET", "/users")  # never the query
ATTEMPT = Attempt(A, 0.0, 0.5, Verdict.ACCEPTED, 200)
FAILED = ConnectionError("reset")


@pytest.fixture
def story(outcome):
    story = Story(100.0, 0)
    story.end(story.start(A, 100.0), outcome("accepted", status=200, elapsed=0.5))
    story.ended = 101.5
    return story


@pytest.mark.parametrize(
    ("tell", "event"),
    [
        (lambda r, s: r.call_started(CALL), CallStarted(*OF)),
        (lambda r, s: r.call_ended(CALL, s, 200, None), CallEnded(*OF, 1.5, (ATTEMPT,), 200)),
        (lambda r, s: r.call_ended(CALL, s, None, FAILED),
         CallEnded(*OF, 1.5, (ATTEMPT,), None, FAILED)),
        (lambda r, s: r.attempt_started(CALL, s.start(B, 101.0)), AttemptStarted(*OF, B, 2)),
        (lambda r, s: r.attempt_ended(CALL, 1, ATTEMPT), AttemptEnded(*OF, 1, ATTEMPT)),
        (lambda r, s: r.denied(CALL, "deadline"), RetryDenied(*OF, "deadline")),
        (lambda r, s: r.hedge_won(CALL, B, A), HedgeWon(*OF, B, A)),
        (lambda r, s: r.hedge_won(CALL, B, None), HedgeWon(*OF, B, None)),
    ],
)  # fmt: skip
def test_each_is_told_by_an_event_of_its_own(story, tell, event):
    told = []
    tell(Reports("users", Announcer([told.append])), story)
    assert told == [event]


class Untouchable:
    """Whatever is asked of it is an error."""

    def __getattribute__(self, name):
        raise AssertionError(name)


@pytest.mark.parametrize("reports", [Reports(), Reports("users", Announcer())])
def test_while_nobody_listens_no_event_is_made(reports):
    nothing = Untouchable()
    reports.call_started(nothing)
    reports.call_ended(nothing, nothing, None, None)
    reports.attempt_started(nothing, nothing)
    reports.attempt_ended(nothing, 1, nothing)
    reports.denied(nothing, "deadline")
    reports.hedge_won(nothing, A, B)


def test_whoever_listens_later_is_told_from_then_on():
    told, announcer = [], Announcer()
    reports = Reports(None, announcer)
    reports.call_started(CALL)
    announcer.add(told.append)
    reports.call_started(CALL)
    assert told == [CallStarted(None, "GET", "/users")]
