"""A call that waits for room within the limits on requests in flight, driven by hand."""

import pytest

from ahoyhoy._core import Block, Call, Deadline, Park, Send, Verdict
from ahoyhoy.exceptions import (
    HostsBusyError,
    LbNoEndpointsException,
    LimitExceededError,
    ProviderError,
)
from ahoyhoy.lb import Limits
from unit.driven import World

GET = Call("GET", "/")


@pytest.fixture
def full(clock):
    """An engine whose hosts are full, and the leases that fill them."""

    def make(hosts="a", per_host=1, **options):
        world = World(clock, hosts, **options)
        world.lb.use_limits(Limits(per_host=per_host))
        world.lb.update()
        leases = [world.lb.lease(GET) for _ in range(per_host * len(hosts))]
        return world, leases

    return make


def in_flight(world):
    return sum(host.in_flight for host in world.lb.hosts())


def test_without_time_to_wait_it_fails_at_once(full):
    world, leases = full()
    outcome = world.run()
    assert isinstance(outcome.error, LimitExceededError)
    assert outcome.verdict is Verdict.FAILED
    assert outcome.judgement.reason == "limits reached"
    assert (world.parked, world.sent, world.source.asked) == ([], [], 1)
    assert world.story.attempts == ()
    assert world.lb.is_ready  # being busy casts no doubt on the list of hosts
    assert len(leases) == in_flight(world)


def test_it_waits_until_a_request_ends(full, clock):
    world, leases = full(wait=5.0)
    clock.advance(100)
    world.while_parked = leases.pop().end
    assert world.run().verdict is Verdict.ACCEPTED
    assert world.parked == [5.0]
    assert clock() == 100.5
    assert in_flight(world) == 0


def test_it_waits_as_long_as_was_said_and_no_longer(full, clock):
    world, leases = full(wait=5.0)
    outcome = world.run()
    assert isinstance(outcome.error, LimitExceededError)
    assert "a:1" in str(outcome.error)
    assert (world.parked, clock()) == ([5.0], 5.0)
    leases.pop().end()
    assert world.run().verdict is Verdict.ACCEPTED  # it left the line: nobody else was woken


@pytest.mark.parametrize(("deadline", "parked"), [(2.0, [2.0]), (9.0, [5.0])])
def test_it_waits_no_longer_than_its_deadline(full, clock, deadline, parked):
    world, leases = full(wait=5.0)
    call = Call("GET", "/", deadline=Deadline.after(deadline, clock))
    assert isinstance(world.run(call).error, LimitExceededError)
    assert world.parked == parked
    assert len(leases) == 1


def test_room_that_comes_before_it_stands_in_line_is_not_missed(full, clock):
    world, leases = full(wait=5.0)
    when_room = world.lb.when_room

    def late(wake, since):
        leases.pop().end()  # after the refusal, before there is anybody to wake
        return when_room(wake, since)

    world.lb.when_room = late
    assert world.run().verdict is Verdict.ACCEPTED
    assert clock() == 0.5  # of the attempt: nothing was waited for
    assert in_flight(world) == 0


def test_woken_and_too_late_it_waits_for_what_is_left_of_its_time(full, clock):
    world, leases = full(wait=5.0)

    def taken_by_another():
        clock.advance(2.0)
        leases.pop().end()
        leases.append(world.lb.lease(GET, waited=True))

    world.while_parked = taken_by_another
    outcome = world.run()
    assert isinstance(outcome.error, LimitExceededError)
    assert world.parked == [5.0, 3.0, 1.0]
    assert clock() == 6.0


def test_a_wake_up_of_no_use_goes_to_the_next_in_line(full, clock):
    world, leases = full(wait=5.0)
    woken, places = [], []

    def taken_by_another():
        places.append(world.lb.when_room(lambda: woken.append("next")))
        leases.pop().end()
        assert woken == []
        leases.append(world.lb.lease(GET, waited=True))
        clock.advance(5.0)

    world.while_parked = taken_by_another
    assert isinstance(world.run().error, LimitExceededError)
    assert woken == ["next"]


def test_who_comes_later_does_not_take_what_somebody_waits_for(full):
    world, leases = full(wait=5.0)

    def somebody_comes():
        leases.pop().end()
        with pytest.raises(HostsBusyError):
            world.lb.lease(GET)

    world.while_parked = somebody_comes
    assert world.run().verdict is Verdict.ACCEPTED
    assert in_flight(world) == 0
    with world.lb.lease(GET):  # and once it is served, nobody is in the way
        assert in_flight(world) == 1


def test_an_interrupt_while_it_waits_leaves_the_line_to_others(full):
    world, leases = full(wait=5.0)
    steps = world.engine.steps(world.engine.course(GET))
    park = next(steps)
    assert isinstance(park, Park)
    woken = []
    park.enqueue(lambda: woken.append("first"))
    second = world.lb.when_room(lambda: woken.append("second"))
    with pytest.raises(KeyboardInterrupt):
        steps.throw(KeyboardInterrupt)
    leases.pop().end()
    assert woken == ["second"]
    second()


def test_a_call_dropped_when_it_was_woken_leaves_the_room_to_others(full):
    world, leases = full(wait=5.0)
    steps = world.engine.steps(world.engine.course(GET))
    park = next(steps)
    woken = []
    park.enqueue(lambda: woken.append("first"))
    second = world.lb.when_room(lambda: woken.append("second"))
    leases.pop().end()
    assert woken == ["first"]
    steps.close()
    assert woken == ["first", "second"]
    second()
    assert in_flight(world) == 0


def test_a_host_that_was_tried_is_better_than_waiting(full):
    world, leases = full("ab", wait=5.0, script={"a": ["retryable", "accepted"]})
    next(lease for lease in leases if lease.host.address == "a").end()
    assert world.run().verdict is Verdict.ACCEPTED
    assert world.sent == ["a", "a"]
    assert world.parked == []


def test_an_attempt_elsewhere_does_not_wait(full):
    class Elsewhere:
        def run(self, call, course):
            return (yield from course.attempt(elsewhere=True))

    world, leases = full(wait=5.0, strategy=Elsewhere())
    outcome = world.run()
    assert isinstance(outcome.error, LbNoEndpointsException)
    assert outcome.judgement.reason == "no host left"
    assert world.parked == []
    assert len(leases) == 1


def test_it_asks_the_provider_first_and_then_waits(clock):
    world = World(clock, "a", wait=5.0)
    world.lb.use_limits(Limits(per_host=1))
    steps = world.engine.steps(world.engine.course(GET))
    block = next(steps)
    assert isinstance(block, Block)
    block.function()
    lease = world.lb.lease(GET)
    assert isinstance(steps.send(None), Park)
    lease.end()
    assert isinstance(steps.send(True), Send)
    steps.close()


def test_hosts_that_are_gone_when_it_is_woken_end_the_call(full):
    world, leases = full(wait=5.0)

    def everybody_leaves():
        world.source.lists = [""]
        world.lb.update()
        leases.pop().end()

    world.while_parked = everybody_leaves
    outcome = world.run()
    assert isinstance(outcome.error, LbNoEndpointsException)
    assert world.sent == []


def test_a_provider_that_fails_meanwhile_does_not_matter(full):
    world, leases = full(wait=5.0)
    world.source.lists = [ProviderError("no DNS")]
    world.while_parked = leases.pop().end
    assert world.run().verdict is Verdict.ACCEPTED
