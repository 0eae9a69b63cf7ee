import math

import pytest

from ahoyhoy._core import LatencyWindow


def near(seconds):
    """As near as the classes of the histogram are wide."""
    return pytest.approx(seconds, rel=0.0501)


def test_an_empty_window_has_no_answers():
    assert LatencyWindow().percentiles((0.5, 0.95), 0.0) == (0, (0.0, 0.0))


@pytest.mark.parametrize("seconds", [0.0001, 0.001, 0.017, 0.2, 1.0, 30.0, 3600.0])
def test_one_answer_is_every_percentile(seconds):
    window = LatencyWindow()
    window.add(seconds, 0.0)
    number, shares = window.percentiles((0.01, 0.5, 0.99, 1.0), 0.0)
    assert number == 1
    assert list(shares) == [near(seconds)] * 4


@pytest.mark.parametrize("seconds", [0.0, -1.0, 1e-9])
def test_what_took_no_time_counts_as_a_microsecond(seconds):
    window = LatencyWindow()
    window.add(seconds, 0.0)
    assert window.percentiles((0.5,), 0.0) == (1, (near(1e-6),))


def test_percentiles_of_a_hundred_answers():
    window = LatencyWindow()
    for number in range(100, 0, -1):
        window.add(number / 100, 5.0)
    number, (p1, p50, p95, p100) = window.percentiles((0.01, 0.5, 0.95, 1.0), 5.0)
    assert number == 100
    assert [p1, p50, p95, p100] == [near(0.01), near(0.5), near(0.95), near(1.0)]


def test_a_percentile_is_never_below_the_true_one():
    window = LatencyWindow()
    for number in range(1, 200):
        window.add(1.0 + number / 200, 0.0)
    assert window.percentiles((0.5,), 0.0)[1][0] >= 1.5 * 0.999999


@pytest.mark.parametrize(
    ("at", "now", "number"),
    [
        (0.0, 0.0, 1),
        (0.0, 29.9, 1),
        (0.0, 30.0, 0),
        (4.9, 29.9, 1),
        (4.9, 30.0, 0),  # its slot of five seconds goes as a whole
        (5.0, 34.9, 1),
        (5.0, 35.0, 0),
        (-0.1, 24.9, 1),
        (-0.1, 25.0, 0),
        (0.0, 1e9, 0),
    ],
)
def test_an_answer_counts_for_25_to_30_seconds(at, now, number):
    window = LatencyWindow()
    window.add(1.0, at)
    assert window.percentiles((0.5,), now)[0] == number


def test_a_window_of_another_length():
    window = LatencyWindow(6.0)
    for second in range(10):
        window.add(2.0**second, float(second))
    number, (p50,) = window.percentiles((0.5,), 9.5)
    assert number == 6
    assert p50 == near(2.0**6)


def test_old_answers_take_no_room():
    window = LatencyWindow()
    for tick in range(5000):
        window.add(0.1, tick / 10)
        assert len(window._counts) <= 6


def test_a_clock_that_stands_behind_the_last_answer_does_no_harm():
    window = LatencyWindow()
    window.add(1.0, 100.0)
    window.add(1.0, 90.0)
    number, (p100,) = window.percentiles((1.0,), 100.0)
    assert number == 2
    assert math.isclose(p100, 1.0, rel_tol=0.0501)
