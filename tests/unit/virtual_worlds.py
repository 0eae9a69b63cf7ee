"""Virtual time for tests: fixtures, and a log of what happened when."""

import threading

import pytest

from ahoyhoy.testing import FakeClock
from ahoyhoy.testing.callers import Caller
from ahoyhoy.testing.virtualtime import VirtualTime


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def world(clock):
    before = threading.active_count()
    world = VirtualTime(clock)
    yield world
    world.close()
    assert threading.active_count() == before


@pytest.fixture
def log(clock):
    class Log(list):
        def note(self, what):
            self.append((round(clock(), 9), what))

    return Log()


def call(world, *functions):
    callers = [Caller(world, function) for function in functions]
    return [caller.result() for caller in callers]
