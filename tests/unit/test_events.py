import copy
import dataclasses
import logging
import pickle
import typing

import pytest

from ahoyhoy._core import Attempt, Verdict
from ahoyhoy.events import (
    Announcer,
    AttemptEnded,
    AttemptStarted,
    CallEnded,
    CallStarted,
    CircuitChanged,
    Event,
    HedgeWon,
    HostEjected,
    HostReturned,
    HostsChanged,
    RetryDenied,
)
from ahoyhoy.utils import Host

A, B = Host("a", 1), Host("b", 1)
CALL = ("users", "GET", "/x")
ATTEMPT = Attempt(A, 0.0, 0.5, Verdict.ACCEPTED, 200)
EVENTS = [
    CallStarted(*CALL),
    CallEnded(*CALL, 0.5, (ATTEMPT,), 200),
    AttemptStarted(*CALL, A, 1),
    AttemptEnded(*CALL, 1, ATTEMPT),
    RetryDenied(*CALL, "deadline"),
    HedgeWon(*CALL, B, A),
    CircuitChanged(A, "closed", "open", "5 failures in a row"),
    HostEjected(A, "5 failures in a row"),
    HostReturned(A),
    HostsChanged((A,), (B,)),
]


def test_these_are_all_there_are():
    assert {type(event) for event in EVENTS} == set(typing.get_args(Event))


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_an_event_is_a_value_that_can_be_kept_and_sent(event):
    assert pickle.loads(pickle.dumps(event)) == event
    assert copy.copy(event) == event
    assert hash(event) == hash(dataclasses.replace(event))
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(event, dataclasses.fields(event)[0].name, None)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_every_attribute_of_an_event_is_explained(event):
    explained = type(event).__doc__.partition("Attributes:")[2]
    assert all(field.name in explained for field in dataclasses.fields(event))


def test_listeners_are_told_in_the_order_they_came():
    told = []
    announcer = Announcer([lambda event: told.append((1, event))])
    announcer.add(lambda event: told.append((2, event)))
    announcer.tell("news")
    assert told == [(1, "news"), (2, "news")]


def test_it_is_false_while_nobody_listens():
    announcer = Announcer()
    assert not announcer.heard
    announcer.tell("news")
    announcer.add(print)
    assert announcer.heard
    announcer.remove(print)
    assert not announcer.heard


class Log:
    def __init__(self):
        self.events = []

    def note(self, event):
        self.events.append(event)


def test_a_listener_is_told_once_however_often_it_was_added():
    log = Log()
    announcer = Announcer([log.note, log.note])
    announcer.add(log.note)
    announcer.tell("news")
    assert log.events == ["news"]
    assert list(announcer) == [log.note]


def test_a_listener_can_be_removed_by_the_name_it_was_added_by():
    log, other = Log(), Log()
    announcer = Announcer([log.note, other.note])
    announcer.remove(log.note)  # a bound method is another object each time
    announcer.remove(print)
    announcer.tell("news")
    assert (log.events, other.events) == ([], ["news"])


@pytest.mark.parametrize("listener", [None, 3, "print", object()])
def test_what_cannot_be_called_is_no_listener(listener):
    with pytest.raises(TypeError, match="a listener is a function of one event"):
        Announcer([listener])


def test_what_a_listener_raises_is_logged_and_goes_no_further(caplog):
    told = []

    def broken(event):
        raise ValueError("broken")

    with caplog.at_level(logging.ERROR, "ahoyhoy.events"):
        Announcer([broken, told.append]).tell("news")
    assert told == ["news"]
    (record,) = caplog.records
    assert record.getMessage() == "a listener raised; the call goes on"
    assert "ValueError: broken" in caplog.text


def test_an_interrupt_in_a_listener_is_no_error_of_the_listeners():
    def interrupted(event):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Announcer([interrupted]).tell("news")


def test_a_listener_may_add_and_remove_listeners_while_it_is_told():
    announcer, told = Announcer(), []

    def once(event):
        announcer.remove(once)
        announcer.add(told.append)

    announcer.add(once)
    announcer.tell("first")
    announcer.tell("second")
    assert told == ["second"]
