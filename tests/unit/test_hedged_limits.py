"""What a race may not do, and what it leaves behind."""

import pytest

from ahoyhoy._core import Park, Verdict
from ahoyhoy.retries import RetryPolicy
from ahoyhoy.strategies import Hedged
from unit.racing import GET, Course, Streamed, ended

OK, BAD, UNSENT = "accepted", "retryable", "unsent"
LATE = ((9, OK), (0.05, OK))


class Now:
    """No pauses."""

    def delay(self, _failures):
        return 0.0


def hedged(attempts=2, delay=0.1, **options):
    return Hedged(attempts, delay, policy=RetryPolicy(attempts, Now()), **options)


# -- what is denied ---------------------------------------------------------------------------


def test_a_hedge_that_was_denied_is_asked_for_again_after_the_delay(clock):
    course = Course(clock, *LATE, hedges=(False, False, True))
    course.run(hedged())
    assert course.starts == [0.0, 0.3]
    assert course.denied == ["hedge budget"]  # once in a call


def test_it_is_asked_for_again_even_where_the_delay_is_none(clock):
    course = Course(clock, *LATE, hedges=(False, False, True))
    course.run(hedged(delay=0))
    assert course.starts == [0.0, 0.002]


def test_a_call_whose_hedges_are_all_denied_waits_for_its_first_answer(clock):
    course = Course(clock, (0.55, OK), hedges=(False,))
    assert course.run(hedged()).elapsed == 0.55
    assert course.starts == [0.0]
    assert course.denied == ["hedge budget"]


def hedges(strategy, clock, calls, **options):
    """In which of so many late calls there was a hedge."""
    made = []
    for number in range(1, calls + 1):
        course = Course(clock, (0.15, OK), (9, OK), **options)
        course.run(strategy)
        if len(course.starts) == 2:
            made.append(number)
    return made


def test_five_hedges_may_come_in_a_row_and_then_their_share_of_the_calls(clock):
    # Full at the beginning: what the first call pays in is lost.
    assert hedges(hedged(max_extra=0.25), clock, 20) == [1, 2, 3, 4, 5, 6, 9, 13, 17]


def test_by_default_they_are_two_in_a_hundred(clock):
    made = hedges(hedged(), clock, 1005)
    assert made[:5] == [1, 2, 3, 4, 5]
    assert 23 <= len(made) <= 25


def test_calls_that_cannot_be_hedged_pay_nothing_in(clock):
    strategy = hedged(max_extra=1)
    assert len(hedges(strategy, clock, 5)) == 5
    before = strategy._cap.take()
    for _ in range(100):
        Course(clock, (0.01, OK)).run(strategy, GET.with_(method="POST"))
    assert before
    assert hedges(strategy, clock, 1) == [1]


def test_what_the_clients_budget_refuses_does_not_count_for_the_cap(clock):
    strategy = hedged(max_extra=0.001)
    assert hedges(strategy, clock, 100, hedges=(False,)) == []
    assert hedges(strategy, clock, 6) == [1, 2, 3, 4, 5]


def test_the_clients_budget_is_not_asked_where_the_cap_refuses(clock):
    strategy = hedged(max_extra=0.001)
    hedges(strategy, clock, 5)
    course = Course(clock, (0.15, OK), hedges=("never asked",))
    course.leave_to_hedge = None  # to call it would be an error
    course.run(strategy)
    assert course.denied == ["hedge budget"]


def test_a_repeated_attempt_asks_the_budget_and_not_the_cap(clock):
    strategy = hedged(max_extra=0.001)
    hedges(strategy, clock, 5)
    course = Course(clock, (0.01, BAD), (0.01, OK))
    assert course.run(strategy).verdict is Verdict.ACCEPTED
    assert [outcome.verdict for outcome in course.repeated] == [Verdict.RETRYABLE]


@pytest.mark.parametrize("under_way", [False, True])
def test_what_may_not_be_repeated_is_not(clock, under_way):
    script = [(9, OK), (0.05, BAD)] if under_way else [(0.05, BAD)]
    course = Course(clock, *script, hosts=2, leave=lambda last, delay: None)
    outcome = course.run(hedged(3))
    assert outcome.verdict is (Verdict.ACCEPTED if under_way else Verdict.RETRYABLE)
    assert len(course.starts) == len(script)


