"""An answer without hosts: not believed at first, in the end it is."""

import logging
import math

import pytest

from ahoyhoy.testing.clock import FakeClock
from unit.scripted_provider import A, B, Draw, Scripted, hosts, messages


@pytest.fixture
def clock():
    return FakeClock(1000.0)


def make(clock, *answers, **options):
    source = Scripted([A], *answers, ttl=10, clock=clock, rng=Draw(0.0), **options)
    source.get_list()
    clock.advance(10)
    return source


def after(clock, source, seconds):
    clock.advance(seconds)
    return hosts(source)


def test_it_is_believed_when_it_has_been_so_for_as_long_as_the_grace(clock, caplog):
    caplog.set_level(logging.INFO, "ahoyhoy.discovery")
    source = make(clock, [])
    assert hosts(source) == [A]
    assert [after(clock, source, s) for s in (1, 2, 4, 4, 4, 4, 4, 4)] == [[A]] * 8
    assert source.stale_for == 37
    assert after(clock, source, 4) == []
    assert source.changes() == 2
    assert source.stale_for == 0.0
    first, last = messages(caplog, logging.WARNING)
    assert "refresh failed (the answer has no hosts); still using 1 hosts" in first
    assert "still no hosts, and now that is believed: -10.0.0.1:80" in last


def test_hosts_end_the_doubt(clock):
    source = make(clock, [], [B], [])
    assert hosts(source) == [A]
    assert after(clock, source, 1) == [B]
    assert after(clock, source, 29) == [B]  # doubted from now on, not from then
    assert source.stale_for == 29


def test_after_a_failure_it_is_doubted_anew(clock):
    source = make(clock, [], OSError("gone"), [])
    assert hosts(source) == [A]
    assert after(clock, source, 1) == [A]
    assert after(clock, source, 29.5) == [A]
    assert source._known.doubted == clock()


@pytest.mark.parametrize(("grace", "seen"), [(0, []), (math.inf, [A])])
def test_without_grace_it_is_believed_at_once_and_with_endless_grace_never(clock, grace, seen):
    source = make(clock, [], empty_grace=grace)
    for _ in range(100):
        assert after(clock, source, 1000) == seen


@pytest.mark.parametrize("grace", [-1, math.nan, "1", None, True])
def test_a_grace_that_is_no_time_is_refused(grace):
    with pytest.raises(ValueError, match="empty_grace must be seconds from 0 up"):
        Scripted([A], empty_grace=grace)
