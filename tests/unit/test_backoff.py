import pickle
import random

import pytest

from ahoyhoy.retries import ExponentialBackoff, FullJitterBackoff


class Draws:
    """Remembers the ranges it drew from, and returns their upper ends."""

    def __init__(self):
        self.ranges = []
        self.seeded = 0

    def uniform(self, low, high):
        self.ranges.append((low, high))
        return high

    def seed(self):
        self.seeded += 1


def test_full_jitter_draws_between_nothing_and_a_doubling_limit():
    draws = Draws()
    backoff = FullJitterBackoff(rng=draws)
    pauses = [backoff.delay(failures) for failures in range(1, 9)]
    assert pauses == [0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.0, 1.0]
    assert draws.ranges == [(0.0, pause) for pause in pauses]


def test_full_jitter_with_limits_of_its_own():
    backoff = FullJitterBackoff(0.5, 1.5, rng=Draws())
    assert [backoff.delay(n) for n in (1, 2, 3)] == [0.5, 1.0, 1.5]
    assert FullJitterBackoff(0, 0).delay(1) == 0


def test_full_jitter_by_default_differs_between_two():
    first, second = FullJitterBackoff(), FullJitterBackoff()
    assert [first.delay(9) for _ in range(9)] != [second.delay(9) for _ in range(9)]


def test_exponential_is_that_of_urllib3():
    backoff = ExponentialBackoff(0.1)
    assert [backoff.delay(n) for n in (1, 2, 3, 4)] == pytest.approx([0, 0.2, 0.4, 0.8])
    assert backoff.delay(50) == 120


def test_exponential_adds_jitter_below_its_cap():
    draws = Draws()
    backoff = ExponentialBackoff(1, 5, 0.5, rng=draws)
    assert [backoff.delay(n) for n in (1, 2, 3, 4)] == [0.0, 2.5, 4.5, 5]
    assert set(draws.ranges) == {(0.0, 0.5)}


@pytest.mark.parametrize("make", [FullJitterBackoff, ExponentialBackoff])
@pytest.mark.parametrize("failures", [1, 2, 64, 2000, 10**9])
def test_no_number_of_failures_is_too_many(make, failures):
    assert 0 <= make(0.1, 1.0).delay(failures) <= 1.0


@pytest.mark.parametrize("make", [FullJitterBackoff, ExponentialBackoff])
@pytest.mark.parametrize(
    ("first", "cap"), [(-0.1, 1), (2, 1), (float("nan"), 1), (0.1, float("nan")), (0.1, -1)]
)
def test_a_pause_starts_from_0_and_ends_at_its_cap(make, first, cap):
    with pytest.raises(ValueError, match="from 0 up and ends at its cap"):
        make(first, cap)


@pytest.mark.parametrize(
    "backoff", [FullJitterBackoff(0.3, 2), ExponentialBackoff(0.3, 2, 0.1)], ids=repr
)
def test_a_pickled_copy_has_the_same_settings_and_its_own_chance(backoff):
    backoff._rng.seed(1)
    copy = pickle.loads(pickle.dumps(backoff))
    settings = {name: value for name, value in vars(backoff).items() if name != "_rng"}
    assert settings == {name: value for name, value in vars(copy).items() if name != "_rng"}
    assert copy._rng.random() != random.Random(1).random()


@pytest.mark.parametrize("make", [FullJitterBackoff, ExponentialBackoff])
def test_a_forked_child_draws_pauses_of_its_own(make):
    draws = Draws()
    make(0.1, rng=draws)._after_fork()
    assert draws.seeded == 1
