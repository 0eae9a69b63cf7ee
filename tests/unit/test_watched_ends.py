"""A source that tells of changes by itself: how its thread ends, and begins again."""

import gc
import pickle
import threading
import time

import pytest

from ahoyhoy.exceptions import ProviderError
from ahoyhoy.lb.providers import discoverylog
from ahoyhoy.lb.providers.known import RefusedError
from ahoyhoy.testing.clock import FakeClock
from unit.scripted_provider import A, B
from unit.scripted_source import (  # noqa: F401 - a fixture among them
    Told,
    eventually,
    hosts,
    known,
    make,
    tell,
    watched,
)


def test_closing_ends_the_thread_and_the_source_at_once(make):
    source = make([A])
    source.get_list()
    run = source._run
    source.close()
    assert not run._thread.is_alive()
    assert source._source.closed.is_set()
    source.close()
    assert known(source).error is None


def test_a_closed_one_keeps_its_list_and_may_be_used_again(make):
    source = make([A])
    source.get_list()
    source.close()
    assert known(source).hosts[0].host == A
    assert hosts(source) == [A]
    tell(source, [B])
    eventually(lambda: hosts(source) == [B])


def test_closing_does_not_wait_for_a_source_that_does_not_notice(make):
    go = threading.Event()

    class Deaf(Told):
        def watch(self, watch):
            yield [A]
            go.wait(30)

    source = watched()
    source._source = Deaf()
    source.get_list()
    run = source._run
    start = time.monotonic()
    source.close()
    assert time.monotonic() - start < 10
    go.set()
    run.join(30)
    assert run.over


def test_what_a_source_tells_after_the_end_is_not_heard(make):
    class Late(Told):
        def watch(self, watch):
            yield [A]
            watch.cancellation.arm(lambda: None)
            eventually(lambda: watch.ended)
            yield [B]

    source = watched()
    source._source = Late()
    source.get_list()
    source.close()
    assert [i.host for i in known(source).hosts] == [A]


def test_the_pause_before_the_next_watch_ends_with_the_provider(make):
    source = make([A], RefusedError("403"))
    source.get_list()
    eventually(lambda: known(source).failures)
    start = time.monotonic()
    source.close()
    assert time.monotonic() - start < 1.0


def test_the_thread_ends_with_its_provider():
    source = watched([A])
    source.get_list()
    run = source._run
    del source
    gc.collect()
    run.join(30)
    assert run.over


def test_a_provider_that_is_not_garbage_needs_no_collector():
    source = watched([A], OSError("gone"))
    source.get_list()
    listing = source._listing
    eventually(lambda: listing.known.failures)
    gc.collect()
    gc.disable()
    try:
        thread = source._run._thread
        del source  # no cycle holds it
        thread.join(30)
        assert not thread.is_alive()
    finally:
        gc.enable()


def test_a_thread_that_was_lost_is_replaced(make, monkeypatch):
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    source = make([A], ProviderError("lost"))

    def report(*_):
        raise SystemExit  # as what listens to a log may

    with monkeypatch.context() as patch:
        patch.setattr(discoverylog, "report", report)
        source.changes()
        eventually(lambda: source._run.over)
    eventually(lambda: hosts(source) == [A])
    tell(source, [B])
    eventually(lambda: hosts(source) == [B])


def test_a_thread_that_cannot_be_started_is_tried_again(make, monkeypatch):
    clock = FakeClock(100.0)
    source = make([A], clock=clock)
    real, refusals = threading.Thread.start, iter([True])

    def start(thread):
        if thread.name.startswith("ahoyhoy-watch") and next(refusals, False):
            raise RuntimeError("can't start new thread")
        real(thread)

    monkeypatch.setattr(threading.Thread, "start", start)
    with pytest.raises(ProviderError, match="can't start new thread"):
        source.get_list()
    assert source.changes() == 0
    assert source._run is None
    clock.advance(1)
    assert hosts(source) == [A]


def test_a_race_for_the_first_ask_starts_one_thread(make):
    source = make([A])

    class Racing:
        """A lock that another thread had just before."""

        def __enter__(self):
            source._lock = threading.Lock()
            source.changes()

        def __exit__(self, *_):
            pass

    source._lock = Racing()
    source.changes()
    assert hosts(source) == [A]
    assert source._source.begun == 1


def test_a_forked_child_forgets_the_thread_and_leaves_the_parents_alone(make):
    source = make([A])
    source.get_list()
    run, end = source._run, source._at_end
    source._after_fork()
    assert source._run is None
    assert known(source).hosts[0].host == A
    assert not end.alive
    assert not run.over
    make([B])._after_fork()
    run.stop()
    run.join(30)


def test_a_pickled_provider_is_its_settings_alone(make):
    class Plain(Told):
        def __init__(self):
            pass

    Plain.__qualname__ = "Plain"
    globals()["Plain"] = Plain
    source = make([A], timeout=3.0)
    source._source = Plain()
    source.changes()
    copy = pickle.loads(pickle.dumps(source))
    assert copy._timeout == 3.0
    assert copy._run is None
    assert known(copy).hosts is None
    assert repr(copy) == "<WatchedProvider told://hosts>"
    source._run.stop()
