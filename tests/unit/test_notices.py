import logging

import pybreaker
import pytest

from ahoyhoy._core import Judgement, Verdict
from ahoyhoy.circuit import CircuitBreaker, ClosedState, HalfOpenState, OpenState

FAILED = Judgement(Verdict.RETRYABLE, "HTTP 503")


class Listener(pybreaker.CircuitBreakerListener):
    def __init__(self):
        self.heard = []

    def before_call(self, cb, func, *args, **kwargs):
        self.heard.append(("before", cb.name, func, args, kwargs))

    def success(self, cb):
        self.heard.append(("success", cb.current_state))

    def failure(self, cb, exc):
        self.heard.append(("failure", type(exc).__name__, cb.fail_counter))

    def state_change(self, cb, old_state, new_state):
        self.heard.append((old_state.name, new_state.name, cb._lock.locked()))


class Broken(Listener):
    def before_call(self, *_args, **_kwargs):
        raise RuntimeError("broken")

    success = failure = state_change = before_call


def fail(breaker, times=1):
    for _ in range(times):
        with pytest.raises(ZeroDivisionError):
            breaker.call(divmod, 1, 0)


def test_listeners_hear_of_calls_and_changes_in_order_and_without_a_lock(clock):
    listener = Listener()
    breaker = CircuitBreaker("db", clock=clock, listeners=[listener], failure_threshold=2)
    breaker.call(divmod, 7, 2)
    fail(breaker, 2)
    clock.advance(1)
    breaker.call(dict, a=1)
    assert listener.heard == [
        ("before", "db", divmod, (7, 2), {}),
        ("success", "closed"),
        ("before", "db", divmod, (1, 0), {}),
        ("failure", "ZeroDivisionError", 1),
        ("before", "db", divmod, (1, 0), {}),
        ("failure", "ZeroDivisionError", 2),
        ("closed", "open", False),
        ("open", "half-open", False),
        ("before", "db", dict, (), {"a": 1}),
        ("success", "closed"),
        ("half-open", "closed", False),
    ]


def test_an_ignored_outcome_is_neither_success_nor_failure():
    listener = Listener()
    breaker = CircuitBreaker(listeners=[listener])
    breaker.acquire().record(Judgement(Verdict.IGNORED))
    assert listener.heard == []


def test_what_a_listener_raises_is_logged_and_goes_no_further(caplog, clock):
    after = Listener()
    breaker = CircuitBreaker(clock=clock, listeners=[Broken(), after], failure_threshold=1)
    assert breaker.call(divmod, 7, 2) == (3, 1)
    fail(breaker)
    assert [h[0] for h in after.heard] == ["before", "success", "before", "failure", "closed"]
    assert [r.exc_info[0] for r in caplog.records if r.levelno == logging.ERROR] == [
        RuntimeError
    ] * 5


@pytest.mark.parametrize("listener", [print, None, object(), "x"])
def test_what_is_no_listener_is_refused(listener):
    with pytest.raises(TypeError, match=r"derive it from pybreaker\.CircuitBreakerListener"):
        CircuitBreaker(listeners=[listener])


def test_a_storage_is_told_every_state_and_when_it_opened(clock):
    storage = pybreaker.CircuitMemoryStorage("closed")
    breaker = CircuitBreaker(storage=storage, clock=clock)
    breaker.open()
    assert storage.state == "open"
    assert storage.opened_at.tzinfo is not None
    breaker.close()
    assert storage.state == "closed"
    breaker.half_open()
    breaker.acquire()
    assert storage.state == "half-open"


def test_a_circuit_whose_storage_says_open_starts_open_for_one_break(clock):
    storage = pybreaker.CircuitMemoryStorage("open")
    breaker = CircuitBreaker(storage=storage, clock=clock, break_duration=3)
    assert breaker.state is OpenState
    assert breaker.retry_in == 3
    clock.advance(3)
    assert breaker.trial_due


@pytest.mark.parametrize("state", ["closed", "half-open"])
def test_a_circuit_whose_storage_says_anything_else_starts_closed(state):
    breaker = CircuitBreaker(storage=pybreaker.CircuitMemoryStorage(state))
    assert breaker.state is ClosedState


def test_a_storage_that_fails_does_not_stop_the_call(caplog, clock):
    class Down(pybreaker.CircuitMemoryStorage):
        @property
        def state(self):
            return "closed"

        @state.setter
        def state(self, state):
            raise ConnectionError("redis is away")

    breaker = CircuitBreaker(storage=Down("closed"), clock=clock, failure_threshold=1)
    fail(breaker)
    assert breaker.state is OpenState
    assert "redis is away" in caplog.text


def test_each_outage_is_two_lines_of_the_log(caplog, clock):
    caplog.set_level(logging.WARNING, logger="ahoyhoy.circuit")
    breaker = CircuitBreaker("10.0.0.1:80", clock=clock, failure_threshold=2)
    for _ in range(2):
        breaker.acquire().record(FAILED)
    for _ in range(5):
        clock.advance(breaker.retry_in)
        breaker.acquire().record(FAILED)
    clock.advance(breaker.retry_in)
    breaker.acquire().record(Judgement(Verdict.ACCEPTED))
    assert caplog.messages == [
        "circuit 10.0.0.1:80 opened: HTTP 503; tried again in 1.0 s",
        "circuit 10.0.0.1:80 closed: the trial succeeded",
    ]


def test_the_pauses_of_an_outage_are_in_the_finer_log(caplog, clock):
    caplog.set_level(logging.DEBUG, logger="ahoyhoy.circuit")
    breaker = CircuitBreaker("db", clock=clock)
    breaker.half_open()
    caplog.clear()
    breaker.acquire().record(Judgement(Verdict.IGNORED))
    assert [(r.levelname, r.message) for r in caplog.records] == [
        ("INFO", "circuit db is half-open: a trial goes through"),
        ("DEBUG", "circuit db is open: the trial had no outcome"),
    ]


def test_setting_a_state_that_it_has_is_no_change():
    listener = Listener()
    breaker = CircuitBreaker(listeners=[listener])
    breaker.close()
    breaker.open()
    breaker.open()
    breaker.half_open()
    assert listener.heard == [("closed", "open", False)]


def test_states_have_the_names_of_pybreaker():
    assert (ClosedState.name, HalfOpenState.name, OpenState.name) == (
        pybreaker.STATE_CLOSED,
        pybreaker.STATE_HALF_OPEN,
        pybreaker.STATE_OPEN,
    )
