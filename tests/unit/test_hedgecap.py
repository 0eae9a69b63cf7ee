"""When a request is late, and how many hedges the calls pay for."""

import pickle
import threading

import pytest

from ahoyhoy.strategies.hedgecap import AdaptiveDelay, HedgeCap


def near(seconds):
    """As near as the classes of the histogram are wide."""
    return pytest.approx(seconds, rel=0.0501)


def taken(cap):
    """How many hedges are allowed right now; they are used up."""
    count = 0
    while cap.take():
        count += 1
    return count


# -- the cap ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("max_extra", "calls", "hedges"),
    [
        (0.25, 0, 5),  # saved up from the start
        (0.25, 1000, 5),  # no more are ever saved
        (1, 1000, 5),
    ],
)
def test_hedges_may_be_saved_up_to_five(max_extra, calls, hedges):
    cap = HedgeCap(max_extra)
    for _ in range(calls):
        cap.pay_in()
    assert taken(cap) == hedges


@pytest.mark.parametrize(
    ("max_extra", "calls", "hedges"),
    [(0.25, 3, 0), (0.25, 4, 1), (0.25, 7, 1), (0.25, 8, 2), (0.5, 4, 2), (1, 3, 3)],
)
def test_once_they_are_used_the_calls_pay_for_more(max_extra, calls, hedges):
    cap = HedgeCap(max_extra)
    taken(cap)
    for _ in range(calls):
        cap.pay_in()
    assert taken(cap) == hedges


def test_a_hedge_that_was_not_sent_is_given_back():
    cap = HedgeCap(0.25)
    taken(cap)
    cap.give_back()
    assert taken(cap) == 1


def test_what_is_given_back_meanwhile_fills_it_no_fuller_than_it_may_be():
    cap = HedgeCap(1)
    assert cap.take()
    cap.pay_in()
    cap.give_back()
    assert taken(cap) == 5


@pytest.mark.parametrize("max_extra", [0, -0.1, 1.1, float("nan"), float("inf")])
def test_a_share_that_cannot_be_is_named(max_extra):
    with pytest.raises(ValueError, match="max_extra is a share of the calls above 0, up to 1"):
        HedgeCap(max_extra)


def test_a_copy_in_another_process_counts_for_itself():
    cap = HedgeCap(0.25)
    taken(cap)
    copy = pickle.loads(pickle.dumps(cap))
    assert copy.max_extra == 0.25
    assert taken(copy) == 5


def test_many_threads_take_no_more_than_there_is():
    cap, hedges = HedgeCap(0.5), []

    def use():
        for _ in range(500):
            cap.pay_in()
            if cap.take():
                hedges.append(1)

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    # What is paid in while it is full is lost: at most the shares of the first few calls.
    assert 2000 <= len(hedges) + taken(cap) <= 2005


@pytest.mark.parametrize("make", [lambda: HedgeCap(0.5), AdaptiveDelay])
def test_a_forked_child_is_not_stuck_in_another_threads_lock(make):
    item = make()
    assert item._lock.acquire(blocking=False)
    item._after_fork()
    assert item._lock.acquire(blocking=False)


# -- the delay --------------------------------------------------------------------------------


def measured(*answers, at=0.0):
    delay = AdaptiveDelay()
    for seconds in answers:
        delay.add(seconds, at)
    return delay


@pytest.mark.parametrize(
    ("answers", "seconds"),
    [
        ([], None),
        ([0.1] * 49, None),
        ([0.1] * 50, 0.15),  # half as long again as the median
        ([0.1] * 95 + [0.9] * 5, 0.15),
        ([0.1] * 94 + [0.9] * 6, 0.9),  # the 95th percentile
        ([0.1] * 90 + [0.12] * 10, 0.15),  # jitter is not lateness
    ],
)
def test_it_is_known_after_fifty_answers(answers, seconds):
    known = measured(*answers).seconds(0.0)
    assert known is None if seconds is None else known == near(seconds)


def test_it_is_looked_at_in_each_call_until_it_is_known():
    delay = measured(*[0.1] * 49)
    assert delay.seconds(0.0) is None
    delay.add(0.1, 0.0)
    assert delay.seconds(0.0) == near(0.15)


def test_then_it_is_worked_out_once_a_second():
    delay = measured(*[0.1] * 50)
    before = delay.seconds(0.0)
    for _ in range(1000):
        delay.add(2.0, 0.5)
    assert delay.seconds(0.999) == before
    assert delay.seconds(1.0) == near(3.0)


def test_after_thirty_seconds_without_answers_it_is_not_known_any_more():
    delay = measured(*[0.1] * 50)
    assert delay.seconds(24.9) == near(0.15)
    assert delay.seconds(30.0) is None


def test_a_copy_in_another_process_measures_for_itself():
    assert pickle.loads(pickle.dumps(measured(*[0.1] * 50))).seconds(0.0) is None