def test_what_the_policy_does_not_repeat_is_not(clock):
    course = Course(clock, (0.05, BAD))
    strategy = Hedged(delay=0.1, policy=RetryPolicy(attempts=2, methods=["POST"]))
    assert course.run(strategy).verdict is Verdict.RETRYABLE
    assert course.repeated == []


def test_a_pause_that_hosts_asked_for_is_kept_where_nothing_is_under_way(clock):
    course = Course(clock, (0.05, BAD), (0.05, OK), leave=lambda last, delay: 2.0)
    assert course.run(hedged()).verdict is Verdict.ACCEPTED
    assert course.slept == [2.0]
    assert course.starts == [0.0, 2.05]


def test_a_pause_that_hosts_asked_for_leaves_it_to_the_one_under_way(clock):
    course = Course(clock, (1.0, OK), (0.05, BAD), hosts=2, leave=lambda last, delay: 2.0)
    assert course.run(hedged(3)).elapsed == 1.0
    assert course.slept == []
    assert course.starts == [0.0, 0.1]


# -- who won ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "won"),
    [
        ([(9, OK), (0.05, OK)], True),
        ([(0.12, OK), (9, OK)], False),  # the older one answered first
        ([(9, OK), (0.05, "ignored")], False),  # it is no answer
        ([(9, OK), (0.05, "failed")], False),
        ([(0.05, BAD), (0.05, OK)], False),  # it was repeated, not overtaken
        ([(0.12, BAD), (0.05, OK)], False),
    ],
)
def test_a_hedge_wins_when_it_answers_before_an_older_attempt(clock, script, won):
    course = Course(clock, *script)
    outcome = course.run(hedged())
    assert course.won == ([outcome] if won else [])


def test_of_two_that_answer_at_once_the_older_one_counts(clock):
    course = Course(clock, (0.2, OK), (0.1, OK))
    assert course.run(hedged()).elapsed == 0.2
    assert course.won == []


# -- what is left behind ----------------------------------------------------------------------


def test_a_late_answer_that_nobody_has_read_is_closed(clock):
    streamed = Streamed()
    course = Course(clock, (9, ended(response=streamed)), (0.05, OK))
    course.run(hedged())
    assert streamed.closed == 0
    clock.advance(9)
    course.tasks[0].end()
    assert streamed.closed == 1


def test_an_answer_that_came_at_the_same_time_and_lost_is_closed(clock):
    winner, loser = Streamed(), Streamed()
    course = Course(clock, (0.2, ended(response=winner)), (0.1, ended(response=loser)))
    assert course.run(hedged()).response is winner
    assert (winner.closed, loser.closed) == (0, 1)


def test_a_failed_answer_that_nobody_has_read_is_closed_when_another_one_wins(clock):
    failed, winner = Streamed(), Streamed()
    course = Course(clock, (0.5, ended(response=winner)), (0.05, ended(BAD, response=failed)))
    assert course.run(hedged()).response is winner
    assert (winner.closed, failed.closed) == (0, 1)


def test_an_answer_that_was_read_is_left_as_it_is(clock):
    streamed = Streamed()
    streamed._content_consumed = True
    course = Course(clock, (9, ended(response=streamed)), (0.05, OK))
    course.run(hedged())
    course.tasks[0].end()
    assert streamed.closed == 0


@pytest.mark.parametrize("late", [ended(BAD), MemoryError(), KeyboardInterrupt()])
def test_what_becomes_of_the_loser_is_nobodys_concern(clock, late):
    course = Course(clock, (9, late), (0.05, OK))
    assert course.run(hedged()).verdict is Verdict.ACCEPTED
    course.tasks[0].end()


def test_what_an_attempt_raises_ends_the_call_and_cancels_the_others(clock):
    course = Course(clock, (9, OK), (0.05, MemoryError()))
    with pytest.raises(MemoryError):
        course.run(hedged())
    assert [task.cancelled for task in course.tasks] == [True, False]


def test_an_interrupted_call_cancels_what_is_under_way(clock):
    course = Course(clock, (9, OK))
    steps = hedged().run(GET, course)
    task = course.perform(next(steps))
    assert isinstance(steps.send(task), Park)
    with pytest.raises(KeyboardInterrupt):
        steps.throw(KeyboardInterrupt())
    assert task.cancelled
