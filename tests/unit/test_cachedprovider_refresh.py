"""The cache every source of hosts shares: what happens when the TTL has run out."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from ahoyhoy.testing.clock import FakeClock
from ahoyhoy.utils import Host, Instance
from unit.scripted_provider import A, B, Draw, Scripted, hosts, settle


@pytest.fixture
def clock():
    return FakeClock(1000.0)


def test_an_expired_list_is_returned_while_one_refresh_is_under_way(clock):
    go = threading.Event()

    def slow():
        assert go.wait(30)
        return [B]

    source = Scripted([A], slow, clock=clock)
    source.get_list()
    clock.advance(10)
    for _ in range(5):
        assert [i.host for i in source.get_list()] == [A]
        assert source.changes() == 1
    go.set()
    settle()
    assert hosts(source) == [B]
    assert source.calls == 2


def test_changes_grows_when_the_list_changed_and_only_then(clock):
    source = Scripted([A], [A], [A, B], clock=clock)
    source.get_list()
    seen = [source.changes()]
    for _ in range(2):
        clock.advance(10)
        source.changes()
        settle()
        seen.append(source.changes())
    assert seen == [1, 1, 2]


def test_changes_begins_the_first_fetch_without_waiting_for_it(clock):
    go = threading.Event()
    source = Scripted(lambda: go.wait(30) and [A], clock=clock)
    assert source.changes() == 0
    go.set()
    settle()
    assert source.changes() == 1


def test_a_first_caller_joins_the_fetch_that_changes_began(clock):
    go = threading.Event()
    source = Scripted(lambda: go.wait(30) and [A], clock=clock)
    source.changes()
    with ThreadPoolExecutor(1) as pool:
        result = pool.submit(source.get_list)
        go.set()
        assert result.result() == (Instance(Host(*A)),)
    assert source.calls == 1


def test_no_thread_outlives_its_refresh(clock):
    source = Scripted([A], clock=clock)
    source.get_list()
    clock.advance(10)
    hosts(source)
    assert not [t for t in threading.enumerate() if t.name.startswith("ahoyhoy-refresh")]


def test_the_refresh_thread_keeps_no_process_alive(clock):
    daemons = []
    source = Scripted([A], lambda: daemons.append(threading.current_thread().daemon) or [A])
    source._clock = clock
    source.get_list()
    clock.advance(10)
    hosts(source)
    assert daemons == [True]


def test_a_thread_that_cannot_start_is_a_failed_refresh(clock, monkeypatch):
    source = Scripted([A], [B], clock=clock)
    source.get_list()
    clock.advance(10)

    def start(_):
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", start)
        assert [i.host for i in source.get_list()] == [A]
    assert source.stale_for == 10
    clock.advance(1)
    assert hosts(source) == [B]


@pytest.mark.parametrize(
    ("ttl", "draw", "expected"),
    [
        (10, 0.0, 10),
        (10, 1.0, 9),  # a tenth earlier, at most
        (0, 0.0, 2),  # min_ttl
        (2, 1.0, 2),  # jitter never goes below it
        (-5, 0.0, 2),
        (86400, 0.0, 60),  # max_ttl
        (86400, 1.0, 54),
        (float("nan"), 0.0, 60),
    ],
)
def test_the_ttl_is_held_between_min_ttl_and_max_ttl(clock, ttl, draw, expected):
    source = Scripted([A], [B], ttl=ttl, min_ttl=2, max_ttl=60, clock=clock, rng=Draw(draw))
    source.get_list()
    clock.advance(expected - 0.01)
    assert hosts(source) == [A]
    clock.advance(0.02)
    assert hosts(source) == [B]


@pytest.mark.parametrize("name", ["min_ttl", "max_ttl"])
@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf"), "1", None, True])
def test_a_ttl_argument_that_is_no_time_is_an_error(name, value):
    with pytest.raises(ValueError, match=f"{name} must be a finite number of seconds above 0"):
        Scripted([A], **{name: value})


def test_a_min_ttl_above_max_ttl_is_an_error():
    with pytest.raises(ValueError, match="raise max_ttl"):
        Scripted([A], min_ttl=600)


def test_the_default_jitter_stays_within_a_tenth(clock):
    source = Scripted([A], clock=clock, ttl=100, rng=None)
    source.get_list()
    assert 1090 <= source._known.due <= 1100
