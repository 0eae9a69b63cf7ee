import threading

import pybreaker
import pytest

from ahoyhoy._core import Judgement, Verdict
from ahoyhoy.circuit import CircuitBreaker, ClosedState, HalfOpenState, OpenState
from ahoyhoy.circuit.permit import Permit
from ahoyhoy.exceptions import CircuitOpenError

ACCEPTED = Judgement(Verdict.ACCEPTED)
IGNORED = Judgement(Verdict.IGNORED)
FAST = Judgement(Verdict.RETRYABLE, "HTTP 503")
SLOW = Judgement(Verdict.RETRYABLE, "read timeout", slow=True)
REFUSED = Judgement(Verdict.UNSENT, "connection refused", refused=True)


class Exact:
    """A source of chance that takes nothing off."""

    def uniform(self, _low, high):
        return high

    def seed(self):
        pass


@pytest.fixture
def breaker(clock):
    return CircuitBreaker("db", clock=clock, rng=Exact())


def record(breaker, *judgements):
    for judgement in judgements:
        with breaker.acquire() as permit:
            permit.record(judgement)


def trip(breaker):
    while breaker.state is ClosedState:
        record(breaker, FAST)


def test_it_starts_closed(breaker):
    assert breaker.state is ClosedState
    assert breaker.current_state == "closed"
    assert breaker.fail_counter == 0
    assert breaker.fail_max == 5
    assert breaker.retry_in is None
    assert not breaker.trial_due


@pytest.mark.parametrize(
    ("judgements", "state"),
    [
        ([FAST] * 4, "closed"),
        ([FAST] * 5, "open"),
        ([SLOW] * 4, "closed"),
        ([SLOW] * 5, "open"),
        ([REFUSED] * 2, "closed"),
        ([REFUSED] * 3, "open"),
        ([REFUSED, REFUSED, FAST], "open"),
        ([REFUSED, FAST, FAST], "closed"),
        ([FAST] * 4 + [IGNORED] * 9, "closed"),
        ([FAST] * 4 + [IGNORED, FAST], "open"),
        ([IGNORED] * 50, "closed"),
        # a success ends the run; the rate needs five calls, fewer than 80 % of them successes
        ([FAST, FAST, ACCEPTED, FAST], "closed"),
        ([FAST, FAST, ACCEPTED, FAST, FAST], "open"),
        ([ACCEPTED] * 4 + [FAST], "closed"),
        ([ACCEPTED] * 4 + [FAST, ACCEPTED, ACCEPTED, ACCEPTED, ACCEPTED, FAST], "closed"),
        ([ACCEPTED] * 3 + [FAST, FAST], "open"),
        ([ACCEPTED] * 8 + [FAST, FAST], "closed"),
        ([ACCEPTED] * 8 + [FAST, FAST, FAST], "open"),
        ([FAST, FAST, FAST, ACCEPTED, ACCEPTED], "closed"),  # a success never opens
    ],
    ids=lambda x: x if isinstance(x, str) else "".join(j.verdict.name[0] for j in x),
)
def test_it_opens_after_a_run_of_failures_or_at_a_low_rate(breaker, judgements, state):
    record(breaker, *judgements)
    assert breaker.current_state == state


def test_failures_older_than_the_window_do_not_count_for_the_rate(breaker, clock):
    record(breaker, FAST, FAST, ACCEPTED)
    clock.advance(10)
    record(breaker, ACCEPTED, ACCEPTED, ACCEPTED, ACCEPTED, FAST)
    assert breaker.state is ClosedState
    record(breaker, FAST)
    assert breaker.state is OpenState


def test_failures_in_a_row_count_however_long_they_take(breaker, clock):
    for _ in range(5):
        record(breaker, FAST)
        clock.advance(1000)
    assert breaker.state is OpenState


def test_a_success_rate_of_0_leaves_only_the_run(clock):
    breaker = CircuitBreaker(clock=clock, success_rate=0)
    record(breaker, *[FAST, FAST, FAST, FAST, ACCEPTED] * 20)
    assert breaker.state is ClosedState


@pytest.mark.parametrize(
    ("judgement", "breaks"),
    [
        (FAST, [1, 2, 4, 5, 5, 5]),
        (REFUSED, [1, 2, 4, 5, 5, 5]),
        (SLOW, [1, 2, 4, 8, 16, 32, 60, 60]),
    ],
    ids=["5xx", "refused", "timeout"],
)
def test_breaks_double_to_their_cap(breaker, clock, judgement, breaks):
    record(breaker, *[judgement] * (3 if judgement.refused else 5))
    for length in breaks:
        assert breaker.retry_in == pytest.approx(length)
        clock.advance(length - 0.001)
        assert not breaker.trial_due
        with pytest.raises(CircuitOpenError):
            breaker.acquire()
        clock.advance(0.002)
        assert breaker.trial_due
        record(breaker, judgement)
        assert breaker.state is OpenState


