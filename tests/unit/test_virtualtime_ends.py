"""How threads in virtual time end: with an error, when nobody can go on, when all is closed."""

import threading

import pytest

from ahoyhoy.testing import StandstillError
from ahoyhoy.testing.callers import Caller
from unit.virtual_worlds import clock, log, world  # noqa: F401


def test_waiting_for_nothing_that_comes_is_an_error_in_all_who_wait(world, clock):
    gate = world.gate()
    world.sleep(1.5)
    callers = [Caller(world, gate.wait) for _ in range(3)]
    for caller in callers:
        with pytest.raises(StandstillError, match=r"at 1\.5 s every thread .*\(4 in all\)"):
            caller.result()
    with pytest.raises(StandstillError, match=r"\(1 in all\)"):
        gate.wait()
    assert clock() == 1.5


def test_two_that_wait_for_each_others_end_are_told(world):
    callers = []
    callers += [
        Caller(world, lambda: callers[1].result()),
        Caller(world, lambda: callers[0].result()),
    ]
    with pytest.raises(StandstillError):
        callers[0].result()


def test_who_waits_for_a_stuck_thread_gets_its_error(world, log):
    stuck = Caller(world, world.gate().wait)

    def run():
        try:
            stuck.result()
        finally:
            log.note("told")

    with pytest.raises(StandstillError):
        Caller(world, run).result()
    assert log == [(0, "told")]


def test_a_strange_thread_is_told_to_be_started(world):
    errors = []

    def strange():
        for use in (lambda: world.sleep(1), world.gate().wait, lambda: world.start(print)):
            with pytest.raises(RuntimeError, match="none of the simulation's") as caught:
                use()
            errors.append(caught.value)

    def run():
        thread = threading.Thread(target=strange)
        thread.start()
        thread.join()

    Caller(world, run).result()
    assert len(errors) == 3


def test_closing_ends_all_threads_wherever_they_are(world, clock, log):
    def run():
        try:
            world.sleep(1000)
        except Exception:
            log.note("not an exception")
        finally:
            log.note("ended")
            world.sleep(1)
            log.note("slept")

    callers = [Caller(world, run), Caller(world, world.gate().wait)]
    world.sleep(1)
    callers.append(Caller(world, lambda: log.note("began")))
    world.close()
    assert log == [(1, "ended")]
    for caller in callers[:2]:
        with pytest.raises(RuntimeError, match="closed before"):
            caller.result()
    assert not callers[2].done
    world.close()
    world.sleep(1)
    assert clock() == 2


def test_settling_lets_run_what_is_due_and_nothing_else(world, clock, log):
    now, later = world.gate(), Caller(world, lambda: world.sleep(1))
    waits = Caller(world, now.wait)
    world.sleep(0)
    now.open()
    assert not waits.done
    world.settle()
    assert waits.done
    assert not later.done
    assert clock() == 0


def test_a_started_thread_does_not_settle_the_world(world, log):
    def run():
        Caller(world, lambda: log.note("second"))
        world.settle()
        log.note("first")

    Caller(world, run).result()
    world.settle()
    assert [what for _, what in log] == ["first", "second"]


class Failed(BaseException):
    """As pytest's own is."""


@pytest.mark.parametrize("error", [ValueError("x"), SystemExit(1), Failed()])
def test_a_callers_error_is_raised_where_its_result_is_asked_for(world, error):
    def run():
        world.sleep(1)
        raise error

    caller = Caller(world, run)
    for _ in range(2):
        with pytest.raises(type(error)) as caught:
            caller.result()
        assert caught.value is error


def test_after_an_interrupt_the_threads_end_where_they_are(world, clock, log, monkeypatch):
    class Interrupted:
        def __init__(self, lock):
            self.lock = lock
            self.times = 1

        def acquire(self):
            self.times -= 1
            if self.times >= 0:
                raise KeyboardInterrupt
            return self.lock.acquire()

        def release(self):
            self.lock.release()

    def run():
        for _ in range(3):
            log.note("runs")
            world.sleep(10)

    Caller(world, run)
    world._test.baton = Interrupted(world._test.baton)
    with pytest.raises(KeyboardInterrupt):
        world.sleep(25)
    assert clock() == 0
    world.close()
    assert log == [(0, "runs")]
