"""A registry behind a proxy without streams answered, and its watch ended: all was read again at once, for ever."""

import itertools

import pytest

from ahoyhoy.exceptions import ProviderError
from ahoyhoy.lb.providers.watching.listing import Listing
from ahoyhoy.testing import FakeClock
from unit.scripted_provider import A, Draw

ERROR = ProviderError("the stream ended")


def listing(clock):
    return Listing("test://it", empty_grace=30.0, clock=clock, rng=Draw(1.0))


def pause_after(it, clock, lasting):
    it.begun()
    it.answered([A])
    clock.advance(lasting)
    return it.failed(ERROR)


def test_each_pause_after_a_short_watch_is_longer_up_to_an_end():
    clock = FakeClock()
    it = listing(clock)
    assert [pause_after(it, clock, 0.1) for _ in range(7)] == pytest.approx(
        [1, 2, 4, 8, 16, 16, 16]
    )


def test_after_one_that_lasted_it_begins_again_at_once():
    clock = FakeClock()
    it = listing(clock)
    assert [pause_after(it, clock, lasting) for lasting in (0.1, 0.1, 60.0, 0.1)] == pytest.approx(
        [1, 2, 1, 1]
    )


def test_attempts_in_an_outage_are_no_short_watches():
    clock = FakeClock()
    it = listing(clock)
    pauses = [pause_after(it, clock, 60.0)]
    for _ in itertools.repeat(None, 5):
        it.begun()
        pauses.append(it.failed(ERROR))
    assert pauses == pytest.approx([1, 2, 4, 4, 4, 4])
    assert pause_after(it, clock, 0.1) == pytest.approx(1)


def test_a_pause_that_the_source_asks_for_is_not_doubled():
    clock = FakeClock()
    it = listing(clock)
    busy = ProviderError("429")
    busy.retry_after = 60.0
    for _ in range(3):
        pause_after(it, clock, 0.1)
    it.begun()
    it.answered([A])
    assert it.failed(busy) == pytest.approx(60 + 8)
