import asyncio
import contextvars
import math
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from ahoyhoy.propagation import (
    ambient_deadline,
    current_deadline,
    current_priority,
    deadline,
    mixed_priority,
    priority,
)
from ahoyhoy.testing.clock import FakeClock


def test_outside_of_any_block_nobody_said_anything(clock):
    assert current_deadline() is None
    assert ambient_deadline(clock) is None
    assert current_priority() is None


def test_a_block_has_a_deadline_which_comes_nearer_and_ends_with_it(clock):
    with deadline(2.0, clock=clock) as in_force:
        clock.advance(0.5)
        assert current_deadline() is in_force
        assert in_force.remaining() == 1.5
    assert current_deadline() is None


def test_an_inner_block_shortens_the_deadline_of_the_outer_one(clock):
    with deadline(2.0, clock=clock) as outer:
        with deadline(0.5, clock=clock) as inner:
            assert current_deadline() is inner
            assert inner.remaining() == 0.5
        assert current_deadline() is outer


def test_an_inner_block_never_lengthens_the_deadline_of_the_outer_one(clock):
    with deadline(2.0, clock=clock) as outer, deadline(60, clock=clock) as inner:
        assert inner is outer
        assert current_deadline() is outer


def test_blocks_on_different_clocks_are_compared_by_what_is_left(clock):
    other = FakeClock(1000.0)
    with deadline(2.0, clock=clock):
        with deadline(60, clock=other) as inner:
            assert inner.remaining() == 2.0
            assert inner.clock is other
        with deadline(1.0, clock=other) as inner:
            assert inner.remaining() == 1.0


def test_a_client_on_another_clock_gets_the_same_time(clock):
    simulated = FakeClock(1000.0)
    with deadline(2.0, clock=clock) as in_force:
        clock.advance(1.25)
        assert ambient_deadline(clock) is in_force
        converted = ambient_deadline(simulated)
    assert converted.at == 1000.75
    assert converted.clock is simulated


def test_a_deadline_that_passed_leaves_nothing_on_any_clock(clock):
    with deadline(1.0, clock=clock):
        clock.advance(5.0)
        assert ambient_deadline(FakeClock(7.0)).remaining() == 0.0


@pytest.mark.parametrize("seconds", [-1, math.inf, math.nan, "2", None, True])
def test_what_is_no_number_of_seconds_is_no_deadline(seconds):
    with pytest.raises(ValueError, match="a deadline is"), deadline(seconds):
        pytest.fail("entered")
    assert current_deadline() is None


def test_an_error_ends_the_block_as_well(clock):
    with pytest.raises(KeyError), deadline(1.0, clock=clock), priority("low"):
        raise KeyError
    assert (current_deadline(), current_priority()) == (None, None)


def test_a_plain_function_may_be_decorated(clock):
    @deadline(2.0, clock=clock)
    @priority("high")
    def work():
        return current_deadline().remaining(), current_priority()

    assert work() == (2.0, "high")
    clock.advance(10)
    assert work() == (2.0, "high")
    assert current_deadline() is None


def test_the_inner_priority_counts():
    with priority("high"):
        with priority("low") as level:
            assert level == "low"
            assert current_priority() == "low"
        assert current_priority() == "high"


@pytest.mark.parametrize("level", ["HIGH", "urgent", "", None, 1])
def test_other_levels_are_refused(level):
    with pytest.raises(ValueError, match="one of high, normal, low"), priority(level):
        pytest.fail("entered")


@pytest.mark.parametrize(
    ("own", "ambient", "sent"),
    [
        (None, None, None),
        (None, "low", "low"),
        (None, "normal", "normal"),
        (None, "high", "high"),
        ("low", None, "low"),
        ("low", "low", "low"),
        ("low", "normal", "low"),
        ("low", "high", "normal"),
        ("normal", None, "normal"),
        ("normal", "low", "normal"),
        ("normal", "normal", "normal"),
        ("normal", "high", "normal"),
        ("high", None, "high"),
        ("high", "low", "normal"),
        ("high", "normal", "high"),
        ("high", "high", "high"),
    ],
)
def test_low_and_high_together_are_normal_and_else_the_calls_own_counts(own, ambient, sent):
    if ambient is None:
        assert mixed_priority(own) == sent
    else:
        with priority(ambient):
            assert mixed_priority(own) == sent


def test_a_thread_starts_with_none_unless_it_is_given_them(clock):
    with deadline(2.0, clock=clock) as in_force, ThreadPoolExecutor(1) as pool:
        seen = []
        # Empty as of a plain thread in every version and build of Python.
        thread = threading.Thread(
            target=lambda: seen.append(contextvars.Context().run(current_deadline))
        )
        thread.start()
        thread.join()
        assert seen == [None]
        context = contextvars.copy_context()
        assert pool.submit(context.run, current_deadline).result() is in_force


def test_tasks_inherit_and_do_not_disturb_each_other(clock):
    async def shorter(seconds):
        with deadline(seconds, clock=clock):
            await asyncio.sleep(0)
            return current_deadline().remaining()

    async def main():
        with deadline(2.0, clock=clock) as in_force:
            in_thread = await asyncio.to_thread(current_deadline)
            lefts = await asyncio.gather(shorter(0.5), shorter(1.0), shorter(9.0))
            assert current_deadline() is in_force
        return in_thread is in_force, lefts

    assert asyncio.run(main()) == (True, [0.5, 1.0, 2.0])
