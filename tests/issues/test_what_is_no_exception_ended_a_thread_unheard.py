"""CancelledError in a thread of the library: it ended unheard, or was begun anew with each call."""

import asyncio
import threading

import pytest

from ahoyhoy.exceptions import ProviderError
from ahoyhoy.lb.providers import CallableProvider, Source, WatchedProvider
from ahoyhoy.registration import Registration
from ahoyhoy.testing import FakeClock
from unit.scripted_registry import Scripted
from unit.scripted_source import eventually

CALLS = 50


class Cancelled(Source):
    name = "test://cancelled"

    def __init__(self):
        self.begun = 0

    def watch(self, _watch):
        self.begun += 1
        raise asyncio.CancelledError("enough")
        yield


def test_a_source_that_raises_it_has_failed_and_is_not_asked_at_each_call():
    source = Cancelled()
    provider = WatchedProvider(source, clock=FakeClock())
    for _ in range(CALLS):
        with pytest.raises(ProviderError, match="CancelledError"):
            provider.get_list()
    assert source.begun == 1
    provider.close()


def test_a_function_that_raises_it_keeps_its_list_and_is_not_called_at_each_call():
    calls, clock = [], FakeClock()

    def hosts():
        calls.append(1)
        if len(calls) > 1:
            raise asyncio.CancelledError("enough")
        return [("10.0.0.1", 80)]

    provider = CallableProvider(hosts, interval=10.0, clock=clock)
    provider.get_list()
    clock.advance(11.0)
    provider.changes()
    eventually(lambda: provider.stale_for)
    for _ in range(CALLS):
        provider.changes()
        threading.Event().wait(0.001)
    assert len(calls) == 2
    assert len(provider.get_list()) == 1


def test_a_check_that_raises_it_says_that_the_service_is_not_well():
    def check():
        raise asyncio.CancelledError("enough")

    registry = Scripted()
    with Registration(registry, "users", ("10.0.0.1", 80), check=check):
        eventually(lambda: registry.told)
    assert registry.told[0] == ("keep", "its check raised CancelledError: enough")
