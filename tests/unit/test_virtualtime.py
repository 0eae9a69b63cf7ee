"""Threads in virtual time."""

import contextvars
import itertools
import threading
import time

import pytest

from ahoyhoy._core import Block, Call, Fork, Outcome, Park, Send, Sleep, wait_for_any
from ahoyhoy._drivers import ThreadDriver
from ahoyhoy.testing import FakeClock
from ahoyhoy.testing.callers import Caller
from ahoyhoy.testing.virtualtime import VirtualTime
from unit.virtual_worlds import call, clock, log, world  # noqa: F401


def test_a_lone_thread_sleeps_without_waiting(world, clock):
    began = time.monotonic()
    world.sleep(3600)
    assert clock() == 3600
    assert time.monotonic() - began < 60


@pytest.mark.parametrize("seconds", [-1, -0.001, float("nan")])
def test_it_cannot_sleep_backwards(world, seconds):
    with pytest.raises(ValueError, match="from 0 up"):
        world.sleep(seconds)


def test_whoever_is_due_first_goes_first(world, clock, log):
    def sleeper(name, *pauses):
        def run():
            for pause in pauses:
                world.sleep(pause)
                log.note(name)

        return run

    call(world, sleeper("a", 3, 1), sleeper("b", 1, 1, 1.5), sleeper("c", 2, 3))
    assert log == [(1, "b"), (2, "c"), (2, "b"), (3, "a"), (3.5, "b"), (4, "a"), (5, "c")]
    assert clock() == 5


def test_of_two_due_at_once_the_one_that_asked_first_goes_first(world, log):
    def sleeper(name):
        def run():
            for _ in range(2):
                world.sleep(1)
                log.note(name)

        return run

    call(world, *map(sleeper, "abc"))
    assert "".join(name for _, name in log) == "abcabc"


def test_only_one_thread_runs_at_a_time(world):
    running = []

    def run():
        for number in range(10):
            running.append(1)
            assert len(running) == 1
            threading.Event().wait(0.0005)  # whoever could run beside it would
            running.pop()
            world.sleep(number % 3)

    call(world, *[run] * 8)


def test_a_clock_that_somebody_else_moved_past_a_sleeper_never_goes_back(world, clock, log):
    def run():
        world.sleep(1)
        log.note("late")

    caller = Caller(world, run)
    world.sleep(0)
    clock.advance(5)
    caller.result()
    assert log == [(5, "late")]


def test_a_gate_lets_everybody_through_who_waits(world, log):
    gate = world.gate()

    def wait(seconds):
        def run():
            log.note(gate.wait(seconds))

        return run

    def opener():
        world.sleep(2)
        gate.open()
        gate.open()
        log.note("opened")

    call(world, wait(None), wait(1), wait(2), wait(30), opener, wait(float("inf")))
    assert log == [(1, False), (2, False), (2, "opened"), (2, True), (2, True), (2, True)]


def test_an_open_gate_and_no_patience_do_not_wait(world, clock):
    gate = world.gate()
    assert gate.wait(-1) is False
    assert gate.wait(0) is False
    gate.open()
    assert gate.wait() is True
    assert gate.wait(5) is True
    assert clock() == 0


def test_a_gate_may_be_opened_by_any_thread(world):
    gate = world.gate()

    def run():
        opener = threading.Thread(target=gate.open)
        opener.start()
        opener.join()

    Caller(world, run)
    assert gate.wait() is True


def test_a_started_thread_knows_the_context_of_whoever_started_it(world):
    number = contextvars.ContextVar("number", default=0)
    number.set(7)
    seen = Caller(world, number.get)
    number.set(8)
    assert seen.result() == 7


def test_a_driver_runs_forked_steps_beside_the_others(world, clock, log):
    driver = ThreadDriver(lambda endpoint, _: world.sleep(endpoint) or endpoint, world=world)

    def request(seconds):
        answer = yield Send(seconds, Call("GET", "/"))
        log.note(answer)
        return answer

    def steps():
        slow = yield Fork(request(3))
        woken = yield from wait_for_any([slow], 1)
        assert woken is False
        quick = yield Fork(request(1))
        assert (yield from wait_for_any([slow, quick])) is True
        assert (slow.done, quick.done) == (False, True)
        yield Sleep(5)
        assert (yield Block(lambda: "blocked")) == "blocked"
        return slow.result(), quick.result()

    assert driver.run(steps()) == (3, 1)
    assert log == [(2, 1), (3, 3)]
    assert clock() == 7


def test_the_same_happens_in_every_run():
    def story():
        clock = FakeClock()
        world = VirtualTime(clock)
        log = []
        gates = [world.gate() for _ in range(5)]

        def run(number):
            def function():
                for turn in itertools.count():
                    if turn == 20:
                        return
                    world.sleep(((number * 7 + turn * 3) % 11) / 10)
                    log.append((clock(), number))
                    if turn == number:
                        gates[number % 5].open()
                    log.append((gates[(number + turn) % 5].wait(0.25), number))

            return function

        call(world, *map(run, range(12)))
        world.close()
        return log

    first = story()
    assert len(first) == 480
    assert story() == first


def test_thousands_of_turns_take_seconds_and_leave_no_thread(world):
    began = time.monotonic()

    def run():
        for _ in range(500):
            world.start(lambda: world.sleep(0.5))
            world.sleep(1)

    call(world, *[run] * 10)
    world.settle()
    assert world._ended == []
    assert time.monotonic() - began < 60


def test_what_a_driver_sends_is_an_outcome(world):
    outcome = Outcome(None)
    driver = ThreadDriver(lambda *_: outcome, world=world)

    def steps():
        woken = yield Park(lambda wake: wake(), None)
        assert woken
        return (yield Send("endpoint", None))

    assert driver.run(steps()) is outcome
