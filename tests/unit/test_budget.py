import pickle
import threading

import pytest

from ahoyhoy.retries import RetryBudget


def drawn(budget):
    """How many are allowed right now; they are used up."""
    count = 0
    while budget.withdraw():
        count += 1
    return count


@pytest.mark.parametrize(
    ("ratio", "floor", "window", "calls", "allowed"),
    [
        (0.2, 10, 10, 0, 100),  # the defaults
        (0.2, 10, 10, 100, 120),
        (0.2, 0, 10, 4, 0),
        (0.2, 0, 10, 5, 1),
        (0.2, 0, 10, 9, 1),
        (0.2, 0, 10, 10, 2),
        (0.2, 1, 1, 0, 1),
        (1, 0, 10, 7, 7),
        (0, 0, 10, 1000, 0),
        (0, 0.5, 10, 0, 5),
    ],
)
def test_a_share_of_the_calls_and_some_for_each_second(clock, ratio, floor, window, calls, allowed):
    budget = RetryBudget(ratio, floor, window, clock=clock)
    for _ in range(calls):
        budget.deposit()
    assert budget.balance == pytest.approx(allowed, abs=0.999)
    assert drawn(budget) == allowed
    assert not budget.withdraw()
    assert 0 <= budget.balance < 1


def test_the_defaults(clock):
    budget = RetryBudget(clock=clock)
    assert (budget.ratio, budget.floor, budget.window) == (0.2, 10.0, 10.0)


def test_what_was_spent_comes_back_when_the_window_has_passed(clock):
    budget = RetryBudget(0, 1, 10, clock=clock)
    assert drawn(budget) == 10
    clock.advance(9.9)
    assert drawn(budget) == 0
    clock.advance(0.1)
    assert drawn(budget) == 10


def test_calls_pay_for_as_long_as_the_window(clock):
    budget = RetryBudget(1, 0, 10, clock=clock)
    for _ in range(3):
        budget.deposit()
    clock.advance(9.9)
    assert budget.balance == 3
    clock.advance(0.1)
    assert budget.balance == 0
    assert not budget.withdraw()


def test_what_was_spent_for_calls_of_long_ago_is_a_debt(clock):
    budget = RetryBudget(1, 0, 10, clock=clock)
    for _ in range(3):
        budget.deposit()
    clock.advance(5)
    assert drawn(budget) == 3
    clock.advance(5)
    for _ in range(3):
        budget.deposit()
    assert budget.balance == 0  # three calls, three additional requests in these ten seconds
    clock.advance(5)
    assert drawn(budget) == 3


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"ratio": -0.1}, "ratio and floor"),
        ({"ratio": float("nan")}, "ratio and floor"),
        ({"ratio": float("inf")}, "ratio and floor"),
        ({"floor": -1}, "ratio and floor"),
        ({"floor": float("inf")}, "ratio and floor"),
        ({"window": 0}, "a window is seconds from"),
        ({"window": -1}, "a window"),
        ({"window": float("nan")}, "a window"),
        ({"window": float("inf")}, "a window"),
    ],
)
def test_a_wrong_setting_is_named(options, text):
    with pytest.raises(ValueError, match=text):
        RetryBudget(**options)


def test_it_shows_what_is_left(clock):
    budget = RetryBudget(0.2, 0, clock=clock)
    for _ in range(50):
        budget.deposit()
    assert repr(budget) == "<RetryBudget 0.2 of the calls and 0/s, 10 left>"


def test_a_copy_in_another_process_counts_for_itself(clock):
    budget = RetryBudget(0.5, 2, 3, clock=clock)
    drawn(budget)
    copy = pickle.loads(pickle.dumps(RetryBudget(0.5, 2, 3)))
    assert (copy.ratio, copy.floor, copy.window) == (0.5, 2, 3)
    assert copy.balance == 6


def test_a_forked_child_is_not_stuck_in_another_threads_lock(clock):
    budget = RetryBudget(clock=clock)
    budget._lock.acquire()
    budget._after_fork()
    budget.deposit()
    assert budget.withdraw()


def test_many_threads_spend_no_more_than_there_is(clock):
    budget, spent = RetryBudget(0.5, 0, clock=clock), []

    def use():
        for _ in range(500):
            budget.deposit()
            if budget.withdraw():
                spent.append(1)

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(spent) + drawn(budget) == 2000
