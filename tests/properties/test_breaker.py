"""The circuit breaker against a model that is simple enough to be read."""

import random

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, precondition, rule

from ahoyhoy._core import Judgement, Verdict
from ahoyhoy.circuit import CircuitBreaker
from ahoyhoy.exceptions import CircuitOpenError
from ahoyhoy.testing.clock import FakeClock

ACCEPTED = Judgement(Verdict.ACCEPTED)
IGNORED = Judgement(Verdict.IGNORED)
FAILURES = (
    Judgement(Verdict.RETRYABLE, "HTTP 503", answered=True),
    Judgement(Verdict.RETRYABLE, "HTTP 429", answered=True, throttled=True),
    Judgement(Verdict.RETRYABLE, "read timeout", slow=True),
    Judgement(Verdict.UNSENT, "connection refused", refused=True),
)
LATE = Judgement(Verdict.RETRYABLE, "slow answer", answered=True)
RESULTS = st.sampled_from([ACCEPTED, ACCEPTED, IGNORED, *FAILURES])
SLOW = 3  # seconds


class BreakerMachine(RuleBasedStateMachine):
    """Time moves in whole seconds, so the model may keep its window second by second."""

    permits = Bundle("permits")

    def __init__(self):
        super().__init__()
        self.clock = FakeClock()
        self.breaker = CircuitBreaker(
            clock=self.clock, rng=random.Random(1), slow_call_duration=SLOW
        )
        self.state = "closed"
        self.era = 0  # changes of the state so far
        self.in_a_row = 0
        self.window = []  # (second, success)
        self.breaks = 0
        self.by_hand = False
        self.answered = False  # when it last failed

    # -- the model ----------------------------------------------------------------------------

    def change(self, state):
        self.state = state
        self.era += 1

    def forget(self):
        self.in_a_row = self.breaks = 0
        self.window = []
        self.answered = False

    def too_many(self):
        recent = [ok for at, ok in self.window if at > self.clock() - 10]
        low = len(recent) >= 5 and sum(recent) < 0.8 * len(recent)
        return self.in_a_row >= 5 or low

    def count(self, begun, judgement):
        permit, era, at = begun
        if era != self.era:
            return
        if judgement is ACCEPTED and self.clock() - at > SLOW:
            judgement = LATE
        if judgement is IGNORED:
            if permit.trial:
                self.change("open")
        elif judgement is ACCEPTED:
            self.in_a_row = 0
            if permit.trial:
                self.forget()
                self.change("closed")
            else:
                self.window.append((self.clock(), True))
        else:
            self.in_a_row += 0 if judgement.throttled else 2 if judgement.refused else 1
            self.window.append((self.clock(), False))
            self.answered = judgement.answered
            if permit.trial or (self.state == "closed" and self.too_many()):
                self.change("open")
                self.check_break(judgement)
                self.breaks += 1

    def check_break(self, judgement):
        longest = min(60 if judgement.slow else 5, 2.0**self.breaks)
        shortest = longest if self.breaks == 0 else 0.8 * longest
        assert shortest <= self.breaker.retry_in <= longest

    # -- what may happen ----------------------------------------------------------------------

    @rule(seconds=st.integers(0, 12))
    def time_passes(self, seconds):
        self.clock.advance(seconds)

    @rule(target=permits, bypass=st.booleans())
    def a_call_begins(self, bypass):
        due = self.state == "open" and not self.by_hand and self.breaker.retry_in == 0
        assert self.breaker.trial_due == due
        if self.state != "closed" and not due:
            with pytest.raises(CircuitOpenError):
                self.breaker.check()
            with pytest.raises(CircuitOpenError):
                self.breaker.acquire()
            if not bypass:
                return None
        else:
            self.breaker.check()
        if due:
            self.change("half-open")
        permit = self.breaker.acquire(bypass=bypass)
        assert permit.trial == due
        assert permit.bypass == (self.state != "closed" and not due)
        return permit, self.era, self.clock()

    @rule(begun=permits, judgement=RESULTS)
    def a_call_ends(self, begun, judgement):
        if begun is not None:  # more than once, perhaps
            permit = begun[0]
            first = not permit._done
            before = self.breaker.retry_in
            permit.record(judgement)
            if first:
                self.count(begun, judgement)
            if permit.bypass or not first:
                assert self.breaker.retry_in == before

    @rule(begun=permits, error=st.sampled_from([KeyboardInterrupt, GeneratorExit, SystemExit]))
    def a_call_is_interrupted(self, begun, error):
        if begun is not None:
            permit = begun[0]
            first = not permit._done
            with pytest.raises(error), permit:
                raise error
            if first:
                self.count(begun, IGNORED)

    @rule(judgement=RESULTS, times=st.integers(1, 6), bypass=st.booleans())
    def calls_are_made(self, judgement, times, bypass):
        for _ in range(times):
            begun = self.a_call_begins(bypass)
            self.a_call_ends(begun, judgement)

    @rule()
    def it_is_opened_by_hand(self):
        self.breaker.open()
        self.by_hand = True
        self.change("open")

    @precondition(lambda self: self.state != "closed")
    @rule()
    def it_is_closed_by_hand(self):
        self.breaker.close()
        self.by_hand = False
        self.forget()
        self.change("closed")

    @precondition(lambda self: self.state == "half-open")
    @rule()
    def the_process_forks(self):
        self.breaker._after_fork()
        self.change("open")

    # -- what always holds --------------------------------------------------------------------

    @invariant()
    def the_states_agree(self):
        assert self.breaker.current_state == self.state

    @invariant()
    def it_knows_why_it_is_open(self):
        held_open = self.by_hand and self.state == "open"
        assert self.breaker.held_open == held_open
        is_open = self.state != "closed" and not held_open
        assert self.breaker.opened_by_answers == (is_open and self.answered)

    @invariant()
    def failures_in_a_row_agree(self):
        assert self.breaker.fail_counter == self.in_a_row

    @invariant()
    def an_open_circuit_knows_when_its_trial_is_due(self):
        retry_in = self.breaker.retry_in
        if self.state == "open" and not self.by_hand:
            assert 0 <= retry_in <= 60
        else:
            assert retry_in is None


TestBreaker = BreakerMachine.TestCase
TestBreaker.settings = settings(max_examples=100, stateful_step_count=60, deadline=None)
