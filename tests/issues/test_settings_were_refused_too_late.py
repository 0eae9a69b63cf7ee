"""Wrong settings were accepted, and failed inside a call, where they hid what was the matter."""

import pytest

from ahoyhoy import LBClientBuilder, RetryPolicy


@pytest.mark.parametrize(
    "setting",
    [
        {"backoff": 3},
        {"backoff": lambda _: 1},
        {"statuses": {"503"}},
        {"statuses": 503},
        {"methods": {None}},
        {"methods": 5},
        {"methods": "GET"},
    ],
    ids=str,
)
def test_a_policy_names_the_setting(setting):
    (name,) = setting
    with pytest.raises((TypeError, ValueError), match=name):
        RetryPolicy(**setting)


@pytest.mark.parametrize(
    "setting",
    [
        {"success_rate": "x"},
        {"success_rate": None},
        {"sampling_duration": 1e-310},
        {"sampling_duration": 10**400},
        {"break_duration": True},
    ],
    ids=lambda setting: str(setting)[:40],
)
def test_a_circuit_names_the_setting(setting):
    (name,) = setting
    with pytest.raises((TypeError, ValueError), match=name):
        LBClientBuilder().add_breaker(**setting)
