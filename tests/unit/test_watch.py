"""What a source is given while it is watched."""

import threading

import pytest

from ahoyhoy.http.bounds import AttemptCancelledError
from ahoyhoy.lb.providers.watching.watch import Watch


@pytest.fixture
def watch():
    return Watch()


def test_a_wait_ends_when_its_time_is_over(watch):
    assert watch.wait(0.0) is False


def test_a_wait_is_woken_once_by_all_that_woke_it(watch):
    watch.wake()
    watch.wake()
    assert watch.wait(30) is True
    assert watch.wait(0.0) is False


def test_a_wait_is_woken_by_another_thread(watch):
    threading.Timer(0.02, watch.wake).start()
    assert watch.wait() is True


def test_the_end_ends_a_wait_and_each_one_after_it(watch):
    threading.Timer(0.02, watch.end).start()
    for _ in range(2):
        with pytest.raises(AttemptCancelledError, match="nobody watches any more"):
            watch.wait(30)
    assert watch.ended


def test_the_end_aborts_what_blocks_in_a_way_of_its_own(watch):
    aborted = []
    watch.cancellation.arm(lambda: aborted.append(1))
    watch.check()
    watch.end()
    watch.end()
    assert aborted == [1]


def test_the_end_may_come_in_the_thread_that_is_inside_the_lock(watch):
    """As the garbage collector does it."""
    with watch.cancellation._lock:
        watch.end()
    assert watch.ended


def test_a_pause_is_not_cut_short_by_what_wakes_a_wait(watch):
    watch.wake()
    watch.pause(0.0)
    assert watch.wait(0.0) is True


def test_the_end_ends_a_pause(watch):
    threading.Timer(0.02, watch.end).start()
    with pytest.raises(AttemptCancelledError, match="nobody watches any more"):
        watch.pause(30)
