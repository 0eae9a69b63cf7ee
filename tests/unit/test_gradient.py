import pytest

from ahoyhoy._core import Judgement, Outcome, Verdict
from ahoyhoy.lb import Gradient2
from ahoyhoy.lb.gradient import GradientLimit

GOOD = Judgement(Verdict.ACCEPTED)


def limit(*elapsed, in_flight=100, judgement=GOOD, **settings):
    found = GradientLimit(Gradient2(**settings))
    for seconds in elapsed:
        found.observe(Outcome(judgement, elapsed=seconds), in_flight)
    return found.value


def test_the_limit_at_the_start_is_the_initial_one():
    assert limit() == 20
    assert limit(initial=50) == 50


@pytest.mark.parametrize(
    ("elapsed", "value"),
    [
        # gradient 1, hence a fifth of (20 + 4) and four fifths of 20
        ((0.1,), 20.8),
        ((0.1, 0.1), 21.6),
        # the mean of the first ones is 0.2, 1.5 of which are the latency: still 1
        ((0.1, 0.3), 21.6),
        # mean 0.52: 0.78 / 0.94; 20.8 x 0.8 + (20.8 x 0.8298 + 4) x 0.2
        ((0.1, 0.94), 20.8 * 0.8 + (20.8 * 0.78 / 0.94 + 4) * 0.2),
    ],
)
def test_it_follows_the_quotient_of_the_long_run_and_now(elapsed, value):
    assert limit(*elapsed) == pytest.approx(value)


def test_it_shrinks_at_most_by_half_of_a_fifth_at_a_time():
    before = limit(*[0.1] * 10, initial=100)
    assert limit(*[0.1] * 10, 50.0, initial=100) == pytest.approx(before * 0.9 + 0.8)


def test_a_steady_latency_lets_it_grow_to_the_maximum_and_an_overload_shrink_to_the_minimum():
    assert limit(*[0.1] * 2000) == 200
    # Each sample is worse than the one before, so the long run never catches up.
    assert limit(*[0.001 * 1.05**n for n in range(400)], initial=200) == pytest.approx(40, abs=21)
    assert limit(*[0.1] * 10, *[100.0] * 30, initial=25) == 20


def test_under_little_load_it_only_learns_the_latency():
    assert limit(*[0.1] * 50, in_flight=9) == 20
    assert limit(*[0.1] * 50, in_flight=10) > 20


def test_after_an_overload_the_long_run_is_forgotten_sooner():
    slow = GradientLimit(Gradient2())
    for seconds in [1.0] * 10 + [0.1] * 100:
        slow.observe(Outcome(GOOD, elapsed=seconds), 0)
    assert slow._long < 0.25


@pytest.mark.parametrize(
    ("judgement", "counts"),
    [
        (Judgement(Verdict.UNSENT, refused=True), False),
        (Judgement(Verdict.RETRYABLE, "connection reset"), False),
        (Judgement(Verdict.RETRYABLE, "read timeout", slow=True), True),
        (Judgement(Verdict.RETRYABLE, "HTTP 503", answered=True), True),
        (Judgement(Verdict.IGNORED, abandoned=True), True),
    ],
)
def test_only_what_took_the_hosts_time_counts(judgement, counts):
    assert (limit(0.1, judgement=judgement) > 20) is counts


@pytest.mark.parametrize(
    "wrong",
    [{"minimum": 0}, {"initial": 10}, {"maximum": 10}, {"initial": 20.5}, {"minimum": True}],
)
def test_settings_that_cannot_be_are_refused(wrong):
    with pytest.raises(ValueError, match="1 <= minimum <= initial <= maximum, not"):
        Gradient2(**wrong)
