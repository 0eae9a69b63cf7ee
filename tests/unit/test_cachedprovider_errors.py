"""The cache every source of hosts shares: the last good list, and the log."""

import logging

import pytest

from ahoyhoy.testing.clock import FakeClock
from ahoyhoy.utils import Host, Instance
from unit.scripted_provider import A, B, Draw, Scripted, hosts, messages, settle


@pytest.fixture
def clock():
    return FakeClock(1000.0)


@pytest.fixture
def log(caplog):
    caplog.set_level(logging.INFO, "ahoyhoy.discovery")
    return caplog


@pytest.mark.parametrize("bad", [OSError("gone"), [], [("host without port",)], [("a", "b")], 7])
def test_after_an_error_an_empty_answer_or_nonsense_the_last_good_list_stays(clock, log, bad):
    source = Scripted([A], bad, [B], clock=clock)
    source.get_list()
    clock.advance(10)
    assert hosts(source) == [A]
    assert source.changes() == 1
    assert len(messages(log, logging.WARNING)) == 1
    clock.advance(1)
    assert hosts(source) == [B]


def test_stale_for_counts_from_the_last_confirmation_until_the_next(clock):
    source = Scripted([A], OSError("gone"), [A], clock=clock)
    source.get_list()
    clock.advance(10)
    assert source.stale_for == 0.0  # expired, but nothing has failed
    hosts(source)
    assert source.stale_for == 10
    clock.advance(0.5)
    assert source.stale_for == 10.5
    clock.advance(0.5)
    hosts(source)
    assert source.stale_for == 0.0


@pytest.mark.parametrize(
    ("ttl", "draw", "delays"),
    [
        (300, 0.0, [1, 2, 4, 4, 4, 4, 4]),
        (300, 1.0, [1, 1, 2, 2, 2, 2, 2]),  # half, but not below min_ttl
        (3, 0.0, [1, 2, 3, 3, 3]),  # never later than the TTL
    ],
)
def test_failed_refreshes_back_off(clock, ttl, draw, delays):
    source = Scripted([A], OSError("gone"), ttl=ttl, clock=clock, rng=Draw(draw))
    source.get_list()
    clock.advance(ttl)
    hosts(source)
    for delay in delays:
        calls = source.calls
        clock.advance(delay - 0.01)
        hosts(source)
        assert source.calls == calls
        clock.advance(0.01)
        hosts(source)
        assert source.calls == calls + 1


@pytest.mark.parametrize(("outage", "longest"), [(31, 4), (80, 10), (240, 30), (24000, 30)])
def test_in_a_long_outage_the_pause_is_an_eighth_of_it(clock, outage, longest):
    """So a source is read again within 5 s of its return from an outage of half a minute."""
    source = Scripted([A], OSError("gone"), ttl=300, clock=clock, rng=Draw(0.0))
    source.get_list()
    clock.advance(300)
    lost = clock()
    for at in (0, 1, 3, 7, 11, 15, outage):
        clock.advance(lost + at - clock())
        hosts(source)
    assert source._known.due == lost + outage + longest


def test_failures_by_the_thousand_overflow_nothing(clock):
    source = Scripted([A], OSError("gone"), ttl=300, clock=clock)
    source.get_list()
    clock.advance(300)
    for _ in range(1100):
        source.changes()
        settle()
        clock.advance(30)
    assert hosts(source) == [A]


def test_a_change_is_one_line_with_the_difference(clock, log):
    heavy = Instance(Host(*B), weight=2)
    source = Scripted([A, B], [heavy, ("::1", 80)], [("::1", 80), heavy], clock=clock)
    for _ in range(3):
        hosts(source)
        clock.advance(10)
    assert messages(log, logging.INFO) == [
        "scripted: +10.0.0.1:80 +10.0.0.2:80",
        "scripted: +[::1]:80 -10.0.0.1:80 ~10.0.0.2:80",
        "scripted: another order",
    ]


def test_a_long_difference_is_cut(log):
    Scripted([(f"10.0.1.{n}", 80) for n in range(1, 51)]).get_list()
    (line,) = messages(log, logging.INFO)
    assert line.endswith("+10.0.1.20:80 and 30 more")


def test_one_warning_when_it_turns_stale_and_one_a_minute_after(clock, log):
    source = Scripted([A], OSError("gone"), ttl=10, clock=clock)
    source.get_list()
    clock.advance(10)
    for _ in range(125):
        hosts(source)
        clock.advance(1)
    lines = messages(log, logging.WARNING)
    assert lines[0] == (
        "scripted: refresh failed (OSError: gone); still using 1 hosts, last confirmed 10 s ago"
    )
    assert len(lines) == 2


def test_fresh_again_is_a_line_too(clock, log):
    source = Scripted([A], OSError("gone"), [A], clock=clock)
    source.get_list()
    for seconds in (10, 1):
        clock.advance(seconds)
        hosts(source)
    assert messages(log, logging.INFO)[-1] == "scripted: fresh again after 11 s"
