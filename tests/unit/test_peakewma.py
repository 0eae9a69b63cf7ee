import math

import pytest

from ahoyhoy.lb.peakewma import PeakEwma

E = math.e


def measured(seconds=0.1, now=0.0):
    latency = PeakEwma()
    for _ in range(2):  # of the first one, a part is the connection's
        latency.answered(seconds, now)
    return latency


def test_a_host_that_never_answered_has_no_peak():
    assert PeakEwma().peak is None
    assert PeakEwma().seconds(5.0) == 0.0


@pytest.mark.parametrize(
    ("at", "seconds", "expected"),
    [
        (0.0, 0.3, 0.3),  # up at once
        (10.0, 0.3, 0.3),
        (0.0, 0.02, 0.1),  # down only with time
        (10.0, 0.02, 0.02 + 0.08 / E),
        (20.0, 0.02, 0.02 + 0.08 / E**2),
    ],
)
def test_a_slower_answer_counts_at_once_and_a_faster_one_bit_by_bit(at, seconds, expected):
    latency = measured(0.1)
    latency.answered(seconds, at)
    assert latency.peak == pytest.approx(expected)


def test_the_second_answer_replaces_the_first_which_took_a_connection_to_be_made():
    latency = PeakEwma()
    assert not latency.is_known
    latency.answered(0.3, 0.0)
    assert not latency.is_known
    latency.answered(0.01, 0.1)
    assert latency.is_known
    assert latency.peak == 0.01


def test_a_failure_and_a_stopped_attempt_make_a_host_known_at_once():
    for tell in (PeakEwma.failed, PeakEwma.abandoned):
        latency = PeakEwma()
        tell(latency, 0.2, 0.0)
        assert latency.is_known


@pytest.mark.parametrize(("now", "seconds"), [(3.0, 0.1), (13.0, 0.1 / E), (33.0, 0.1 / E**3)])
def test_time_forgives(now, seconds):
    assert measured(0.1, 3.0).seconds(now) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("before", "elapsed", "expected"),
    [
        (0.01, 0.001, 5.0),  # the penalty
        (0.01, 7.0, 7.0),  # it took longer, or asked for longer
        (4.0, 0.001, 8.0),  # twice as slow as it was
        (0.01, 86400.0, 300.0),
        (200.0, 1.0, 300.0),
    ],
)
def test_a_failure_counts_as_a_slow_answer(before, elapsed, expected):
    latency = measured(before)
    latency.failed(elapsed, 0.0)
    assert latency.peak == expected


def test_failures_for_ever_stay_finite():
    latency = PeakEwma()
    for _ in range(5000):
        latency.failed(0.001, 0.0)
    assert latency.seconds(1e6) >= 0.0


def test_the_first_answer_after_a_failure_is_all_that_counts():
    latency = measured(0.2)
    latency.failed(0.001, 1.0)
    latency.answered(0.02, 2.0)
    assert latency.peak == 0.02
    latency.answered(0.01, 2.0)
    assert latency.peak == 0.02


def test_the_first_answer_to_a_probe_is_all_that_counts():
    latency = measured(0.2)
    latency.probe(0.025)
    latency.answered(0.02, 2.0)
    assert latency.peak == 0.02


@pytest.mark.parametrize(
    ("seconds", "at", "expected"),
    [(0.3, 0.0, 0.3), (0.05, 0.0, 0.1), (0.05, 10.0, 0.05), (0.03, 10.0, 0.1 / E)],
)
def test_an_attempt_that_was_stopped_is_a_lower_bound(seconds, at, expected):
    latency = measured(0.1)
    latency.abandoned(seconds, at)
    assert latency.seconds(at) == pytest.approx(expected)


def test_an_attempt_that_was_stopped_tells_something_of_a_host_that_never_answered():
    latency = PeakEwma()
    latency.abandoned(0.05, 0.0)
    assert latency.peak == 0.05


@pytest.mark.parametrize(
    ("last", "used_at", "now", "rested"),
    [
        (0.0, None, 2.9, False),
        (0.0, None, 3.0, True),
        (0.0, 1.0, 3.9, False),
        (0.0, 1.0, 4.0, True),
        (9.0, 1.0, 11.9, False),  # the answer came late
    ],
)
def test_a_host_has_rested_three_seconds_after_it_was_last_used_or_heard_from(
    last, used_at, now, rested
):
    assert measured(0.1, last).rested(now, used_at) is rested


def pause_of(latency):
    """After how many seconds the host has rested."""
    last = latency.last
    return next(n for n in range(1, 100) if latency.rested(last + n, None))


def probed(latency, seconds, limit=0.02):
    latency.probe(limit)
    latency.answered(seconds, latency.last + 1)
    return pause_of(latency)


def test_the_rest_of_a_host_that_stays_slow_doubles_up_to_a_minute():
    latency = measured()
    assert [probed(latency, 0.2) for _ in range(6)] == [6, 12, 24, 48, 60, 60]


def test_the_rest_is_short_again_once_it_is_fast():
    latency = measured()
    assert [probed(latency, s) for s in (0.2, 0.2, 0.02, 0.2)] == [6, 12, 3, 6]


def test_an_answer_without_a_probe_shortens_the_rest_but_never_doubles_it():
    latency = measured()
    assert probed(latency, 0.2) == 6
    latency.answered(0.2, 5.0)
    assert pause_of(latency) == 6
    latency.answered(0.01, 6.0)
    assert pause_of(latency) == 3


def test_a_failure_leaves_the_rest_to_the_circuit():
    latency = measured()
    assert probed(latency, 0.2) == 6
    latency.probe(0.02)
    latency.failed(1.0, 5.0)
    assert pause_of(latency) == 3
    latency.answered(0.2, 6.0)  # no probe any more
    assert pause_of(latency) == 3


def test_a_probe_that_was_not_sent_changes_nothing():
    latency = measured(0.1)
    latency.probe(0.02)
    latency.spare()
    latency.answered(0.05, 0.0)
    assert latency.peak == 0.1
    assert pause_of(latency) == 3


@pytest.mark.parametrize(("seconds", "pause"), [(0.15, 6), (0.015, 3)])
def test_a_probe_that_was_stopped_says_that_the_host_is_slow_if_it_took_long_enough(seconds, pause):
    latency = measured(0.1)
    latency.probe(0.02)
    latency.abandoned(seconds, 0.0)
    assert pause_of(latency) == pause
    latency.answered(0.01, 0.0)
    assert latency.peak == max(0.1, seconds)  # the probe is over
