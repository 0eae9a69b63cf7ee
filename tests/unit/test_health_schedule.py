"""Who is probed when, and what the probes say: without threads, without time."""

import random

import pytest

from ahoyhoy.health import HealthCheck
from ahoyhoy.health.schedule import Schedule
from ahoyhoy.utils import Host

A, B, C = (Host(f"10.0.0.{n}", 80) for n in (1, 2, 3))


def schedule(*hosts, at_once=32, now=0.0, **settings):
    check = HealthCheck("/health", **{"jitter": 0, "interval": 5, **settings})
    made = Schedule(check, rng=random.Random(7), at_once=at_once)
    made.keep(hosts, now)
    return made


def started(plan, now):
    turn = plan.turn(now)
    assert not turn.findings
    return turn.probes


def findings_of(plan, host, *flaws):
    """What is found as the host's probes, one after the other, end with these flaws."""
    found = []
    for number, flaw in enumerate(flaws):
        (probe,) = started(plan, 5.0 * number)
        assert probe.host == host
        found.append([(f.healthy, f.reason) for f in plan.ended(probe, flaw)])
    return found


def test_three_failures_in_a_row_make_a_host_unhealthy_and_two_passes_healthy():
    bad = "answered 503"
    assert findings_of(
        schedule(A), A, bad, bad, None, bad, bad, bad, bad, None, bad, None, None
    ) == [
        [],
        [],
        [],  # a pass: the count of failures begins anew
        [],
        [],
        [(False, "failed 3 health checks in a row: answered 503")],
        [(False, "failed 4 health checks in a row: answered 503")],
        [],
        [],  # a failure: the count of passes begins anew
        [],
        [(True, "passed 2 health checks in a row")],
    ]


def test_with_rise_and_fall_of_one_each_probe_decides():
    found = findings_of(schedule(A, rise=1, fall=1), A, None, "no", None)
    assert [[healthy for healthy, _ in f] for f in found] == [[True], [False], [True]]


def test_hosts_are_probed_each_interval_from_the_start_of_the_last_probe():
    plan = schedule(A)
    assert plan.seconds_left(0.0) == 0.0
    (probe,) = started(plan, 0.0)
    assert plan.ended(probe, None) == []
    assert started(plan, 4.9) == []
    assert plan.seconds_left(4.9) == pytest.approx(0.1)
    (probe,) = started(plan, 5.5)
    plan.ended(probe, None)
    assert started(plan, 10.4) == []
    assert len(started(plan, 10.5)) == 1


def test_new_hosts_are_spread_over_the_jitters_share_of_an_interval():
    plan = schedule(A, B, C, jitter=0.4)
    rng = random.Random(7)
    moments = sorted((rng.random() * 2.0, host) for host in (A, B, C))
    for moment, host in moments:
        assert started(plan, moment - 1e-6) == []
        assert [p.host for p in started(plan, moment)] == [host]


def test_a_probe_that_takes_too_long_has_failed():
    plan = schedule(A, fall=1)
    (probe,) = started(plan, 0.0)
    assert plan.seconds_left(0.0) == 1.0
    assert started(plan, 0.99) == []
    (finding,) = plan.turn(1.0).findings
    assert (finding.host, finding.healthy) == (A, False)
    assert finding.reason == "failed 1 health checks in a row: no answer within 1 s"
    assert plan.ended(probe, None) == [], "what it says comes too late"


def test_each_interval_without_an_end_is_another_failure_and_no_second_probe():
    plan = schedule(A, fall=3)
    (probe,) = started(plan, 0.0)
    turns = [plan.turn(moment) for moment in (1.0, 5.9, 6.0, 11.0)]
    assert [len(turn.findings) for turn in turns] == [0, 0, 0, 1]
    assert [turn.probes for turn in turns] == [[], [], [], []]
    assert plan.ended(probe, "cut off") == []
    (following,) = started(plan, 12.0)  # its time came long ago
    (finding,) = plan.ended(following, "answered 503")
    assert finding.reason.startswith("failed 4 ")


def test_no_more_than_so_many_are_under_way_and_those_due_first_go_first():
    plan = schedule(A, B, C, at_once=2)
    first, second = started(plan, 0.0)
    assert (first.host, second.host) == (A, B)
    assert started(plan, 0.5) == []
    plan.ended(second, None)
    (third,) = started(plan, 0.5)
    assert third.host == C
    plan.ended(first, None)
    assert started(plan, 0.6) == []


def test_a_slow_host_keeps_others_waiting_no_longer_than_its_timeout():
    plan = schedule(A, B, C, at_once=1, fall=9)
    started(plan, 0.0)
    (probe,) = plan.turn(1.0).probes
    assert probe.host == B
    (probe,) = plan.turn(2.0).probes
    assert probe.host == C


def test_a_probe_that_failed_itself_says_nothing_and_is_followed_by_the_next():
    plan = schedule(A, fall=2)
    for moment, flaw in ((0.0, "bad"), (5.0, None)):
        (probe,) = started(plan, moment)
        assert plan.ended(probe, flaw) == [] if flaw else plan.failed_itself(probe) is None
    (probe,) = started(plan, 10.0)
    assert [f.healthy for f in plan.ended(probe, "bad")] == [False]


def test_hosts_come_and_go_and_are_forgotten():
    plan = schedule(A, fall=2)
    (probe,) = started(plan, 0.0)
    plan.ended(probe, "bad")
    plan.keep([B], 1.0)
    assert [p.host for p in started(plan, 5.0)] == [B]
    plan.keep([B, A], 6.0)
    (probe,) = started(plan, 6.0)
    assert probe.host == A
    assert plan.ended(probe, "bad") == [], "its failure of before is forgotten"


def test_the_probe_of_a_host_that_left_says_nothing_though_the_host_is_back():
    plan = schedule(A, at_once=1, fall=1)
    (old,) = started(plan, 0.0)
    plan.keep([], 0.1)
    assert plan.seconds_left(0.1) == pytest.approx(0.9)
    plan.keep([A], 0.2)
    assert plan.ended(old, "bad") == []
    (new,) = started(plan, 0.2)
    assert plan.ended(old, "bad") == []
    assert len(plan.ended(new, "bad")) == 1


def test_a_host_that_leaves_makes_room_and_one_that_stays_keeps_its_place():
    plan = schedule(A, B, C, at_once=1)
    started(plan, 0.0)
    plan.keep([B], 0.1)
    assert [p.host for p in started(plan, 0.1)] == [B]
    plan.keep([B, B], 0.2)
    assert started(plan, 0.2) == []


def test_a_stuck_host_that_leaves_makes_no_room_twice():
    plan = schedule(A, B, C, at_once=1)
    started(plan, 0.0)
    assert [p.host for p in plan.turn(1.0).probes] == [B]
    plan.keep([B, C], 1.1)
    assert started(plan, 1.1) == []


def test_without_hosts_there_is_nothing_to_wait_for():
    assert schedule().seconds_left(3.0) is None
