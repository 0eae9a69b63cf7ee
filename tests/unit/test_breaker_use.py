import gc
import pickle
import weakref

import pytest

from ahoyhoy import _fork
from ahoyhoy._core import Judgement, Verdict
from ahoyhoy.circuit import CircuitBreaker, ClosedState, OpenState
from ahoyhoy.exceptions import CircuitOpenError

ACCEPTED = Judgement(Verdict.ACCEPTED)
FAST = Judgement(Verdict.RETRYABLE, "HTTP 503")


@pytest.fixture
def breaker(clock):
    return CircuitBreaker("db", clock=clock)


def record(breaker, *judgements):
    for judgement in judgements:
        with breaker.acquire() as permit:
            permit.record(judgement)


def trip(breaker):
    while breaker.state is ClosedState:
        record(breaker, FAST)


def test_by_hand_it_opens_without_trials_until_it_is_closed(breaker, clock):
    breaker.open()
    clock.advance(1e9)
    assert breaker.retry_in is None
    with pytest.raises(CircuitOpenError, match=r"\(db\): until it is closed\.$"):
        breaker.acquire()
    breaker.close()
    record(breaker, ACCEPTED)


def test_by_hand_it_can_be_half_opened(breaker):
    breaker.half_open()
    assert breaker.state is OpenState
    assert breaker.acquire().trial


def test_closed_by_hand_it_forgets_its_failures(breaker):
    record(breaker, *[FAST] * 4)
    breaker.close()
    record(breaker, *[FAST] * 4)
    assert breaker.state is ClosedState


def test_around_a_callable_every_exception_is_a_failure(breaker):
    for _ in range(5):
        with pytest.raises(ZeroDivisionError):
            breaker.call(divmod, 1, 0)
    assert breaker.state is OpenState
    with pytest.raises(CircuitOpenError):
        breaker.call(divmod, 7, 2)


def test_around_a_callable_excluded_exceptions_are_successes(clock):
    breaker = CircuitBreaker(clock=clock, exclude=[LookupError])
    record(breaker, *[FAST] * 4)
    with pytest.raises(KeyError):
        breaker.call({}.__getitem__, "x")
    assert breaker.fail_counter == 0


def test_it_decorates_a_function(breaker):
    @breaker
    def half(number, *, rounded=False):
        """Half of it."""
        return number // 2 if rounded else number / 2

    assert half(3) == 1.5
    assert half(3, rounded=True) == 1
    assert half.__name__ == "half"
    trip(breaker)
    with pytest.raises(CircuitOpenError):
        half(3)


def test_no_lock_is_held_during_the_call(breaker):
    assert breaker.call(lambda: breaker.call(breaker._lock.locked)) is False


def test_a_copy_in_another_process_starts_closed_with_the_same_settings():
    breaker = CircuitBreaker("db", failure_threshold=2, max_break_duration=30, exclude=[KeyError])
    trip(breaker)
    copy = pickle.loads(pickle.dumps(breaker))
    assert copy.name == "db"
    assert copy.settings == breaker.settings
    assert copy.state is ClosedState
    with pytest.raises(KeyError):
        copy.call({}.pop, "x")
    assert copy.fail_counter == 0
    trip(copy)
    assert copy.state is OpenState


def test_a_forked_child_is_not_bound_by_its_parents_lock_or_trial(breaker, clock):
    trip(breaker)
    clock.advance(1)
    breaker.acquire()
    breaker._lock.acquire()
    breaker._after_fork()
    assert breaker.trial_due
    assert breaker.acquire().trial


def test_it_is_renewed_after_a_fork_for_as_long_as_it_lives():
    breaker = CircuitBreaker()
    key = id(breaker)
    assert _fork._registered[key]() is breaker
    gone = weakref.ref(breaker)
    del breaker
    gc.collect()
    assert gone() is None
    assert key not in _fork._registered


def test_it_shows_its_name_state_and_failures(breaker):
    record(breaker, FAST)
    assert repr(breaker) == "<CircuitBreaker db closed, 1 failures>"
    trip(breaker)
    assert "open" in repr(breaker)
    assert "None" not in repr(CircuitBreaker())


def test_a_call_that_waited_while_the_circuit_closed_goes_through(breaker):
    lock = breaker._lock

    class ClosesMeanwhile:
        def __enter__(self):
            breaker._lock = lock
            breaker.close()
            return lock.__enter__()

        def __exit__(self, *args):
            return lock.__exit__(*args)

    breaker.open()
    breaker._lock = ClosesMeanwhile()
    permit = breaker.acquire()
    assert not permit.trial
    permit.record(FAST)
    assert breaker.fail_counter == 1


def test_a_trial_whose_permit_was_lost_on_the_way_does_not_keep_the_circuit_shut(breaker, clock):
    trip(breaker)
    clock.advance(1)
    permit = breaker.acquire()
    assert not breaker.trial_due
    del permit
    assert breaker.trial_due
    with breaker.acquire() as permit:
        assert permit.trial
        permit.record(ACCEPTED)
    assert breaker.state is ClosedState
