"""What is known of a watched source: each answer and failure, by hand."""

import math

import pytest

from ahoyhoy.exceptions import ProviderError
from ahoyhoy.lb.providers.known import Polled, RefusedError, Watched
from ahoyhoy.utils import Host, Instance

A, B = Instance(Host("a", 1)), Instance(Host("b", 1))
GONE = OSError("gone")
GRACE = 30.0


@pytest.fixture
def one():
    """One host, since 100."""
    return Watched().answered((A,), 100.0, GRACE)


def test_each_other_list_is_a_change_and_the_same_one_a_confirmation(one):
    assert (one.hosts, one.changes, one.confirmed) == ((A,), 1, 100.0)
    same = one.answered((A,), 101.0, GRACE)
    assert (same.changes, same.confirmed) == (1, 101.0)
    assert same.answered((A, B), 102.0, GRACE).changes == 2
    assert same.answered((Instance(A.host, weight=2),), 102.0, GRACE).changes == 2


@pytest.mark.parametrize(
    ("draw", "pauses"),
    [
        (0.0, [0.1, 0.2, 0.4, 0.4, 0.4]),
        (0.5, [0.55, 1.1, 2.2, 2.2, 2.2]),
        (1.0, [1.0, 2.0, 4.0, 4.0, 4.0]),
    ],
)
def test_pauses_double_up_to_four_seconds_with_chance_from_the_first_on(one, draw, pauses):
    now, seen = 100.0, []
    for _ in pauses:
        one = one.failed(GONE, now, draw)
        seen.append(one.due - now)
        now = one.due
    assert seen == pytest.approx(pauses)


@pytest.mark.parametrize(
    ("outage", "longest"), [(0, 4), (30, 4), (32, 4), (80, 10), (240, 30), (10_000, 30)]
)
def test_after_a_long_outage_the_pause_is_an_eighth_of_it(one, outage, longest):
    for _ in range(5):
        one = one.failed(GONE, 100.0, 1.0)
    assert one.failed(GONE, 100.0 + outage, 1.0).due == 100.0 + outage + longest


def test_many_failures_do_not_overflow(one):
    for _ in range(2000):
        one = one.failed(GONE, 100.0, 1.0)
    assert one.due == 104.0


def test_a_refusal_is_tried_again_slowly(one):
    assert one.failed(RefusedError("403"), 100.0, 0.0).due == pytest.approx(103.0)
    assert one.failed(RefusedError("403"), 100.0, 1.0).due == 130.0


def test_an_answer_ends_the_outage(one):
    for _ in range(5):
        one = one.failed(GONE, 200.0, 1.0)
    assert one.stale_for(200.0) == 100.0
    one = one.answered((A,), 300.0, GRACE)
    assert one.stale_for(300.0) == 0.0
    assert one.failed(GONE, 400.0, 1.0).due == 401.0


def test_the_last_good_list_survives_failures(one):
    broken = one.failed(GONE, 200.0, 0.5)
    assert (broken.hosts, broken.changes, broken.error) == ((A,), 1, GONE)


def test_an_empty_answer_is_believed_when_the_grace_is_over(one):
    doubted = one.answered((), 110.0, GRACE)
    assert doubted.hosts == (A,)
    assert doubted.stale_for(115.0) == 15.0
    assert "the answer has no hosts" in str(doubted.error)
    assert doubted.settled(139.9, GRACE) is doubted
    believed = doubted.settled(140.0, GRACE)
    assert (believed.hosts, believed.changes, believed.stale_for(150.0)) == ((), 2, 0.0)


def test_an_empty_answer_that_is_repeated_is_doubted_from_the_first_on(one):
    doubted = one.answered((), 110.0, GRACE).answered((), 139.0, GRACE)
    assert doubted.hosts == (A,)
    assert doubted.answered((), 140.0, GRACE).hosts == ()


def test_hosts_end_the_doubt(one):
    sure = one.answered((), 110.0, GRACE).answered((A,), 120.0, GRACE)
    assert sure.settled(1000.0, GRACE) is sure
    assert sure.changes == 1


def test_a_source_that_comes_back_empty_from_an_outage_is_doubted_anew(one):
    broken = one.answered((), 110.0, GRACE).failed(GONE, 120.0, 0.5)
    assert broken.settled(1000.0, GRACE).hosts == (A,)
    back = broken.answered((), 200.0, GRACE)
    assert back.settled(229.0, GRACE).hosts == (A,)
    assert back.settled(230.0, GRACE).hosts == ()


def test_without_grace_an_empty_answer_is_believed_at_once(one):
    assert one.answered((), 110.0, 0.0).hosts == ()


def test_with_endless_grace_it_never_is(one):
    assert one.answered((), 110.0, math.inf).settled(1e9, math.inf).hosts == (A,)


def test_a_first_answer_without_hosts_is_a_list(one):
    first = Watched().answered((), 100.0, GRACE)
    assert (first.hosts, first.changes) == ((), 1)


def test_a_first_answer_that_says_why_there_are_no_hosts_is_an_error_until_there_are(one):
    first = Watched().answered((), 100.0, GRACE, "no such service")
    assert (first.hosts, str(first.error), first.due) == (None, "no such service", math.inf)
    assert isinstance(first.error, ProviderError)
    assert first.stale_for(200.0) == 0.0
    assert first.answered((A,), 110.0, GRACE).hosts == (A,)


def test_why_there_are_no_hosts_is_part_of_the_doubt(one):
    doubted = one.answered((), 110.0, GRACE, "no such service")
    assert str(doubted.error) == "the answer has no hosts: no such service"


def test_failures_are_warned_of_once_a_minute_and_a_refusal_once(one):
    def warned(error):
        known, seen = one, []
        for now in (200.0, 230.0, 260.0, 290.0):
            known = known.failed(error, now, 0.5)
            seen.append(known.warned)
        return seen

    assert warned(GONE) == [200.0, 200.0, 260.0, 260.0]
    assert warned(RefusedError("403")) == [200.0, 200.0, 200.0, 200.0]


@pytest.mark.parametrize(
    ("asked", "pause"), [(None, 0.0), (0.0, 0.0), (-1.0, 0.0), (20.0, 20.0), (1e9, 300.0)]
)
def test_the_pause_that_a_source_asks_for_comes_before_what_is_by_chance(one, asked, pause):
    busy = ProviderError("429")
    busy.retry_after = asked
    assert one.failed(busy, 100.0, 0.5).due == pytest.approx(100.55 + pause)
    polled = Polled().failed(busy, 100.0, 1.0, 0.5)
    assert polled.due == pytest.approx(100.75 + pause)
