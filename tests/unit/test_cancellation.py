import threading

import pytest

from ahoyhoy._core import Cancellation


@pytest.fixture
def cancellation():
    return Cancellation()


@pytest.fixture
def aborts():
    return []


def test_a_new_one_is_not_cancelled(cancellation):
    assert cancellation.cancelled is False


@pytest.mark.parametrize(
    ("steps", "aborted"),
    [
        ("cancel", 0),
        ("arm", 0),
        ("arm cancel", 1),
        ("cancel arm", 1),
        ("arm cancel cancel", 1),
        ("arm disarm cancel", 0),
        ("arm disarm", 0),
        ("disarm cancel", 0),
        ("arm cancel arm", 2),  # the next wait ends too
        ("arm arm cancel", 1),
        ("arm cancel disarm cancel", 1),
        ("cancel arm disarm arm", 2),
    ],
)
def test_it_ends_the_wait_that_is_armed_and_no_other(cancellation, aborts, steps, aborted):
    for step in steps.split():
        if step == "arm":
            cancellation.arm(lambda: aborts.append(1))
        else:
            getattr(cancellation, step)()
    assert len(aborts) == aborted
    assert cancellation.cancelled is ("cancel" in steps.split())


def test_the_last_wait_that_was_armed_is_the_one_that_ends(cancellation, aborts):
    cancellation.arm(lambda: aborts.append("first"))
    cancellation.arm(lambda: aborts.append("second"))
    cancellation.cancel()
    assert aborts == ["second"]


def test_it_is_cancelled_by_the_time_the_wait_ends(cancellation, aborts):
    cancellation.arm(lambda: aborts.append(cancellation.cancelled))
    cancellation.cancel()
    assert aborts == [True]


def test_whoever_disarmed_knows_that_no_abort_comes_any_more(cancellation):
    """An abort under way is waited for: afterwards the socket may carry another request."""
    inside, go_on, disarmed = threading.Event(), threading.Event(), threading.Event()

    def abort():
        inside.set()
        assert go_on.wait(60)

    def disarm():
        cancellation.disarm()
        disarmed.set()

    cancellation.arm(abort)
    threads = [threading.Thread(target=cancellation.cancel), threading.Thread(target=disarm)]
    threads[0].start()
    assert inside.wait(60)
    threads[1].start()
    assert not disarmed.wait(0.05)
    go_on.set()
    assert disarmed.wait(60)
    for thread in threads:
        thread.join(60)


def test_an_abort_that_raises_leaves_no_lock_behind(cancellation, aborts):
    def abort():
        raise OSError("not connected")

    cancellation.arm(abort)
    with pytest.raises(OSError, match="not connected"):
        cancellation.cancel()
    cancellation.arm(lambda: aborts.append(1))
    assert aborts == [1]
