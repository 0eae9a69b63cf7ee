import gc

import pytest

from ahoyhoy._core import Judgement, Outcome, Verdict
from ahoyhoy.circuit import Circuit, CircuitBreaker
from ahoyhoy.exceptions import CircuitOpenError

GOOD = Judgement(Verdict.ACCEPTED)
ANSWERED = Judgement(Verdict.RETRYABLE, "HTTP 500", answered=True)
REFUSED = Judgement(Verdict.UNSENT, "connection refused", refused=True)
THROTTLED = Judgement(Verdict.RETRYABLE, "HTTP 429", answered=True, throttled=True)


@pytest.fixture
def breaker(clock):
    return CircuitBreaker("h", clock=clock, failure_threshold=3, minimum_throughput=100)


def record(breaker, judgement, times=1, *, bypass=False):
    for _ in range(times):
        breaker.acquire(bypass=bypass).record(judgement)


class TestBypass:
    def test_through_a_closed_circuit_it_is_like_any_other(self, breaker):
        record(breaker, ANSWERED, 3, bypass=True)
        assert breaker.current_state == "open"

    @pytest.mark.parametrize("judgement", [GOOD, ANSWERED, REFUSED])
    def test_its_outcome_neither_closes_nor_lengthens(self, breaker, clock, judgement):
        record(breaker, ANSWERED, 3)
        clock.advance(0.5)
        record(breaker, judgement, 20, bypass=True)
        assert breaker.current_state == "open"
        assert breaker.retry_in == 0.5

    def test_its_outcome_counts(self, breaker):
        record(breaker, ANSWERED, 3)
        record(breaker, ANSWERED, bypass=True)
        assert breaker.fail_counter == 4
        record(breaker, GOOD, bypass=True)
        assert breaker.fail_counter == 0

    def test_a_trial_that_is_due_is_made_instead(self, breaker, clock):
        record(breaker, ANSWERED, 3)
        clock.advance(1)
        record(breaker, GOOD, bypass=True)
        assert breaker.current_state == "closed"

    def test_while_the_trial_is_under_way_others_go_through_beside_it(self, breaker, clock):
        record(breaker, ANSWERED, 3)
        clock.advance(1)
        trial = breaker.acquire()
        record(breaker, ANSWERED, bypass=True)
        assert breaker.current_state == "half-open"
        trial.record(GOOD)
        assert breaker.current_state == "closed"

    def test_one_that_ends_after_the_circuit_closed_moves_nothing(self, breaker, clock):
        record(breaker, ANSWERED, 3)
        late = breaker.acquire(bypass=True)
        clock.advance(1)
        record(breaker, GOOD)
        late.record(ANSWERED)
        assert breaker.fail_counter == 0

    def test_an_attempt_of_a_circuit_can_be_one(self, breaker):
        record(breaker, ANSWERED, 3)
        circuit = Circuit(breaker)

        def attempt(**options):
            return circuit._attempt(str, (), {}, may_repeat=bool, **options)

        assert isinstance(attempt().error, CircuitOpenError)
        assert attempt(bypass=True).verdict is Verdict.ACCEPTED
        assert isinstance(attempt(bypass=True), Outcome)


@pytest.mark.parametrize(
    ("last", "by_answers"), [(ANSWERED, True), (THROTTLED, True), (REFUSED, False)]
)
def test_it_knows_whether_it_opened_because_of_what_was_answered(breaker, last, by_answers):
    assert not breaker.opened_by_answers
    record(breaker, ANSWERED, 2)
    assert not breaker.opened_by_answers
    record(breaker, last)
    if last is THROTTLED:
        record(breaker, ANSWERED)
    assert breaker.opened_by_answers is by_answers


def test_a_trial_that_could_not_connect_changes_what_is_known(breaker, clock):
    record(breaker, ANSWERED, 3)
    clock.advance(1)
    record(breaker, REFUSED)
    assert not breaker.opened_by_answers


