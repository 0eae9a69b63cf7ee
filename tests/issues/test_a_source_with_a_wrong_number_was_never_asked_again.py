"""A TTL or a `retry_after` that was no number ended the refresh for good: the list grew old unnoticed."""

import pickle

import pytest

from ahoyhoy.exceptions import ProviderError
from ahoyhoy.lb.providers import CachedProvider, Fetched
from ahoyhoy.testing import FakeClock

HOSTS = [("10.0.0.1", 80)]


def texts():
    """As somebody writes it who takes the number from a header."""
    return Fetched(HOSTS, ttl="30")


def paused():
    error = ProviderError("the inventory is busy")
    error.retry_after = "5"
    raise error


class Inventory(CachedProvider):
    def __init__(self, *answers, **options):
        super().__init__("inventory", **options)
        self._answers = iter(answers)

    def _fetch(self):
        return next(self._answers)()


@pytest.mark.parametrize("wrong", [texts, paused])
def test_it_is_asked_again(wrong):
    clock = FakeClock()
    source = Inventory(wrong, lambda: Fetched(HOSTS, ttl=30), clock=clock)
    with pytest.raises(ProviderError, match="inventory: TypeError"):
        source.get_list()
    clock.advance(60)
    assert [instance.host for instance in source.get_list()] == HOSTS


def test_the_error_says_what_is_wrong():
    with pytest.raises(ProviderError, match="retry_after is a number of seconds, not '5'"):
        Inventory(paused).get_list()


def test_a_pause_that_is_a_number_is_kept_and_goes_with_the_error():
    error = ProviderError("the inventory is busy")
    assert error.retry_after is None
    error.retry_after = 5
    assert pickle.loads(pickle.dumps(error)).retry_after == 5
