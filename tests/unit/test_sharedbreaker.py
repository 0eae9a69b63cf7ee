"""A circuit that hears what other processes find out, and tells what it finds out itself."""

import logging
import pickle

import pytest

from ahoyhoy._core import Judgement, Verdict
from ahoyhoy.circuit import ClosedState, HalfOpenState, OpenState, SharedBreaker
from ahoyhoy.circuit.sharedbreaker import Grapevine, Word
from unit.scripted_registry import Always

ACCEPTED = Judgement(Verdict.ACCEPTED)
REFUSED = Judgement(Verdict.UNSENT, "connection refused", refused=True)
ANSWERED = Judgement(Verdict.RETRYABLE, "HTTP 503", answered=True)
ABANDONED = Judgement(Verdict.IGNORED, "too slow", abandoned=True)


class Chance(Always):
    def uniform(self, low, _high):
        return low

    def seed(self):
        pass


class Told(Grapevine):
    """Keeps what it is told."""

    def __init__(self, clock=None, number=0.0):
        self.clock = clock
        self.chance = Chance(number)
        self.words = []
        self.listened = 0

    def listen(self):
        self.listened += 1

    def tell(self, word):
        self.words.append(word)

    def __call__(self, name=None):
        return SharedBreaker(self, name, clock=self.clock, rng=self.chance)


@pytest.fixture
def told(clock):
    return Told(clock)


@pytest.fixture
def breaker(told):
    return told("a:1")


def record(breaker, *judgements):
    for judgement in judgements:
        with breaker.acquire() as permit:
            permit.record(judgement)


def heard(breaker, seconds=2.0, *, answered=False):
    breaker.hear(Word("a:1", seconds, answered))


def test_who_finds_a_host_dead_tells_for_how_long(breaker, told, clock):
    record(breaker, *[REFUSED] * 3)
    assert told.words == [Word("a:1", 1.0)]
    assert told.listened == 3
    clock.advance(1)
    record(breaker, REFUSED)
    assert told.words[1:] == [Word("a:1", pytest.approx(1.6))]


def test_who_finds_it_well_again_tells_that(breaker, told, clock):
    record(breaker, *[ANSWERED] * 5)
    clock.advance(1)
    record(breaker, ACCEPTED)
    assert told.words == [Word("a:1", 1.0, answered=True), Word("a:1", 0.0)]


def test_a_closed_circuit_opens_when_another_process_found_out(clock, caplog):
    breaker = Told(clock, number=0.5)("a:1")
    heard(breaker)
    assert breaker.state is OpenState
    assert breaker.retry_in == pytest.approx(2.2)  # by chance up to a fifth later
    assert not breaker.opened_by_answers
    assert caplog.messages == [
        "circuit a:1 opened: another process found out; tried again in 2.2 s"
    ]


def test_it_says_whether_the_host_answers(breaker):
    heard(breaker, answered=True)
    assert breaker.opened_by_answers


def test_doubtful_news_are_tried_at_once(breaker, told):
    breaker.hear(Word("a:1", 30.0), doubtful=True)
    assert breaker.state is OpenState
    assert breaker.trial_due
    record(breaker, ACCEPTED)
    assert breaker.state is ClosedState
    assert told.words == []


def test_what_was_heard_is_not_told_again(breaker, told):
    heard(breaker)
    heard(breaker, 0.0)
    assert told.words == []


def test_it_closes_when_the_others_found_it_well(breaker, caplog):
    caplog.set_level(logging.INFO, "ahoyhoy.circuit")
    heard(breaker)
    heard(breaker, 0.0)
    assert breaker.state is ClosedState
    assert caplog.messages[-1] == "circuit a:1 closed: another process found it well"
    heard(breaker, 0.0)
    assert breaker.state is ClosedState


def test_who_found_out_by_itself_too_makes_its_trial_when_others_found_it_well(breaker, told):
    record(breaker, *[REFUSED] * 3)
    heard(breaker, 0.0)
    assert breaker.state is OpenState
    assert breaker.trial_due
    assert len(told.words) == 1


def test_a_trial_that_fails_makes_it_ones_own_finding(breaker, told, clock):
    heard(breaker)
    clock.advance(2)
    record(breaker, REFUSED)
    assert told.words == [Word("a:1", 1.0)]
    heard(breaker, 0.0)
    assert breaker.state is OpenState


def test_others_who_were_wrong_are_not_believed_for_a_minute(breaker, told, clock):
    heard(breaker)
    clock.advance(2)
    record(breaker, ACCEPTED)  # the trial: it can reach the host, and they cannot
    assert told.words == []
    clock.advance(59.9)
    heard(breaker)
    assert breaker.state is ClosedState
    record(breaker, *[REFUSED] * 3)  # what it finds out itself it believes
    assert breaker.state is OpenState
    clock.advance(1)
    record(breaker, ACCEPTED)
    heard(breaker)
    assert breaker.state is OpenState


def test_an_open_circuit_keeps_its_own_time(breaker, clock):
    record(breaker, *[REFUSED] * 3)
    heard(breaker, 50.0)
    assert breaker.retry_in == 1.0
    clock.advance(1)
    permit = breaker.acquire()
    heard(breaker, 50.0)
    heard(breaker, 0.0)
    assert breaker.state is HalfOpenState
    permit.record(ACCEPTED)
    assert breaker.state is ClosedState


def test_a_trial_without_an_outcome_is_no_news_unless_it_was_too_slow(breaker, told, clock):
    heard(breaker)
    clock.advance(2)
    with breaker.acquire():
        pass
    assert told.words == []
    record(breaker, ABANDONED)
    assert told.words == [Word("a:1", 1.0)]


def test_what_is_done_by_hand_is_not_told_and_stays(breaker, told):
    breaker.open()
    heard(breaker, 0.0)
    assert breaker.held_open
    breaker.half_open()
    breaker.close()
    assert told.words == []


def test_closed_by_hand_it_believes_the_next_word(breaker):
    heard(breaker)
    breaker.close()
    heard(breaker)
    assert breaker.state is OpenState
    heard(breaker, 0.0)
    assert breaker.state is ClosedState


def test_a_circuit_without_a_name_tells_nothing(told):
    breaker = told()
    record(breaker, *[REFUSED] * 3)
    assert breaker.state is OpenState
    assert told.words == []


def test_a_copy_starts_closed_and_takes_part(breaker):
    record(breaker, *[REFUSED] * 3)
    copy = pickle.loads(pickle.dumps(breaker))
    assert type(copy) is SharedBreaker
    assert copy.name == "a:1"
    assert copy.state is ClosedState
