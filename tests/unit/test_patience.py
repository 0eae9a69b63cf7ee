"""A call whose hosts all asked for a pause, when another call heard of it: driven by hand."""

import pytest

from ahoyhoy._core import Call, Deadline, Judgement, Outcome, Verdict
from ahoyhoy.exceptions import LbNoEndpointsException
from unit.driven import World


@pytest.fixture
def held(clock):
    """An engine whose hosts asked for pauses of so many seconds in earlier calls."""

    def make(*pauses, hosts="ab", **options):
        world = World(clock, hosts, **options)
        world.lb.update()
        for pause in pauses:
            judgement = Judgement(Verdict.RETRYABLE, "HTTP 503", answered=True, retry_after=pause)
            with world.lb.lease(Call("GET", "/")) as lease:
                lease.ended(Outcome(judgement, elapsed=0.1))
        return world

    return make


def call(clock, seconds):
    return Call("GET", "/", deadline=None if seconds is None else Deadline.after(seconds, clock))


@pytest.mark.parametrize(
    ("pause", "deadline", "slept"),
    [
        (0.5, None, [0.5]),
        (1.0, None, [1.0]),
        (1.1, None, []),  # nobody said how long the caller has: it is told at once
        (20.0, None, []),
        (20.0, 60.0, [20.0]),
        (20.0, 19.0, []),
        (0.5, 0.4, []),
    ],
)
def test_a_short_pause_is_kept_or_one_that_the_deadline_allows(clock, held, pause, deadline, slept):
    world = held(pause, pause)
    outcome = world.run(call(clock, deadline))
    assert world.slept == pytest.approx(slept)
    assert len(world.sent) == len(slept)
    assert isinstance(outcome.error, LbNoEndpointsException) is not bool(slept)


def test_the_shortest_pause_is_kept_and_then_that_host_is_asked(held):
    world = held(0.9, 0.4)
    assert world.run().verdict is Verdict.ACCEPTED
    assert world.slept == pytest.approx([0.4])
    assert world.sent == ["b"]


def test_with_a_host_that_did_not_ask_nobody_waits(held):
    world = held(0.9)
    assert world.run().verdict is Verdict.ACCEPTED
    assert world.slept == []
    assert world.sent == ["b"]


def test_a_single_host_is_asked_all_the_same(held):
    world = held(0.9, hosts="a")
    assert world.run().verdict is Verdict.ACCEPTED
    assert world.slept == []


def test_pauses_one_after_another_are_kept_within_a_second_in_all(held):
    world = held()

    def refuse(call, avoid=()):
        raise LbNoEndpointsException("all of them asked for a pause again")

    world.lb.lease, world.lb.pause = refuse, lambda: 0.6
    assert isinstance(world.run().error, LbNoEndpointsException)
    assert world.slept == [0.6]  # the second one would end after 1.2 s


def test_an_attempt_elsewhere_does_not_wait(held):
    class Elsewhere:
        def run(self, call, course):
            return (yield from course.attempt(elsewhere=True))

    world = held(0.5, 0.5, strategy=Elsewhere())
    assert isinstance(world.run().error, LbNoEndpointsException)
    assert world.slept == []
