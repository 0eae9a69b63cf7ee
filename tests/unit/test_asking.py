"""What a verb's arguments ask for, beside the client's settings and the code around the call."""

import pytest

from ahoyhoy.calling.asking import Asked, asked_of
from ahoyhoy.calling.settings import Settings
from ahoyhoy.propagation import deadline, priority
from ahoyhoy.strategies import Hedged, Single


@pytest.fixture
def ask(clock):
    """`ask(settings…)(options…)`: what a GET asks for."""
    clock.advance(100)

    def client(**settings):
        made = Settings(clock=clock, **settings)
        return lambda **options: asked_of(made, "get", "GET", "/x", (), options)

    return client


def test_a_plain_call_is_the_request_and_nothing_else(ask):
    call, strategy = ask()(params={"a": 1}, timeout=3)
    assert strategy is None
    assert (call.verb, call.method, call.url, call.args) == ("get", "GET", "/x", ())
    assert call.options == {"params": {"a": 1}, "timeout": 3}
    assert (call.deadline, call.priority, call.key) == (None, None, None)


def test_what_is_the_clients_never_reaches_requests(ask):
    single = Single()
    asked = ask()(deadline=2, strategy=single, priority="low", key="ann", timeout=3)
    assert isinstance(asked, Asked)
    assert asked.strategy is single
    assert asked.call.options == {"timeout": 3}
    assert asked.call.deadline.at == 102
    assert (asked.call.priority, asked.call.key) == ("low", "ann")


def test_the_arguments_of_the_caller_are_not_touched(clock):
    options = {"deadline": 2, "timeout": 3}
    asked_of(Settings(clock=clock), "get", "GET", "/x", (), options)
    assert options == {"deadline": 2, "timeout": 3}


def test_arguments_by_position_are_kept(clock):
    call, _ = asked_of(Settings(clock=clock), "post", "POST", "/x", (b"data",), {"key": "ann"})
    assert call.args == (b"data",)
    assert call.key == "ann"


# -- deadlines --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("own", "of_client", "around", "left"),
    [
        ({}, None, None, None),
        ({}, 5, None, 5),
        ({"deadline": 2}, 5, None, 2),
        ({"deadline": 9}, 5, None, 9),  # the call's own counts instead
        ({"deadline": None}, 5, None, None),
        ({"deadline": 0}, 5, None, 0),
        # the code around it cannot be made to wait longer
        ({}, None, 3, 3),
        ({}, 5, 3, 3),
        ({}, 2, 3, 2),
        ({"deadline": 9}, None, 3, 3),
        ({"deadline": None}, 5, 3, 3),
        ({"deadline": 1}, 5, 3, 1),
    ],
)
def test_the_earliest_deadline_counts(ask, clock, own, of_client, around, left):
    make = ask(deadline=of_client)
    if around is None:
        call, _ = make(**own)
    else:
        with deadline(around, clock=clock):
            call, _ = make(**own)
    assert (call.deadline and call.deadline.remaining()) == left


def test_a_deadline_of_another_clock_is_as_far_away_on_the_clients(ask, clock):
    def other():
        return 5000.0

    with deadline(3, clock=other):
        call, _ = ask()()
    assert call.deadline.clock is clock
    assert call.deadline.remaining() == 3


def test_the_clients_deadline_counts_from_each_call(ask, clock):
    make = ask(deadline=5)
    make()
    clock.advance(4)
    assert make().call.deadline.remaining() == 5


# -- priorities -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("own", "of_client", "around", "found"),
    [
        ({}, None, None, None),
        ({}, "low", None, "low"),
        ({"priority": "high"}, "low", None, "high"),
        ({"priority": None}, "low", None, None),
        ({}, None, "high", "high"),
        ({"priority": None}, "low", "high", "high"),
        ({}, "low", "high", "normal"),  # low work for somebody urgent
        ({"priority": "high"}, None, "low", "normal"),
        ({"priority": "low"}, "high", "low", "low"),
    ],
)
def test_the_priority_is_the_calls_the_clients_or_that_of_the_code_around(
    ask, own, of_client, around, found
):
    make = ask(priority=of_client)
    if around is None:
        call, _ = make(**own)
    else:
        with priority(around):
            call, _ = make(**own)
    assert call.priority == found


# -- what is wrong ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"deadline": -1}, ValueError, "a deadline is seconds"),
        ({"deadline": "soon"}, ValueError, "a deadline is seconds"),
        ({"priority": "urgent"}, ValueError, "a priority is one of"),
        ({"strategy": "hedged"}, TypeError, "is no strategy"),
        ({"strategy": Hedged}, TypeError, "is no strategy"),
        ({"key": 5}, TypeError, "key is a string, for example the user's name, not 5"),
        ({"key": b"ann"}, TypeError, "key is a string"),
    ],
)
def test_what_cannot_be_is_named(ask, options, error, text):
    with pytest.raises(error, match=text):
        ask()(**options)


@pytest.mark.parametrize("name", ["strategy", "key", "priority", "deadline"])
def test_none_is_as_if_it_was_not_said(ask, name):
    assert ask()(**{name: None}) == ask()()