def test_one_that_is_opened_by_hand_is_held_open_and_not_because_of_answers(breaker):
    record(breaker, ANSWERED, 3)
    assert not breaker.held_open
    breaker.open()
    assert breaker.held_open
    assert not breaker.opened_by_answers
    breaker.close()
    assert not breaker.held_open


class TestThrottling:
    """Of a host that answers 429: it is well, and asks for less."""

    def test_it_is_no_failure_in_a_row(self, breaker):
        record(breaker, ANSWERED, 2)
        record(breaker, THROTTLED, 50)
        assert (breaker.current_state, breaker.fail_counter) == ("closed", 2)

    @pytest.mark.parametrize("verdict", [Verdict.RETRYABLE, Verdict.ACCEPTED])
    def test_it_counts_for_the_success_rate(self, clock, verdict):
        breaker = CircuitBreaker(clock=clock)
        record(breaker, GOOD, 20)
        record(breaker, Judgement(verdict, "HTTP 429", throttled=True), 5)
        assert breaker.current_state == "closed"
        record(breaker, Judgement(verdict, "HTTP 429", throttled=True))
        assert breaker.current_state == "open"


class TestSlowCalls:
    def slow(self, clock, seconds, judgement=GOOD, **options):
        breaker = CircuitBreaker(clock=clock, failure_threshold=1, **options)
        heard = []
        watcher = Watcher(heard)
        breaker.notices.watch(watcher.changed)
        permit = breaker.acquire()
        clock.advance(seconds)
        permit.record(judgement)
        return breaker, heard

    def test_a_late_answer_counts_like_a_failure(self, clock):
        breaker, heard = self.slow(clock, 0.71, slow_call_duration=0.5)
        assert breaker.current_state == "open"
        assert breaker.opened_by_answers
        assert heard == [("closed", "open", "slow answer: 0.71 s; tried again in 1.0 s")]

    @pytest.mark.parametrize(("seconds", "limit"), [(0.5, 0.5), (60.0, None)])
    def test_one_in_time_does_not_and_without_a_limit_none_does(self, clock, seconds, limit):
        breaker, heard = self.slow(clock, seconds, slow_call_duration=limit)
        assert breaker.current_state == "closed"
        assert heard == []

    @pytest.mark.parametrize("judgement", [REFUSED, Judgement(Verdict.IGNORED)])
    def test_what_is_no_good_answer_keeps_its_judgement(self, clock, judgement):
        breaker, _ = self.slow(clock, 9.0, judgement, slow_call_duration=0.5)
        assert breaker.current_state == ("open" if judgement is REFUSED else "closed")
        assert not breaker.opened_by_answers

    def test_the_caller_gets_the_answer(self, clock):
        breaker = CircuitBreaker(clock=clock, failure_threshold=1, slow_call_duration=0.5)
        assert breaker.call(lambda: clock.advance(1) or "answer") == "answer"
        assert breaker.current_state == "open"


class Watcher:
    def __init__(self, heard):
        self.heard = heard

    def changed(self, old, new, why):
        self.heard.append((old.name, new.name, why))


def test_watchers_hear_of_changes_without_a_lock_as_long_as_they_live(breaker):
    heard, other = [], []
    first, second = Watcher(heard), Watcher(other)
    breaker.notices.watch(first.changed)
    breaker.notices.watch(second.changed)
    breaker.open()
    del first
    gc.collect()
    breaker.close()
    breaker.notices.watch(second.changed)
    assert heard == [("closed", "open", "by hand")]
    assert other == [("closed", "open", "by hand"), ("open", "closed", "by hand")]
    assert len(breaker.notices._watchers) == 2


def test_what_a_watcher_raises_is_logged_and_goes_no_further(breaker, caplog):
    class Broken:
        def changed(self, *_):
            raise RuntimeError("broken")

    broken = Broken()
    breaker.notices.watch(broken.changed)
    breaker.open()
    assert breaker.current_state == "open"
    assert "raised; the call goes on" in caplog.text