def test_the_cap_is_that_of_the_last_failure(breaker, clock):
    record(breaker, *[SLOW] * 5)
    for _ in range(5):
        clock.advance(breaker.retry_in)
        record(breaker, SLOW)
    assert breaker.retry_in == 32
    clock.advance(32)
    record(breaker, FAST)
    assert breaker.retry_in == 5


def test_while_open_every_call_is_refused(breaker):
    trip(breaker)
    for refused in (breaker.acquire, breaker.check, lambda: breaker.call(pytest.fail)):
        with pytest.raises(CircuitOpenError) as caught:
            refused()
        assert isinstance(caught.value, (RuntimeError, pybreaker.CircuitBreakerError))
        assert str(caught.value) == (
            "Circuit state is open, no connections possible (db): the next trial is due in 1.0 s."
        )


def test_one_trial_at_a_time(breaker, clock):
    trip(breaker)
    clock.advance(1)
    breaker.check()
    assert breaker.retry_in == 0.0
    with breaker.acquire() as permit:
        assert permit.trial
        assert breaker.state is HalfOpenState
        assert breaker.retry_in is None
        for refused in (breaker.acquire, breaker.check):
            with pytest.raises(CircuitOpenError, match="while a trial request is under way"):
                refused()
        permit.record(ACCEPTED)
    assert breaker.state is ClosedState


def test_of_many_threads_one_makes_the_trial(breaker, clock):
    trip(breaker)
    clock.advance(1)
    barrier, permits = threading.Barrier(16), []

    def run():
        barrier.wait()
        try:
            permits.append(breaker.acquire())
        except CircuitOpenError:
            permits.append(None)

    threads = [threading.Thread(target=run) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(permits) == 16
    assert sum(p is not None for p in permits) == 1


def test_a_successful_trial_closes_it_and_forgets_everything(breaker, clock):
    trip(breaker)
    clock.advance(1)
    record(breaker, FAST)
    clock.advance(2)
    record(breaker, ACCEPTED)
    assert breaker.state is ClosedState
    assert breaker.fail_counter == 0
    record(breaker, *[FAST] * 4)
    assert breaker.state is ClosedState  # the failures of before are not in the window
    record(breaker, FAST)
    assert breaker.retry_in == 1.0  # nor in the length of the break


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, GeneratorExit, SystemExit, None])
def test_the_permit_of_a_trial_comes_back_whatever_happens(breaker, clock, interruption):
    trip(breaker)
    clock.advance(1)

    def interrupted():
        raise interruption

    if interruption is None:
        record(breaker, IGNORED)
    else:
        with pytest.raises(interruption):
            breaker.call(interrupted)
    assert breaker.state is OpenState
    assert breaker.trial_due
    assert breaker.acquire().trial


def test_a_cancelled_generator_gives_the_permit_back(breaker, clock):
    trip(breaker)
    clock.advance(1)

    def steps():
        with breaker.acquire():
            yield

    generator = steps()
    next(generator)
    assert breaker.state is HalfOpenState
    generator.close()
    assert breaker.trial_due


def test_an_ended_break_stays_ended_until_somebody_calls(breaker, clock):
    trip(breaker)
    clock.advance(1000)
    assert breaker.state is OpenState
    assert breaker.retry_in == 0.0


def test_a_permit_counts_once(breaker):
    with breaker.acquire() as permit:
        for _ in range(9):
            permit.record(FAST)
    assert breaker.fail_counter == 1


@pytest.mark.parametrize("judgement", [ACCEPTED, FAST, REFUSED, IGNORED])
def test_an_outcome_from_before_the_circuit_changed_moves_nothing(breaker, clock, judgement):
    late, later = breaker.acquire(), breaker.acquire()
    trip(breaker)
    assert breaker.retry_in == 1
    late.record(judgement)
    assert (breaker.state, breaker.fail_counter, breaker.retry_in) == (OpenState, 5, 1)
    clock.advance(1)
    trial = breaker.acquire()
    later.record(judgement)
    assert breaker.state is HalfOpenState
    trial.record(ACCEPTED)
    assert breaker.state is ClosedState


def test_a_late_trial_moves_nothing_after_the_circuit_was_set_by_hand(breaker, clock):
    trip(breaker)
    clock.advance(1)
    trial = breaker.acquire()
    breaker.close()
    trial.record(FAST)
    assert breaker.state is ClosedState
    assert breaker.fail_counter == 0


def test_a_call_that_begins_while_the_circuit_opens_moves_nothing(breaker):
    class OpensWhileRead(CircuitBreaker):
        """Opens just after a call saw that it is closed."""

        @property
        def _state(self):
            seen = vars(self)["_state"]
            if not self.tripped:
                self.tripped = True
                late = [Permit(self, self._generation, trial=False) for _ in range(5)]
                for permit in late:
                    permit.record(FAST)
            return seen

        @_state.setter
        def _state(self, state):
            vars(self)["_state"] = state

        tripped = True

    breaker.__class__ = OpensWhileRead
    breaker.tripped = False
    permit = breaker.acquire()
    assert breaker.state is OpenState
    before = breaker.retry_in
    permit.record(FAST)
    assert breaker.retry_in == before
