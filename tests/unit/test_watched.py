"""A source that tells of changes by itself: its thread, and what those who ask see of it."""

import logging
import math
import threading
import time

import pytest

from ahoyhoy import RoundRobinLB
from ahoyhoy._core import Deadline
from ahoyhoy.exceptions import ProviderError
from ahoyhoy.http.bounds import Bounds, bounding
from ahoyhoy.lb.providers.known import RefusedError
from ahoyhoy.lb.providers.watching.watch import NoHosts
from ahoyhoy.testing.clock import FakeClock
from unit.scripted_provider import A, B, messages
from unit.scripted_source import eventually, hosts, known, make, tell, watched  # noqa: F401 - a fixture


@pytest.fixture
def log(caplog):
    caplog.set_level(logging.INFO, "ahoyhoy.discovery")
    return caplog


def test_the_first_list_is_waited_for_and_each_other_one_seen_at_once(make):
    source = make()
    assert source.changes() == 0
    tell(source, [A])
    assert hosts(source) == [A]
    tell(source, [A, B])
    eventually(lambda: source.changes() == 2)
    assert hosts(source) == [A, B]
    assert source._source.begun == 1


def test_a_balancer_picks_a_host_as_soon_as_it_is_told_of(make):
    source = make([A])
    balancer = RoundRobinLB(source, slow_start=0)
    assert balancer.pick().host == A
    tell(source, [B])
    eventually(lambda: known(source).changes == 2)
    assert balancer.pick().host == B


def test_nothing_runs_before_somebody_asks(make):
    source = make([A])
    assert source.stale_for == 0.0
    assert source._source.begun == 0


def test_several_first_callers_share_one_watch(make):
    source, seen = make(), []
    callers = [threading.Thread(target=lambda: seen.append(hosts(source))) for _ in range(5)]
    for caller in callers:
        caller.start()
    tell(source, [A])
    for caller in callers:
        caller.join(30)
    assert seen == [[A]] * 5
    assert source._source.begun == 1


@pytest.mark.parametrize("bad", [OSError("gone"), None, [("no port",)], 7])
def test_a_watch_that_breaks_ends_or_tells_nonsense_begins_again(make, log, bad):
    source = make([A])
    source.get_list()
    tell(source, bad)
    eventually(lambda: source._source.begun == 2)
    assert hosts(source) == [A]
    assert source.stale_for > 0
    eventually(lambda: len(messages(log, logging.WARNING)) == 1)
    tell(source, [B])
    eventually(lambda: hosts(source) == [B])
    assert source.stale_for == 0.0
    eventually(lambda: "fresh again" in log.text)


def test_without_a_list_everybody_is_told_of_the_failure_at_once(make):
    source = make(OSError("gone"), rng=None, clock=FakeClock(100.0))
    for _ in range(3):
        with pytest.raises(ProviderError, match=r"^told://hosts: OSError: gone$") as caught:
            source.get_list()
        assert isinstance(caught.value.__cause__, OSError)
    assert source.changes() == 0


def test_a_refusal_is_one_and_is_logged_once(make, log):
    source = make(RefusedError("403"), clock=FakeClock(100.0))
    for _ in range(3):
        with pytest.raises(RefusedError, match=r"^told://hosts: 403$"):
            source.get_list()
    expected = ["told://hosts: no list yet: 403"]
    eventually(lambda: messages(log, logging.WARNING) == expected)


def test_a_service_without_hosts_is_an_error_that_says_why_until_it_has_some(make):
    source = make(NoHosts("no such service"))
    for _ in range(3):
        with pytest.raises(ProviderError, match="no such service"):
            source.get_list()
    tell(source, [A])
    eventually(source.changes)
    assert hosts(source) == [A]
    assert source._source.begun == 1


def test_a_first_list_that_does_not_come_is_an_error_after_the_timeout(make):
    source = make(timeout=0.05)
    with pytest.raises(ProviderError, match=r"^told://hosts: no answer within 0.05 s$"):
        source.get_list()
    tell(source, [A])
    eventually(source.changes)
    assert hosts(source) == [A]


def test_what_failed_before_is_part_of_that_error(make):
    clock = FakeClock(100.0)
    source = make(OSError("gone"), timeout=0.05, clock=clock)
    with pytest.raises(ProviderError, match="OSError"):
        source.get_list()
    eventually(lambda: source._source.begun == 2)
    clock.advance(1)
    with pytest.raises(ProviderError, match=r"no answer within 0.05 s, after: OSError: gone"):
        source.get_list()


def test_the_deadline_of_the_call_bounds_the_wait_for_the_first_list(make):
    source = make()
    start = time.monotonic()
    with (
        bounding(Bounds(Deadline.after(0.05, time.monotonic))),
        pytest.raises(ProviderError, match="no answer within"),
    ):
        source.get_list()
    with bounding(Bounds()), pytest.raises(ProviderError):
        make(OSError("gone"), clock=FakeClock(1.0)).get_list()
    assert time.monotonic() - start < 5


def test_an_empty_list_is_believed_when_the_grace_is_over(make, log):
    clock = FakeClock(100.0)
    source = make([A], clock=clock, empty_grace=30)
    source.get_list()
    tell(source, [])
    eventually(lambda: known(source).doubted)
    assert hosts(source) == [A]
    clock.advance(10)
    assert source.stale_for == 10.0
    clock.advance(20)
    assert source.changes() == 2
    assert hosts(source) == []
    first, last = messages(log, logging.WARNING)
    assert "the answer has no hosts" in first
    assert last == "told://hosts: still no hosts, and now that is believed: -10.0.0.1:80"


@pytest.mark.parametrize("seconds", [-1, math.nan, "30", None, True])
def test_a_grace_that_is_no_time_is_refused(seconds):
    with pytest.raises(ValueError, match="empty_grace must be seconds from 0 up"):
        watched(empty_grace=seconds)


@pytest.mark.parametrize("seconds", [0, -1, math.inf, "1"])
def test_a_timeout_that_is_no_time_is_refused(seconds):
    with pytest.raises(ValueError, match="timeout must be a finite number of seconds"):
        watched(timeout=seconds)
