import random

import pybreaker
import pytest

from ahoyhoy.circuit import BreakerFactory, BreakerSettings, CircuitBreaker, OpenState


def test_the_defaults():
    assert BreakerSettings().as_arguments() == {
        "failure_threshold": 5,
        "success_rate": 0.8,
        "sampling_duration": 10.0,
        "minimum_throughput": 5,
        "break_duration": 1.0,
        "max_break_duration": 60.0,
        "max_fast_break_duration": 5.0,
        "slow_call_duration": None,
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("failure_threshold", 0),
        ("failure_threshold", -1),
        ("failure_threshold", 2.5),
        ("failure_threshold", True),
        ("failure_threshold", "5"),
        ("minimum_throughput", 0),
        ("minimum_throughput", None),
        ("success_rate", -0.1),
        ("success_rate", 1.1),
        ("success_rate", 80),
        ("success_rate", float("nan")),
        ("sampling_duration", 0),
        ("sampling_duration", -1),
        ("sampling_duration", float("nan")),
        ("sampling_duration", "10"),
        ("break_duration", 0),
        ("break_duration", float("inf")),
        ("break_duration", None),
        ("max_break_duration", 0.5),
        ("max_break_duration", 0),
        ("max_fast_break_duration", 0),
        ("max_fast_break_duration", -5),
        ("slow_call_duration", 0),
        ("slow_call_duration", "1"),
    ],
)
def test_a_value_out_of_range_is_named(name, value):
    with pytest.raises(ValueError, match=name):
        BreakerSettings(**{name: value})
    with pytest.raises(ValueError, match=name):
        CircuitBreaker(**{name: value})


@pytest.mark.parametrize(
    ("name", "value"), [("success_rate", 0), ("success_rate", 1), ("failure_threshold", 1)]
)
def test_the_ends_of_the_ranges_are_allowed(name, value):
    assert getattr(BreakerSettings(**{name: value}), name) == value


def test_an_unknown_setting_is_a_type_error():
    with pytest.raises(TypeError, match="reset_timeout"):
        CircuitBreaker(reset_timeout=60)


class Least:
    def uniform(self, low, _high):
        return low


class Most:
    def uniform(self, _low, high):
        return high


@pytest.mark.parametrize(
    ("breaks", "slow", "least", "most"),
    [
        (0, False, 1.0, 1.0),
        (1, False, 1.6, 2.0),
        (2, False, 3.2, 4.0),
        (3, False, 4.0, 5.0),
        (99, False, 4.0, 5.0),
        (0, True, 1.0, 1.0),
        (1, True, 1.6, 2.0),
        (5, True, 25.6, 32.0),
        (6, True, 48.0, 60.0),
        (10**6, True, 48.0, 60.0),
    ],
)
def test_the_first_break_is_exact_and_up_to_a_fifth_comes_off_the_others(breaks, slow, least, most):
    settings = BreakerSettings()
    assert settings.break_length(breaks, slow=slow, rng=Least()) == pytest.approx(least)
    assert settings.break_length(breaks, slow=slow, rng=Most()) == pytest.approx(most)


@pytest.mark.parametrize(
    ("options", "fast", "slow"),
    [
        ({"max_break_duration": 3}, 3, 3),
        ({"break_duration": 10}, 10, 60),
        ({"max_fast_break_duration": 20}, 20, 60),
        ({"break_duration": 2, "max_break_duration": 2}, 2, 2),
    ],
)
def test_the_caps_yield_to_each_other(options, fast, slow):
    settings = BreakerSettings(**options)
    assert settings.break_length(40, slow=False, rng=Most()) == fast
    assert settings.break_length(40, slow=True, rng=Most()) == slow


def test_a_factory_makes_circuits_with_the_same_settings_and_their_own_state(clock):
    make = BreakerFactory(failure_threshold=2, clock=clock, rng=random.Random(1))
    first, second = make(name="a:1"), make("b:1")
    assert (first.name, second.name) == ("a:1", "b:1")
    assert first.settings == second.settings == BreakerSettings(failure_threshold=2)
    first.open()
    assert second.state is not OpenState


def test_a_factory_finds_a_wrong_option_at_once():
    with pytest.raises(TypeError, match="threshold"):
        BreakerFactory(threshold=2)
    with pytest.raises(ValueError, match="break_duration"):
        BreakerFactory(break_duration=-1)
    with pytest.raises(TypeError, match="named after its host"):
        BreakerFactory(name="x")


def test_a_factory_asks_for_a_storage_per_circuit():
    made = {}

    def storage(name):
        made[name] = pybreaker.CircuitMemoryStorage("closed")
        return made[name]

    make = BreakerFactory(storage=storage)
    breaker = make("a:1")
    breaker.open()
    make("b:1")
    assert {name: s.state for name, s in made.items()} == {"a:1": "open", "b:1": "closed"}


def test_a_factory_refuses_one_storage_for_all():
    with pytest.raises(TypeError, match="function of the circuit's name"):
        BreakerFactory(storage=pybreaker.CircuitMemoryStorage("closed"))
