import math

import pytest

from ahoyhoy._core import ClientStats, Ewma, HostStats, RollingWindow
from ahoyhoy.utils import Host


def test_a_new_window_is_empty():
    assert RollingWindow(10).totals(0.0) == (0, 0)


def test_it_counts_successes_and_failures_apart():
    window = RollingWindow(10)
    for success in (True, True, False):
        window.add(0.0, success=success)
    assert window.totals(0.0) == (2, 1)


@pytest.mark.parametrize(
    ("now", "totals"),
    [(0.0, (1, 0)), (9.0, (1, 0)), (9.999, (1, 0)), (10.0, (0, 0)), (11.0, (0, 0)), (1e6, (0, 0))],
)
def test_an_outcome_at_0_is_forgotten_after_the_duration(now, totals):
    window = RollingWindow(10)
    window.add(0.0, success=True)
    assert window.totals(now) == totals


def test_the_oldest_go_first_a_tenth_of_the_duration_at_a_time():
    window = RollingWindow(10)
    for second in range(10):
        window.add(second + 0.5, success=second % 2 == 0)
    assert window.totals(9.9) == (5, 5)
    assert window.totals(10.5) == (4, 5)
    assert window.totals(11.5) == (4, 4)
    assert window.totals(18.9) == (0, 1)
    assert window.totals(19.5) == (0, 0)


def test_adding_drops_what_is_too_old():
    window = RollingWindow(10)
    window.add(0.0, success=True)
    window.add(100.0, success=False)
    assert len(window._buckets) == 1
    assert window.totals(100.0) == (0, 1)


def test_a_window_never_has_more_than_ten_buckets():
    window = RollingWindow(1)
    for tick in range(1000):
        window.add(tick / 100, success=True)
        assert len(window._buckets) <= RollingWindow.BUCKETS


def test_clear_forgets_everything():
    window = RollingWindow(10)
    window.add(0.0, success=True)
    window.clear()
    assert window.totals(0.0) == (0, 0)


def test_an_average_of_nothing_is_none():
    assert Ewma().value is None


def test_the_first_sample_is_the_average():
    average = Ewma()
    average.add(0.25, 100.0)
    assert average.value == 0.25


def test_after_the_decay_the_old_average_weighs_one_part_in_e():
    average = Ewma(decay=10.0)
    average.add(1.0, 0.0)
    average.add(0.0, 10.0)
    assert average.value == pytest.approx(math.exp(-1))


def test_the_longer_the_pause_the_less_the_past_weighs():
    def after(pause):
        average = Ewma()
        average.add(1.0, 0.0)
        average.add(0.0, pause)
        return average.value

    assert after(1000.0) < after(20.0) < after(5.0) < 1.0


def test_samples_at_one_instant_all_count():
    average = Ewma()
    average.add(1.0, 5.0)
    average.add(0.0, 5.0)
    assert average.value == pytest.approx(0.9)


def test_a_clock_that_stands_behind_the_last_sample_does_no_harm():
    average = Ewma()
    average.add(1.0, 5.0)
    average.add(0.0, 4.0)
    assert average.value == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("stats", "available"),
    [
        ({}, True),
        ({"circuit": "open", "retry_in": 2.0}, False),
        ({"circuit": "open", "retry_in": 0.0}, True),  # due for a trial
        ({"circuit": "half-open"}, False),
        ({"healthy": False}, False),
        ({"held_for": 3.0}, False),
        ({"circuit": "open", "retry_in": 0.0, "healthy": False}, False),
        ({"circuit": "open", "retry_in": 0.0, "held_for": 1.0}, False),
    ],
)
def test_a_host_is_available_when_calls_go_there(stats, available):
    assert HostStats(Host("a", 1), **stats).available is available


def test_a_client_that_did_nothing():
    stats = ClientStats()
    assert (stats.calls, stats.failures, stats.attempts, stats.denied) == (0, 0, 0, 0)
    assert (stats.hosts, stats.available, stats.retry_budget) == (0, 0, None)
