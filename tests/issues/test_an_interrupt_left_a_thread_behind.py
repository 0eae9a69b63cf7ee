"""Ctrl-C while the first call started the thread of a watch: it ran on, and nobody could end it."""

import threading
import time
from contextlib import suppress

import pytest

from ahoyhoy.lb.providers import Source, WatchedProvider
from ahoyhoy.registration import Place, Registration, Registry
from issues.interrupts import interrupts


class OneHost(Source):
    name = "test://interrupted"

    def watch(self, watch):
        while True:
            yield [("10.0.0.1", 80)]
            watch.wait()


class Nowhere(Registry, Place):
    """Keeps nothing."""

    name = "test://nowhere"

    def place(self, _entry, watch):
        self.watch = watch
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def keep(self, _sick):
        pass

    def leave(self):
        pass

    def wait(self, seconds):
        self.watch.wait(seconds)


def threads_of(name):
    # One that was interrupted before it ran is among them for ever.
    return [it for it in threading.enumerate() if it.name == name and it.is_alive()]


def assert_none_is_left(name):
    end = time.monotonic() + 20
    while threads_of(name):
        assert time.monotonic() < end
        threading.Event().wait(0.001)


@pytest.fixture(autouse=True)
def none_in_limbo():
    """Forgets the threads that the standard library lists for ever, as their start was interrupted."""
    yield
    threading._limbo.clear()


def begun(provider):
    with suppress(RuntimeError):  # which the interrupted standard library makes of it
        provider.changes()


def make():
    return Registration(Nowhere(), "interrupted", ("10.0.0.1", 80))


def entered(registration):
    with suppress(RuntimeError):
        registration.__enter__()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_watch_ends_with_its_provider_wherever_an_interrupt_comes():
    places = 0
    for provider in interrupts(lambda: WatchedProvider(OneHost()), begun):
        assert len(threads_of("ahoyhoy-watch test://interrupted")) <= 1
        provider.close()
        assert_none_is_left("ahoyhoy-watch test://interrupted")
        places += 1
    assert places > 20


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_registration_that_was_not_entered_does_not_renew():
    places = 0
    for registration in interrupts(make, entered):
        registration.close()
        assert_none_is_left("ahoyhoy-registration interrupted")
        places += 1
    assert places > 20
