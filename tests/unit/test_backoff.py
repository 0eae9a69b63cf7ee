import pickle
import random

import pytest

from ahoyhoy.retries import (
    ConstantBackoff,
    DecorrelatedJitterBackoff,
    EqualJitterBackoff,
    ExponentialBackoff,
    FullJitterBackoff,
    LinearBackoff,
)
from ahoyhoy.strategies import linear_delays

CAPPED = [ExponentialBackoff, FullJitterBackoff, EqualJitterBackoff, DecorrelatedJitterBackoff]
DRAWN = [*CAPPED, LinearBackoff]


class Draws:
    """Remembers the ranges it drew from, and returns their upper ends, or their lower ones."""

    def __init__(self, end=1):
        self.ranges = []
        self.seeded = 0
        self._end = end

    def uniform(self, low, high):
        self.ranges.append((low, high))
        return (low, high)[self._end]

    def seed(self):
        self.seeded += 1


def pauses(backoff, number):
    return [backoff.delay(failures) for failures in range(1, number + 1)]


def test_constant_is_the_same_each_time():
    assert pauses(ConstantBackoff(), 3) == [0.0] * 3
    assert pauses(ConstantBackoff(1.5), 3) == [1.5] * 3


def test_linear_grows_by_the_same_amount():
    assert pauses(LinearBackoff(jitter=0), 4) == pytest.approx([0.05, 0.1, 0.15, 0.2])
    assert pauses(LinearBackoff(1, 0.5, 0), 3) == [1.5, 2.0, 2.5]
    assert pauses(LinearBackoff(1, 0, 0), 3) == [1, 1, 1]


def test_linear_is_longer_or_shorter_by_a_share():
    high, low = Draws(), Draws(0)
    assert pauses(LinearBackoff(1, 1, 0.2, rng=high), 2) == pytest.approx([2.4, 3.6])
    assert pauses(LinearBackoff(1, 1, 0.2, rng=low), 2) == pytest.approx([1.6, 2.4])
    assert high.ranges == low.ranges == [(-0.2, 0.2)] * 2
    assert pauses(LinearBackoff(1, 1, 1, rng=Draws(0)), 2) == [0, 0]


def test_linear_delays_are_those_of_linear_backoff():
    delays = linear_delays(1, 0.5, 0.1)
    assert isinstance(delays, LinearBackoff)
    assert (delays.minimum, delays.multiplier, delays.jitter) == (1, 0.5, 0.1)
    assert repr(linear_delays()) == "LinearBackoff(0.0, 0.05, 0.2)"


def test_exponential_doubles_up_to_its_cap():
    assert pauses(ExponentialBackoff(), 4) == pytest.approx([0.1, 0.2, 0.4, 0.8])
    assert ExponentialBackoff().delay(50) == 120
    assert pauses(ExponentialBackoff(1, 50, factor=3), 5) == [1, 3, 9, 27, 50]
    assert pauses(ExponentialBackoff(1, 50, factor=1), 3) == [1, 1, 1]


def test_exponential_adds_jitter_below_its_cap():
    draws = Draws()
    assert pauses(ExponentialBackoff(1, 5, 0.5, rng=draws), 4) == [1.5, 2.5, 4.5, 5]
    assert set(draws.ranges) == {(0.0, 0.5)}


def test_full_jitter_draws_between_nothing_and_a_doubling_limit():
    draws = Draws()
    limits = [0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.0, 1.0]
    assert pauses(FullJitterBackoff(rng=draws), 8) == limits
    assert draws.ranges == [(0.0, limit) for limit in limits]


def test_full_jitter_with_limits_of_its_own():
    assert pauses(FullJitterBackoff(0.5, 1.5, rng=Draws()), 3) == [0.5, 1.0, 1.5]
    assert FullJitterBackoff(0, 0).delay(1) == 0


def test_equal_jitter_draws_the_upper_half_of_a_doubling_limit():
    high = Draws()
    assert pauses(EqualJitterBackoff(1, 5, rng=high), 4) == [1, 2, 4, 5]
    assert high.ranges == [(0.0, 0.5), (0.0, 1.0), (0.0, 2.0), (0.0, 2.5)]
    assert pauses(EqualJitterBackoff(1, 5, rng=Draws(0)), 4) == [0.5, 1, 2, 2.5]


