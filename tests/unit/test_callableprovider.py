"""Hosts from a function of one's own."""

import pytest

from ahoyhoy.exceptions import ProviderError
from ahoyhoy.lb.providers import CallableProvider
from ahoyhoy.testing.clock import FakeClock
from unit.scripted_provider import A, B, Draw, hosts


@pytest.fixture
def clock():
    return FakeClock(100.0)


def made(function, clock, **options):
    return CallableProvider(function, clock=clock, rng=Draw(), **options)


def test_the_function_is_called_again_when_its_hosts_are_old(clock):
    answers = [[A], [A, B]]
    source = made(lambda: answers.pop(0), clock, interval=5)
    assert hosts(source) == [A]
    clock.advance(4.9)
    assert hosts(source) == [A]
    clock.advance(0.1)
    assert hosts(source) == [A, B]


def test_what_it_raises_leaves_the_last_list_and_at_first_is_an_error(clock):
    def answer():
        raise OSError("no such thing")

    source = made(answer, clock)
    with pytest.raises(ProviderError, match=r"answer.*no such thing"):
        source.get_list()


def test_an_interval_below_a_second_is_kept(clock):
    source = made(lambda: [A], clock, interval=0.25)
    source.get_list()
    assert source._known.due == 100.25


@pytest.mark.parametrize("interval", [0, -1, "5", None, float("inf")])
def test_an_interval_that_is_no_time_is_refused(interval):
    with pytest.raises(ValueError, match="interval must be a finite number"):
        CallableProvider(list, interval=interval)


def test_what_cannot_be_called_is_refused():
    with pytest.raises(TypeError, match="give a function that returns hosts"):
        CallableProvider([A])


def test_it_is_shown_by_the_functions_name(clock):
    class Own:
        def __call__(self):
            return [A]

        def __repr__(self):
            return "own hosts"

    assert repr(made(Own(), clock)) == "<CallableProvider own hosts>"
    assert "lambda" in repr(made(lambda: [A], clock))
