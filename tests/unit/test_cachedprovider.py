"""The cache every source of hosts shares: the first list."""

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from ahoyhoy._core import Deadline
from ahoyhoy.exceptions import ProviderError
from ahoyhoy.http.bounds import Bounds, bounding
from ahoyhoy.testing.clock import FakeClock
from ahoyhoy.utils import Host, Instance
from unit.scripted_provider import A, B, Scripted, hosts, messages, settle


@pytest.fixture
def clock():
    return FakeClock(1000.0)


@pytest.fixture
def log(caplog):
    caplog.set_level(logging.INFO, "ahoyhoy.discovery")
    return caplog


def test_the_first_list_is_fetched_once_and_kept_for_its_ttl(clock):
    source = Scripted([A], [B], clock=clock)
    assert source.get_list() == (Instance(Host(*A)),)
    clock.advance(9.9)
    assert hosts(source) == [A]
    assert source.calls == 1


def test_nothing_is_fetched_at_construction():
    assert Scripted([A]).calls == 0


def test_a_failed_first_fetch_is_an_error_remembered_for_a_second(clock):
    source = Scripted(OSError("gone"), [A], clock=clock)
    for _ in range(3):
        with pytest.raises(ProviderError, match="scripted: OSError: gone") as caught:
            source.get_list()
        assert isinstance(caught.value.__cause__, OSError)
    assert source.calls == 1
    assert source.stale_for == 0.0
    clock.advance(1.0)
    assert hosts(source) == [A]


def test_a_first_fetch_that_goes_on_failing_is_repeated_each_second_and_not_logged(clock, log):
    source = Scripted(OSError("gone"), clock=clock)
    for calls in (1, 2, 3):
        with pytest.raises(ProviderError):
            source.get_list()
        assert source.calls == calls
        clock.advance(1.0)
    assert not log.records


def test_an_empty_first_answer_is_an_empty_list_that_is_asked_for_again_after_a_second(clock, log):
    source = Scripted([], [], [A], ttl=300, clock=clock)
    assert source.get_list() == ()
    assert hosts(source) == []
    assert source.calls == 1
    clock.advance(1.0)
    assert hosts(source) == []
    assert source.stale_for == 0.0
    clock.advance(1.0)
    assert hosts(source) == [A]
    assert messages(log, logging.WARNING) == [
        "scripted: the first answer has no hosts; it is asked again"
    ]


def test_concurrent_first_callers_share_one_fetch():
    running, go = threading.Event(), threading.Event()

    def slow():
        running.set()
        assert go.wait(30)
        return [A]

    source = Scripted(slow)
    with ThreadPoolExecutor(16) as pool:
        results = [pool.submit(source.get_list) for _ in range(16)]
        assert running.wait(30)
        go.set()
        assert {result.result() for result in results} == {(Instance(Host(*A)),)}
    assert source.calls == 1


def test_each_waiting_first_caller_gets_an_error_of_its_own():
    running, go = threading.Event(), threading.Event()

    def slow():
        running.set()
        assert go.wait(30)
        return OSError("gone")

    source = Scripted(slow, clock=FakeClock())
    with ThreadPoolExecutor(4) as pool:
        results = [pool.submit(source.get_list) for _ in range(4)]
        assert running.wait(30)
        go.set()
        errors = [result.exception() for result in results]
    assert {str(error) for error in errors} == {"scripted: OSError: gone"}
    assert len({id(error) for error in errors}) == 4
    assert source.calls == 1


def test_when_the_fetching_caller_is_interrupted_the_waiting_one_fetches():
    running, go = threading.Event(), threading.Event()

    def interrupted():
        running.set()
        assert go.wait(30)
        return KeyboardInterrupt()

    source = Scripted(interrupted, [A])
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(source.get_list)
        assert running.wait(30)
        second = pool.submit(source.get_list)
        go.set()
        assert isinstance(first.exception(), KeyboardInterrupt)
        assert second.result() == (Instance(Host(*A)),)


def test_a_first_caller_waits_no_longer_than_the_deadline_of_its_call():
    answer = threading.Event()
    source = Scripted(lambda: answer.wait(20) and [A])
    with bounding(Bounds(Deadline.after(0.05, time.monotonic))):
        for _ in range(2):  # who begins the fetch, and who joins it
            with pytest.raises(ProviderError, match="scripted: no answer within"):
                source.get_list()
    answer.set()
    assert source.get_list() == (Instance(Host(*A)),)
    assert source.calls == 1
    settle()


def test_a_deadline_that_is_far_is_no_hindrance():
    with bounding(Bounds(Deadline.after(60, time.monotonic))):
        assert Scripted([A]).get_list() == (Instance(Host(*A)),)
    settle()


def test_it_shows_its_source():
    assert repr(Scripted([A])) == "<Scripted scripted>"
