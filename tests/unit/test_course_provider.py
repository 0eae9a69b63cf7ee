"""A call whose provider takes its time: it is asked for no longer than the call may take."""

import pytest

from ahoyhoy._core import Call, Deadline
from ahoyhoy.exceptions import DeadlineExceeded, ProviderError
from ahoyhoy.http.bounds import current
from unit.driven import World


def within(clock, seconds):
    return Call("GET", "/", deadline=Deadline.after(seconds, clock))


@pytest.mark.parametrize("seconds", [None, 2.0])
def test_the_provider_is_asked_within_the_deadline_of_the_call(clock, seconds):
    asked = []
    world = World(clock, "a")
    answer = world.source.get_list
    world.source.get_list = lambda: asked.append(current()) or answer()
    call = Call("GET", "/") if seconds is None else within(clock, seconds)
    world.run(call)
    assert [bounds and bounds.deadline for bounds in asked] == [call.deadline]
    assert current() is None


@pytest.mark.parametrize(
    ("took", "kind", "reason"),
    [(1.0, ProviderError, "no host left"), (2.0, DeadlineExceeded, "deadline passed")],
)
def test_a_provider_that_outlasts_the_deadline_is_a_deadline_exceeded(clock, took, kind, reason):
    failure = ProviderError("consul://users: no answer within 2 s")

    def fail():
        clock.advance(took)
        raise failure

    world = World(clock, "a")
    world.source.get_list = fail
    outcome = world.run(within(clock, 2.0))
    assert type(outcome.error) is kind
    assert outcome.judgement.reason == reason
    assert str(outcome.error) == str(failure)
    assert failure in (outcome.error, outcome.error.__cause__)
