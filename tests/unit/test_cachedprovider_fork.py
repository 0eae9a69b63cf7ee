"""The cache every source of hosts shares: fork and pickle."""

import os
import pickle
import threading
import warnings

import pytest

from ahoyhoy.testing.clock import FakeClock
from unit.scripted_provider import A, B, Scripted, hosts, settle


@pytest.fixture
def clock():
    return FakeClock(1000.0)


def in_child(check):
    """The exit code of a forked child that runs `check`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # 3.12: forking with threads
        pid = os.fork()
    if pid == 0:
        code = 1
        try:
            code = 0 if check() else 2
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_keeps_the_list_and_refreshes_by_itself(clock):
    go = threading.Event()
    parent = os.getpid()

    def slow():
        assert os.getpid() != parent or go.wait(30)
        return [B]

    source = Scripted([A], slow, clock=clock)
    source.get_list()
    clock.advance(10)
    source.get_list()  # its refresh is under way in a thread the child will not have
    with source._lock:
        code = in_child(lambda: source._last_good[0].host == A and hosts(source) == [B])
    go.set()
    settle()
    assert code == 0
    assert hosts(source) == [B]


def test_what_happens_at_a_fork_is_a_fresh_lock_and_no_refresh_under_way(clock):
    go = threading.Event()
    source = Scripted([A], lambda: go.wait(30) and [A], clock=clock)
    source.get_list()
    clock.advance(10)
    source.get_list()
    lock = source._lock
    source._after_fork()
    assert source._lock is not lock
    assert source._flight is None
    assert source._last_good[0].host == A
    go.set()
    settle()


def test_a_pickled_provider_is_its_configuration_alone(clock):
    source = Scripted([A], [B], min_ttl=3)
    source.get_list()
    copy = pickle.loads(pickle.dumps(source))
    assert copy._min_ttl == 3
    assert copy.changes.__self__ is copy
    assert copy._known.hosts is None
    assert hosts(copy) == [B]
    assert hosts(source) == [A]
