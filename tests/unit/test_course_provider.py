"""A call whose provider takes its time: it is asked for no longer than the call may take."""

import pytest

from ahoyhoy._core import Call, Deadline
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
