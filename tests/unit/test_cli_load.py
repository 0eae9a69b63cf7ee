"""The demo's load: bounded, counted, ended."""

import threading

import pytest

from ahoyhoy.cli.load import Load, Seen


def run(call, *, enough, threads=2):
    with Load(call, rate=1000, threads=threads) as load:
        assert enough.wait(30)
    return load.seen()


def test_calls_come_from_all_threads_and_end_with_the_block():
    names, enough = set(), threading.Event()

    def call():
        names.add(threading.current_thread().name)
        if len(names) == 3:
            enough.set()

    seen = run(call, enough=enough, threads=3)
    assert names == {"load-0", "load-1", "load-2"}
    assert seen.calls >= 3
    assert not [t for t in threading.enumerate() if t.name.startswith("load-")]


def test_failures_are_counted_and_the_first_ten_kept():
    enough = threading.Event()
    turns = iter(range(10**6))

    def call():
        turn = next(turns)
        if turn == 20:
            enough.set()
        raise ValueError("broken")

    seen = run(call, enough=enough, threads=1)
    assert seen.calls == seen.failures >= 21
    assert seen.errors == ("ValueError: broken",) * 10


def test_calls_that_succeed_are_no_failures():
    enough = threading.Event()
    assert run(enough.set, enough=enough).failures == 0


@pytest.mark.parametrize(("late", "waits"), [(0.0, 0.5), (0.3, 0.2), (0.9, 0.0)])
def test_a_turn_is_waited_for_from_the_start_and_not_from_the_last_call(late, waits):
    clock = iter([0.0, 0.0, late])
    waited = []

    class Done:
        def wait(self, seconds):
            waited.append(seconds)
            return len(waited) == 2

    load = Load(lambda: None, rate=2, threads=1, clock=lambda: next(clock))
    load._done = Done()
    load._run(0.0)
    assert waited == [0.0, pytest.approx(waits)]
    assert load.seen() == Seen(1, 0, ())
