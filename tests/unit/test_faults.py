"""Faults by chance and by the clock."""

import random
import statistics

import pytest

from ahoyhoy.testing import Reply, during, exponential, lognormal, sometimes, uniform
from ahoyhoy.testing.replies import chosen


class Draws(random.Random):
    """Chance that is written down."""

    def __init__(self, *draws):
        super().__init__()
        self.draws = list(draws)

    def random(self):
        return self.draws.pop(0)


BAD, WELL = Reply(status=503), Reply(seconds=0.1)


@pytest.mark.parametrize(
    ("share", "draw", "expected"),
    [(0.3, 0.29, BAD), (0.3, 0.3, WELL), (0, 0.0, WELL), (1, 0.999, BAD)],
)
def test_a_share_of_the_requests_gets_the_fault(share, draw, expected):
    assert chosen(sometimes(share, BAD, WELL), None, 0, Draws(draw)) is expected


@pytest.mark.parametrize(
    ("at", "expected"), [(0, WELL), (9.999, WELL), (10, BAD), (24.999, BAD), (25, WELL)]
)
def test_a_fault_lasts_from_its_begin_to_its_end(at, expected):
    assert chosen(during(10, 25, BAD, WELL), None, at, None) is expected


def test_they_nest_and_what_is_left_out_is_a_good_answer():
    reset = Reply(fault="reset")
    both = during(10, 25, sometimes(0.5, BAD), sometimes(0.1, reset))
    results = [
        chosen(both, None, at, Draws(draw))
        for at, draw in [(5, 0.05), (5, 0.5), (11, 0), (11, 0.5)]
    ]
    assert results == [reset, Reply(), BAD, Reply()]
    assert chosen(during(1, 2, BAD), None, 3, None) == Reply()


@pytest.mark.parametrize(
    ("distribution", "median"),
    [(uniform(1, 3), 2), (exponential(2), 1.386), (lognormal(2, 0.5), 2), (lognormal(2, 0), 2)],
)
def test_a_distribution_has_the_median_it_says(distribution, median):
    rng = random.Random(1)
    draws = [distribution(rng) for _ in range(4001)]
    assert min(draws) >= 0
    assert statistics.median(draws) == pytest.approx(median, rel=0.05)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: sometimes(1.1, BAD),
        lambda: sometimes(-0.1, BAD),
        lambda: during(2, 1, BAD),
        lambda: uniform(2, 1),
        lambda: uniform(-1, 1),
        lambda: exponential(0),
        lambda: lognormal(0),
        lambda: lognormal(1, -1),
    ],
)
def test_what_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match=r"not|ends before"):
        wrong()
