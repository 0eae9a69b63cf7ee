"""The driver that blocks: effects and tasks. Real threads, which wait for each other only."""

import contextvars
import gc
import threading
import weakref

import pytest

from ahoyhoy._core import Block, Call, Fork, Park, Send, Sleep, wait_for_any
from ahoyhoy._drivers import ThreadDriver
from ahoyhoy._drivers.waiting import RealWorld

GET = Call("GET", "/")
SOON = 60


class World(RealWorld):
    """Real threads, and sleeps that are only noted."""

    def __init__(self):
        self.slept = []
        self.threads = []

    def sleep(self, seconds):
        self.slept.append(seconds)

    def start(self, run):
        def noted():
            self.threads.append(threading.current_thread())
            run()

        super().start(noted)


def returning(value):
    return value
    yield


def raising(error):
    raise error
    yield


def test_it_performs_each_effect_and_hands_the_answer_back():
    def steps():
        sent = yield Send("endpoint", GET)
        pause = yield Sleep(1.5)
        result = yield Block(lambda: "blocked")
        woken = yield Park(lambda wake: wake(), 60.0)
        late = yield Park(lambda wake: None, 0.0)
        return sent, pause, result, woken, late

    world = World()
    driver = ThreadDriver(lambda endpoint, call: (endpoint, call.method), world=world)
    assert driver.run(steps()) == (("endpoint", "GET"), None, "blocked", True, False)
    assert world.slept == [1.5]


def test_by_itself_it_sleeps_for_real():
    def steps():
        yield Sleep(0.0)
        return "done"

    assert ThreadDriver(None).run(steps()) == "done"


def test_steps_without_effects_return_at_once():
    assert ThreadDriver(None).run(returning("done")) == "done"


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, GeneratorExit])
def test_what_an_effect_raises_is_raised_in_the_steps_and_may_be_answered(error):
    def fail():
        raise error

    def steps():
        try:
            yield Block(fail)
        except error:
            return (yield Block(lambda: "recovered"))

    assert ThreadDriver(None).run(steps()) == "recovered"


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_what_the_steps_let_go_of_is_raised(error):
    released = []

    def fail():
        raise error

    def steps():
        try:
            yield Block(fail)
        finally:
            released.append(1)

    with pytest.raises(error):
        ThreadDriver(None).run(steps())
    assert released == [1]


# -- tasks ------------------------------------------------------------------------------------


def forked(steps, then):
    """The steps that fork others, and go on with `then(task)`."""
    task = yield Fork(steps)
    return (yield from then(task))


def result_of(task):
    yield from wait_for_any([task], SOON)
    return task.result()


def test_forked_steps_run_in_a_daemon_thread_and_have_a_result():
    def steps():
        first = yield Block(lambda: "first")
        thread = yield Block(threading.current_thread)
        return first, thread

    first, thread = ThreadDriver(None).run(forked(steps(), result_of))
    assert first == "first"
    assert thread is not threading.current_thread()
    assert thread.daemon
    thread.join(SOON)


@pytest.mark.parametrize("error", [ValueError("x"), KeyboardInterrupt(), SystemExit(1)])
def test_what_forked_steps_raise_is_raised_where_the_result_is_asked_for(error):
    with pytest.raises(type(error)) as caught:
        ThreadDriver(None).run(forked(raising(error), result_of))
    assert caught.value is error


def test_forked_steps_know_what_the_caller_set_for_its_thread():
    variable = contextvars.ContextVar("variable", default="theirs")

    def steps():
        return (yield Block(variable.get))

    token = variable.set("mine")
    assert ThreadDriver(None).run(forked(steps(), result_of)) == "mine"
    variable.reset(token)


def test_steps_go_on_beside_those_they_forked():
    gate = threading.Event()

    def beside(task):
        assert not task.done
        gate.set()
        return (yield from result_of(task))

    def steps():
        return (yield Block(lambda: gate.wait(SOON)))

    assert ThreadDriver(None).run(forked(steps(), beside)) is True


def test_whoever_waits_for_any_of_several_goes_on_with_the_first():
    gates = [threading.Event() for _ in range(3)]

    def waiting(gate):
        return (yield Block(lambda: gate.wait(SOON)))

    def steps():
        tasks = []
        for gate in gates:
            task = yield Fork(waiting(gate))
            tasks.append(task)
        nobody = yield from wait_for_any(tasks, 0.0)
        gates[1].set()
        somebody = yield from wait_for_any(tasks, SOON)
        done = [task.done for task in tasks]
        for gate in gates:
            gate.set()
        for task in tasks:
            yield from wait_for_any([task])
        return nobody, somebody, done

    assert ThreadDriver(None).run(steps()) == (False, True, [False, True, False])


def test_who_asks_to_be_told_of_the_end_is_told_once_before_or_after_it():
    gate, told = threading.Event(), []

    def telling(task):
        task.when_done(lambda: told.append("early"))
        gate.set()
        yield from wait_for_any([task], SOON)
        yield Block(world.threads[0].join)
        task.when_done(lambda: told.append("late"))

    def steps():
        yield Block(lambda: gate.wait(SOON))

    world = World()
    ThreadDriver(None, world=world).run(forked(steps(), telling))
    assert told == ["early", "late"]


def test_a_cancelled_task_ends_the_attempt_that_it_waits_for():
    armed = threading.Event()

    def send(endpoint, call):
        aborted = threading.Event()
        call.cancellation.arm(aborted.set)
        armed.set()
        return aborted.wait(SOON)

    def steps():
        return (yield Send("endpoint", GET))

    def cancelling(task):
        yield Block(lambda: armed.wait(SOON))
        task.cancel()
        return (yield from result_of(task))

    assert ThreadDriver(send).run(forked(steps(), cancelling)) is True


def test_every_attempt_of_a_task_has_the_same_cancellation_and_others_have_none():
    def steps():
        first = yield Send("endpoint", GET)
        second = yield Send("endpoint", GET)
        return first, second

    driver = ThreadDriver(lambda endpoint, call: call.cancellation)
    first, second = driver.run(forked(steps(), result_of))
    assert first is second is not None
    assert driver.run(steps()) == (None, None)


def test_a_thread_that_cannot_be_started_is_an_error_in_the_steps():
    class Full(World):
        def start(self, run):
            raise RuntimeError("can't start new thread")

    with pytest.raises(RuntimeError, match="can't start"):
        ThreadDriver(None, world=Full()).run(forked(returning(1), result_of))


def test_a_task_that_ended_keeps_nothing_alive_but_its_result():
    class Thing:
        pass

    def steps():
        thing = yield Block(Thing)
        return weakref.ref(thing), thing

    def dropping(task):
        yield from wait_for_any([task], SOON)
        yield Block(world.threads[0].join)
        return task.result()[0]

    world = World()
    gc.disable()
    try:
        assert ThreadDriver(None, world=world).run(forked(steps(), dropping))() is None
    finally:
        gc.enable()
