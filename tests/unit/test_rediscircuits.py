"""Circuits that share by Redis: their settings, and what holds without any Redis."""

import contextlib
import sys
import threading

import pytest

from ahoyhoy._core import Judgement, Verdict
from ahoyhoy.circuit import OpenState, RedisCircuits
from ahoyhoy.circuit.audience import Audience
from ahoyhoy.circuit.redisoffice import Office
from ahoyhoy.circuit.sharedbreaker import Word
from ahoyhoy.testing.clock import FakeClock

REFUSED = Judgement(Verdict.UNSENT, "connection refused", refused=True)
NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture
def office(clock):
    """One whose threads were not started."""
    return Office(NOWHERE, "key", clock, Audience(clock))


@pytest.fixture
def made():
    with contextlib.closing(RedisCircuits(NOWHERE, clock=FakeClock())) as circuits:
        yield circuits


def test_without_threads_there_is_no_sharing_but_there_are_circuits(monkeypatch, caplog):
    clock = FakeClock()
    made = RedisCircuits(NOWHERE, clock=clock)

    def refuse():
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(made._office, "start", refuse)
    breaker = made("a:1")
    for _ in range(3):
        breaker.acquire().record(REFUSED)
    assert breaker.state is OpenState
    assert [t for t in caplog.messages if "not shared" in t] == [
        "circuits are not shared: can't start new thread"
    ]
    monkeypatch.undo()
    clock.advance(5)
    made.listen()
    assert made._listening
    made._begin()  # as another thread does in the same moment
    made.close()


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"url": "http://127.0.0.1"}, "url begins with redis://"),
        ({"url": None}, "url begins with redis://"),
        ({"url": "redis://me:secret@127.0.0.1:port/0"}, "ort"),
        ({"key": ""}, "key is a name in Redis"),
        ({"key": None}, "key is a name in Redis"),
        ({"name": "a"}, "leave out name="),
        ({"storage": None}, "leave out storage="),
        ({"failure_threshold": 0}, "failure_threshold"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_cannot_be_is_refused_at_once(wrong, why):
    with pytest.raises((TypeError, ValueError), match=why) as caught:
        RedisCircuits(**wrong)
    assert "secret" not in str(caught.value)


def test_without_redis_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(ImportError, match=r"pip install 'ahoyhoy\[redis\]'"):
        RedisCircuits()


def test_circuits_without_a_name_are_of_no_interest_to_others():
    made = RedisCircuits(NOWHERE)
    assert made().name is None
    made.close()


def test_of_each_host_the_newest_word_is_told(office):
    office.post(Word("a:1", 1.0))
    being_told = office._next()
    office.post(Word("a:1", 0.0))
    office._done(being_told)
    assert office._next() == [(Word("a:1", 0.0), 0.0)]
    office._done(office._next())
    assert office._next() == []


def test_words_do_not_pile_up(office):
    for port in range(1, 10_102):
        office.post(Word(f"a:{port}", 1.0))
    assert len(office._outbox) == 10_000
    told = office._next()
    assert [word.host for word, _ in told] == [f"a:{port}" for port in range(102, 202)]


def test_what_is_no_news_any_more_is_not_told(office, clock):
    office.post(Word("a:1", 3.0))
    office.post(Word("b:1", 0.0))
    office.post(Word("c:1", 9.0))
    clock.advance(4)
    assert office._still_news(office._next()) == [Word("b:1", 0.0), Word("c:1", 5.0)]
    clock.advance(1)
    assert office._still_news(office._next()) == [Word("c:1", 4.0)]


def test_what_holds_no_longer_is_dropped_before_it_piles_up(office, clock):
    for port in range(1, 1001):
        office._take(Word(f"a:{port}", 1.0))
        clock.advance(0.1)
    assert len(office._heard) < 100
    for port in range(1, 1001):
        office._take(Word(f"b:{port}", 1000.0))
    office._take(Word("b:1", 0.0))
    assert sum(host.startswith("b:") for host in office._heard) == 999


def test_a_thread_that_cannot_be_started_is_started_later(made, monkeypatch, caplog):
    """And the other, which was, is not started twice."""
    start, failing = threading.Thread.start, {"ahoyhoy-circuits heard"}

    def refuse(thread):
        if thread.name in failing:
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    made("a:1")
    assert caplog.messages[0] == "circuits are not shared: can't start new thread"
    assert not made._listening
    failing.clear()
    made._clock.advance(5)
    made.listen()
    assert made._listening


def test_a_child_has_the_circuits_and_no_threads():
    made = RedisCircuits(NOWHERE)
    made._after_fork()
    breaker = made("a:1")
    before = made._office
    made._after_fork()
    assert not made._listening
    assert made._office is not before
    assert made._office._audience.of("a:1") == [breaker]
    before.end()
    made.close()


def test_the_only_host_is_tried_at_once(office, made):
    circuit = made("a:1")
    office.add(circuit, "a:1")
    office._take(Word("a:1", 30.0))
    assert circuit.state is OpenState
    assert circuit.trial_due


def test_one_process_cannot_take_all_hosts_from_the_others(office, made):
    """It is more likely that it reaches none: what is more than half is tried at once."""
    circuits = [made(f"a:{port}") for port in range(4)]
    for circuit in circuits:
        office.add(circuit, circuit.name)
    for circuit in circuits:
        office._take(Word(circuit.name, 30.0))
    assert {circuit.state for circuit in circuits} == {OpenState}
    assert [circuit.trial_due for circuit in circuits] == [False, False, True, True]
