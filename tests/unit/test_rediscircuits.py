"""Circuits that share by Redis: their settings, and what holds without any Redis."""

import sys

import pytest

from ahoyhoy._core import Judgement, Verdict
from ahoyhoy.circuit import OpenState, RedisCircuits
from ahoyhoy.testing.clock import FakeClock

REFUSED = Judgement(Verdict.UNSENT, "connection refused", refused=True)


def test_without_threads_there_is_no_sharing_but_there_are_circuits(monkeypatch, caplog):
    clock = FakeClock()
    made = RedisCircuits("redis://127.0.0.1:1/0", clock=clock)

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
