import math
import pickle
import time

import pytest
import urllib3

from ahoyhoy._core import Deadline, earliest


def test_it_is_so_many_seconds_from_now(clock):
    clock.advance(100)
    deadline = Deadline.after(2.5, clock)
    assert deadline.at == 102.5
    assert deadline.remaining() == 2.5
    clock.advance(2)
    assert deadline.remaining() == 0.5


@pytest.mark.parametrize("over", [0.0, 0.1, 1000.0])
def test_nothing_is_left_once_it_has_passed(clock, over):
    deadline = Deadline.after(1, clock)
    clock.advance(1 + over)
    assert deadline.remaining() == 0.0
    assert deadline.is_too_near


@pytest.mark.parametrize(
    ("left", "too_near"), [(0.0, True), (0.001, True), (0.005, True), (0.0051, False), (1, False)]
)
def test_within_5_ms_no_request_can_come_back(clock, left, too_near):
    assert Deadline.after(left, clock).is_too_near is too_near


@pytest.mark.parametrize(
    "seconds", [-1, -0.001, math.inf, -math.inf, math.nan, True, False, None, "2", [1], 1j]
)
def test_what_is_no_finite_number_of_seconds_is_refused(clock, seconds):
    with pytest.raises(ValueError, match="a deadline is seconds from 0 up to"):
        Deadline.after(seconds, clock)


@pytest.mark.parametrize(
    ("timeout", "clipped"),
    [
        (None, 2.0),
        (1, 1),
        (5, 2.0),
        (2.0, 2.0),
        ((1, 5), (1, 2.0)),
        ((5, 1), (2.0, 1)),
        ((None, 5), (2.0, 2.0)),
        ((1, None), (1, 2.0)),
        ((None, None), (2.0, 2.0)),
    ],
)
def test_a_timeout_is_no_longer_than_what_is_left(clock, timeout, clipped):
    assert Deadline.after(2, clock).clip(timeout) == clipped


def test_a_timeout_is_never_0_which_would_mean_not_to_wait_at_all(clock):
    deadline = Deadline.after(0, clock)
    assert deadline.clip(None) == deadline.clip(5) == 0.001
    assert deadline.clip((5, None)) == (0.001, 0.001)


@pytest.mark.parametrize("timeout", [urllib3.Timeout(connect=1, read=2), "5", (1, 2, 3)], ids=repr)
def test_a_timeout_of_another_kind_stays_as_it_is(clock, timeout):
    assert Deadline.after(2, clock).clip(timeout) is timeout


def test_the_earliest_counts(clock):
    first, second = Deadline.after(1, clock), Deadline.after(2, clock)
    assert earliest(second, None, first) is first
    assert earliest(None, second) is second
    assert earliest(None, None) is None
    assert earliest() is None


def test_it_is_a_value(clock):
    assert Deadline.after(1, clock) == Deadline(1.0, time.monotonic)
    assert "clock" not in repr(Deadline.after(1, clock))
    with pytest.raises(AttributeError):
        Deadline.after(1, clock).at = 2
    deadline = Deadline.after(60, time.monotonic)
    assert pickle.loads(pickle.dumps(deadline)) == deadline
