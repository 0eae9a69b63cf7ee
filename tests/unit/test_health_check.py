import pickle
import random

import pytest

from ahoyhoy.health import HealthCheck


def test_the_defaults():
    check = HealthCheck("/health")
    assert (check.interval, check.timeout, check.rise, check.fall) == (5.0, 1.0, 2, 3)
    assert (check.jitter, check.statuses, check.headers) == (0.2, range(200, 400), {})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("interval", 0),
        ("interval", float("nan")),
        ("interval", float("inf")),
        ("interval", "5"),
        ("interval", None),
        ("timeout", 0),
        ("timeout", -1),
        ("timeout", True),
        ("timeout", 5.1),
        ("rise", 0),
        ("rise", 1.5),
        ("rise", True),
        ("fall", 0),
        ("fall", "3"),
        ("jitter", -0.1),
        ("jitter", 0.91),
        ("jitter", float("nan")),
        ("statuses", []),
        ("path", "health"),
        ("path", ""),
        ("path", 3),
        ("path", b"/health"),
    ],
)
def test_a_value_out_of_range_is_named(name, value):
    with pytest.raises(ValueError, match=name):
        HealthCheck(**{"path": "/health", name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("statuses", 200),
        ("statuses", "200"),
        ("statuses", [200, "204"]),
        ("statuses", [True]),
        ("headers", [("Host", "a")]),
        ("headers", None),
    ],
)
def test_a_value_of_another_kind_is_named(name, value):
    with pytest.raises(TypeError, match=name):
        HealthCheck("/health", **{name: value})


def test_the_ends_of_the_ranges_are_allowed():
    check = HealthCheck(None, interval=1, timeout=1, rise=1, fall=1, jitter=0, statuses={204})
    assert (check.path, check.timeout, check.jitter, check.statuses) == (None, 1, 0, {204})
    assert HealthCheck("/", jitter=0.9).jitter == 0.9


def test_it_is_a_value():
    headers = {"Host": "users.internal"}
    one = HealthCheck("/", statuses=[204, 200], headers=headers)
    other = HealthCheck("/", statuses={200, 204}, headers=headers)
    headers["Host"] = "changed"
    assert one == other == pickle.loads(pickle.dumps(one))
    assert hash(one) == hash(other)
    assert one.headers == {"Host": "users.internal"}
    with pytest.raises(AttributeError):
        one.rise = 3


class Drawn(random.Random):
    def __init__(self, *draws):
        self.draws = list(draws)

    def random(self):
        return self.draws.pop(0)


def test_the_pauses_with_the_draws_written_out():
    check = HealthCheck("/", interval=10, jitter=0.2)
    assert [check.pause(Drawn(d)) for d in (0.0, 0.25, 0.5, 1.0)] == [8.0, 9.0, 10.0, 12.0]
    assert [check.first_pause(Drawn(d)) for d in (0.0, 0.5, 1.0)] == [0.0, 1.0, 2.0]
    steady = HealthCheck("/", interval=10, jitter=0)
    assert (steady.pause(Drawn(0.9)), steady.first_pause(Drawn(0.9))) == (10.0, 0.0)
