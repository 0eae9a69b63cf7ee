"""What a client is made of is checked when it is made."""

import pickle
import time

import pytest
import requests

from ahoyhoy.calling.settings import (
    DEFAULT_TIMEOUT,
    Settings,
    checked_deadline,
    checked_priority,
)
from ahoyhoy.endpoints.defaults import Callbacks
from ahoyhoy.exceptions import BuilderError
from ahoyhoy.health import HealthCheck
from ahoyhoy.lb import Limits
from ahoyhoy.propagation import Propagation
from ahoyhoy.retries import RetryBudget, RetryPolicy
from ahoyhoy.strategies import Hedged, Sequential, Single


def test_what_is_not_said_is_as_documented():
    settings = Settings()
    assert settings.ep_list_update_tries == 1
    assert settings.timeout == DEFAULT_TIMEOUT == (3.05, 30.0)
    assert settings.raise_for_status is True
    assert (settings.deadline, settings.priority, settings.propagation) == (None, None, None)
    assert (settings.limits, settings.health_check, settings.listeners) == (None, None, ())
    assert settings.clock is time.monotonic
    budget = settings.budget
    assert (budget.ratio, budget.floor, budget.window) == (0.2, 10.0, 10.0)
    strategy = settings.chosen_strategy
    assert isinstance(strategy, Sequential)
    assert strategy.policy.attempts == 3


def test_each_client_has_a_budget_of_its_own_by_the_clients_clock(clock):
    first, second = Settings(clock=clock), Settings(clock=clock)
    assert first.budget is not second.budget
    while first.budget.withdraw():
        pass
    clock.advance(10)
    assert first.budget.balance == second.budget.balance == 100


def test_a_budget_may_be_shared_and_there_may_be_none():
    budget = RetryBudget()
    assert Settings(retry_budget=budget).budget is budget
    assert Settings(retry_budget=None).budget is None


def test_a_policy_makes_a_strategy_and_a_strategy_has_one():
    policy, hedged = RetryPolicy(attempts=5), Hedged()
    assert Settings(policy=policy).chosen_strategy.policy is policy
    assert Settings(strategy=hedged).chosen_strategy is hedged


def test_a_policy_beside_a_strategy_is_refused():
    with pytest.raises(BuilderError, match=r"give the policy to the strategy.*Sequential"):
        Settings(policy=RetryPolicy(), strategy=Single())


@pytest.mark.parametrize(
    "options",
    [
        {"deadline": 0},
        {"deadline": 2.5},
        {"priority": "high"},
        {"priority": "normal"},
        {"priority": "low"},
        {"propagation": Propagation()},
        {"propagation": lambda call: call},
        {"limits": Limits(per_host=3)},
        {"health_check": HealthCheck("/health")},
        {"listeners": (print,)},
        {"headers": {"X": "1"}},
        {"headers": None},
        {"session": requests.Session()},
        {"timeout": None},
        {"callbacks": Callbacks(print, None, None)},
    ],
)
def test_what_can_be_used_is_kept(options):
    settings = Settings(**options)
    ((name, value),) = options.items()
    assert getattr(settings, name) is value
    assert settings.as_arguments()[name] is value


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"ep_list_update_tries": 0}, ValueError, "at least once"),
        ({"timeout": 0}, ValueError, "a timeout is seconds"),
        ({"session": 3}, BuilderError, "is no session"),
        ({"policy": 3}, BuilderError, "is no policy"),
        ({"callbacks": print}, BuilderError, "are no callbacks"),
        ({"retry_http_call_func": 3}, BuilderError, "is no retry function"),
        ({"strategy": 3}, TypeError, "is no strategy"),
        ({"strategy": Hedged}, TypeError, "is no strategy"),
        ({"retry_budget": 0.2}, BuilderError, "is no budget: give a RetryBudget"),
        ({"retry_budget": RetryBudget}, BuilderError, "is no budget"),
        ({"deadline": -1}, ValueError, "a deadline is seconds from 0 up"),
        ({"deadline": float("inf")}, ValueError, "a deadline is seconds"),
        ({"deadline": "3"}, ValueError, "a deadline is seconds"),
        ({"deadline": True}, ValueError, "a deadline is seconds"),
        ({"priority": "urgent"}, ValueError, "one of high, normal, low, not 'urgent'"),
        ({"propagation": 3}, BuilderError, "propagates nothing"),
        ({"limits": 10}, BuilderError, r"are no limits: give Limits\(per_host=10\)"),
        ({"health_check": "/health"}, BuilderError, r"is no check: give a HealthCheck"),
        ({"listeners": (3,)}, TypeError, "a listener is a function of one event"),
        ({"listeners": print}, BuilderError, "listeners are a tuple of functions"),
        ({"headers": "X: 1"}, BuilderError, "headers are a mapping of names to values"),
        ({"headers": [("X", "1")]}, BuilderError, "headers are a mapping of names to values"),
        ({"retries": 3}, TypeError, "retries"),
    ],
)
def test_what_cannot_be_used_is_named(options, error, text):
    with pytest.raises(error, match=text):
        Settings(**options)


@pytest.mark.parametrize("seconds", [None, 0, 0.5, 3600])
def test_a_deadline_is_seconds_or_none(seconds):
    assert checked_deadline(seconds) is seconds


@pytest.mark.parametrize("level", [None, "high", "normal", "low"])
def test_a_priority_is_one_of_three_or_none(level):
    assert checked_priority(level) is level


@pytest.mark.parametrize("level", ["HIGH", "", 1, ["high"]])
def test_any_other_priority_is_an_error(level):
    with pytest.raises(ValueError, match="a priority is one of"):
        checked_priority(level)


def test_they_are_a_value_and_come_back_as_the_arguments_they_came_as():
    settings = Settings(name="users", strategy=Hedged(3, 0.1), deadline=2)
    again = Settings(**pickle.loads(pickle.dumps(settings.as_arguments())))
    assert (again.name, again.deadline) == ("users", 2)
    assert repr(again.strategy) == repr(settings.strategy)
    with pytest.raises(AttributeError):
        settings.name = "other"