def test_decorrelated_jitter_draws_up_to_three_times_the_pause_before():
    high = Draws()
    assert DecorrelatedJitterBackoff(1, 50, rng=high).delay(5) == 50
    assert high.ranges == [(1, 3.0), (1, 9.0), (1, 27.0), (1, 81.0), (1, 150.0)]
    assert pauses(DecorrelatedJitterBackoff(1, 50, rng=Draws()), 4) == [3, 9, 27, 50]
    assert pauses(DecorrelatedJitterBackoff(1, 50, rng=Draws(0)), 4) == [1, 1, 1, 1]
    assert DecorrelatedJitterBackoff(0, 0).delay(3) == 0


@pytest.mark.parametrize("make", DRAWN)
def test_by_default_two_of_a_kind_differ(make):
    jitter = {"jitter": 0.5} if make in (LinearBackoff, ExponentialBackoff) else {}
    first, second = make(**jitter), make(**jitter)
    assert pauses(first, 9) != pauses(second, 9)


@pytest.mark.parametrize("make", CAPPED)
@pytest.mark.parametrize("failures", [1, 2, 64, 2000, 10**9])
def test_no_number_of_failures_is_too_many(make, failures):
    assert 0 <= make(0.1, 1.0).delay(failures) <= 1.0


@pytest.mark.parametrize("make", CAPPED)
@pytest.mark.parametrize(
    ("first", "cap"), [(-0.1, 1), (2, 1), (float("nan"), 1), (0.1, float("nan")), (0.1, -1)]
)
def test_a_pause_starts_from_0_and_ends_at_its_cap(make, first, cap):
    with pytest.raises(ValueError, match="from 0 up and ends at its cap"):
        make(first, cap)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: ConstantBackoff(-1), "from 0 up"),
        (lambda: ConstantBackoff(float("nan")), "from 0 up"),
        (lambda: ConstantBackoff(float("inf")), "from 0 up"),
        (lambda: LinearBackoff(-1), "from 0 up"),
        (lambda: LinearBackoff(0, -1), "from 0 up"),
        (lambda: LinearBackoff(jitter=-0.1), "jitter is a share from 0 to 1"),
        (lambda: LinearBackoff(jitter=1.1), "jitter is a share from 0 to 1"),
        (lambda: ExponentialBackoff(jitter=-0.1), "from 0 up"),
        (lambda: ExponentialBackoff(factor=0.9), "factor is a number from 1 to 10"),
        (lambda: ExponentialBackoff(factor=11), "factor is a number from 1 to 10"),
        (lambda: ExponentialBackoff(factor=float("nan")), "factor is a number from 1 to 10"),
    ],
)
def test_a_number_out_of_range_is_named(make, text):
    with pytest.raises(ValueError, match=text):
        make()


@pytest.mark.parametrize(
    "backoff",
    [
        LinearBackoff(0.3, 2, 0.1),
        ExponentialBackoff(0.3, 2, 0.1, 3),
        FullJitterBackoff(0.3, 2),
        EqualJitterBackoff(0.3, 2),
        DecorrelatedJitterBackoff(0.3, 2),
    ],
    ids=repr,
)
def test_a_pickled_copy_has_the_same_settings_and_its_own_chance(backoff):
    backoff._rng.seed(1)
    copy = pickle.loads(pickle.dumps(backoff))
    settings = {name: value for name, value in vars(backoff).items() if name != "_rng"}
    assert settings == {name: value for name, value in vars(copy).items() if name != "_rng"}
    assert copy._rng.random() != random.Random(1).random()
    assert repr(copy) == repr(backoff)


def test_a_pickled_constant_is_the_same():
    assert repr(pickle.loads(pickle.dumps(ConstantBackoff(0.5)))) == "ConstantBackoff(0.5)"


@pytest.mark.parametrize("make", DRAWN)
def test_a_forked_child_draws_pauses_of_its_own(make):
    draws = Draws()
    make(0.1, rng=draws)._after_fork()
    assert draws.seeded == 1
