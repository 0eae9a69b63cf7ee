"""Attempts side by side, driven by hand: no threads, no time."""

import pickle

import pytest

from ahoyhoy._core import Call, Verdict
from ahoyhoy.retries import LinearBackoff, RetryPolicy
from ahoyhoy.strategies import Hedged, linear_delays
from unit.racing import GET, Course, ended


class Now:
    """No pauses."""

    def delay(self, _failures):
        return 0.0


class Growing:
    """0.1 s, 0.2 s, …"""

    def delay(self, hedge):
        return 0.1 * hedge


def hedged(attempts=2, delay=0.1, **options):
    policy = options.pop("policy", RetryPolicy(attempts, Now()))
    return Hedged(attempts, None if "delays" in options else delay, policy=policy, **options)


OK, BAD, UNSENT = "accepted", "retryable", "unsent"


@pytest.mark.parametrize(
    ("attempts", "script", "starts", "result", "cancelled"),
    [
        # in time: alone
        (2, [(0.09, OK)], [0.0], 0, []),
        (2, [(0.1, OK)], [0.0], 0, []),
        # late: a second one, and whoever answers first
        (2, [(9, OK), (0.05, OK)], [0.0, 0.1], 1, [0]),
        (2, [(0.12, OK), (9, OK)], [0.0, 0.1], 0, [1]),
        # never more than so many
        (2, [(9, OK), (7, OK)], [0.0, 0.1], 1, [0]),
        (3, [(9, OK), (9, OK), (0.1, OK)], [0.0, 0.1, 0.2], 2, [0, 1]),
        (4, [(9, OK), (9, OK), (9, OK), (0.1, OK)], [0.0, 0.1, 0.2, 0.3], 3, [0, 1, 2]),
        # a failure: the next at once, also beside one that is under way
        (2, [(0.03, BAD), (0.05, OK)], [0.0, 0.03], 1, []),
        (3, [(0.03, BAD), (9, OK), (0.05, OK)], [0.0, 0.03, 0.13], 2, [1]),
        (3, [(9, OK), (0.03, BAD), (0.05, OK)], [0.0, 0.1, 0.13], 2, [0]),
        # a failure, and no attempt left: the one under way is waited for
        (2, [(0.12, BAD), (0.5, OK)], [0.0, 0.1], 1, []),
        (2, [(0.5, OK), (0.02, BAD)], [0.0, 0.1], 0, []),
        # what was not sent does not count
        (2, [(0.01, UNSENT), (9, OK), (0.05, OK)], [0.0, 0.01, 0.11], 2, [1]),
        (2, [(9, OK), (0.01, UNSENT), (0.05, OK)], [0.0, 0.1, 0.11], 2, [0]),
        (2, [(0, UNSENT), (0, UNSENT), (0, UNSENT), (0.01, OK)], [0.0] * 4, 3, []),
        # all fail: the last that was sent
        (2, [(0.01, BAD), (0.02, BAD)], [0.0, 0.01], 1, []),
        (2, [(0.3, BAD), (0.1, BAD)], [0.0, 0.1], 0, []),
        (2, [(0.3, BAD), (0.1, UNSENT), (0.3, "no host")], [0.0, 0.1, 0.2], 0, []),
        (2, [(0.0, UNSENT), (0.0, "no host")], [0.0, 0.0], 1, []),
        # what ends a call ends it
        (2, [(0.03, "failed")], [0.0], 0, []),
        (2, [(9, OK), (0.05, "ignored")], [0.0, 0.1], 1, [0]),
    ],
)
def test_when_each_attempt_begins_and_which_one_counts(
    clock, attempts, script, starts, result, cancelled
):
    outcomes = [ended(verdict, seconds) for seconds, verdict in script]
    course = Course(clock, *((s, o) for (s, _), o in zip(script, outcomes, strict=True)))
    assert course.run(hedged(attempts)) is outcomes[result]
    assert course.starts == starts
    assert [course.tasks.index(task) for task in course.tasks if task.cancelled] == cancelled
    assert course.alone == 0


def test_it_ends_with_the_first_good_answer(clock):
    Course(clock, (9, OK), (0.05, OK)).run(hedged())
    assert clock() == pytest.approx(0.15)


# -- delays -----------------------------------------------------------------------------------


def test_each_hedge_may_have_a_delay_of_its_own(clock):
    course = Course(clock, *[(9, OK)] * 3, (0.01, OK))
    course.run(hedged(4, delays=Growing()))
    assert course.starts == [0.0, 0.1, 0.3, 0.6]


def test_a_repeated_attempt_is_no_hedge_and_does_not_lengthen_the_delay(clock):
    course = Course(clock, (0.05, BAD), (9, OK), (0.01, OK))
    course.run(hedged(3, delays=Growing()))
    assert course.starts == [0.0, 0.05, 0.15]


def test_without_a_delay_the_second_goes_out_with_the_first(clock):
    course = Course(clock, (0.2, OK), (0.1, OK))
    course.run(hedged(delay=0))
    assert course.starts == [0.0, 0.0]


def test_linear_delays_are_a_linear_backoff():
    delays = linear_delays(0.01, 0.02, 0.0)
    assert isinstance(delays, LinearBackoff)
    assert [delays.delay(hedge) for hedge in (1, 2, 3)] == pytest.approx([0.03, 0.05, 0.07])
    assert linear_delays().delay(2) == pytest.approx(0.1, rel=0.2)


def answers(strategy, clock, count, seconds=0.1):
    """That many calls that are answered; how many of them had a race."""
    races = 0
    for _ in range(count):
        course = Course(clock, (seconds, OK))
        course.run(strategy)
        races += len(course.tasks)
        clock.advance(0.001)
    return races


def test_the_measured_delay_is_there_after_fifty_answers(clock):
    strategy = hedged(delay=None)
    assert answers(strategy, clock, 49) == 0
    assert strategy.delay(1, clock()) is None
    assert answers(strategy, clock, 1) == 0
    assert strategy.delay(1, clock()) == pytest.approx(0.15, rel=0.051)
    course = Course(clock, (9, OK), (0.1, OK))
    began = clock()
    course.run(strategy)
    assert course.starts[1] - course.starts[0] == pytest.approx(0.15, rel=0.051)
    assert clock() - began < 0.5


def test_before_that_attempts_follow_one_another(clock):
    course = Course(clock, (0.5, BAD), (0.5, OK))
    assert course.run(hedged(delay=None)).verdict is Verdict.ACCEPTED
    assert course.alone == 2


@pytest.mark.parametrize("verdict", [BAD, "failed", "ignored"])
def test_only_answers_that_stand_are_measured(clock, verdict):
    strategy = hedged(delay=None)
    for _ in range(100):
        Course(clock, *[(0.01, verdict)] * 2).run(strategy)
    assert strategy.delay(1, clock()) is None


def test_an_answer_that_was_overtaken_is_measured_as_what_it_would_have_taken_at_least(clock):
    strategy = hedged(delay=None, max_extra=1)
    answers(strategy, clock, 50, seconds=0.1)
    for _ in range(60):
        Course(clock, (9, OK), (0.01, OK)).run(strategy)
    # By the hedges' own answers it would be 0.1 s by now: what is late would be so from then on.
    assert strategy.delay(1, clock()) > 0.14


# -- which calls ------------------------------------------------------------------------------


class Stream:
    replayable = survives_unsent = True
    is_still = False


@pytest.mark.parametrize(
    ("call", "races"),
    [
        (GET, True),
        (Call("HEAD", "/"), True),
        (Call("OPTIONS", "/"), True),
        (Call("PUT", "/"), False),
        (Call("DELETE", "/"), False),
        (Call("POST", "/"), False),
        (Call("POST", "/", options={"headers": {"Idempotency-Key": "1"}}), True),
        (Call("POST", "/", options={"headers": {"idempotency-key": ""}}), False),
        (Call("GET", "/", body=Stream()), False),
        (Call("POST", "/", options={"headers": {"Idempotency-Key": "1"}}, body=Stream()), False),
    ],
)
def test_only_what_may_be_read_twice_at_a_time_is_hedged(clock, call, races):
    course = Course(clock, (0.5, OK), (0.6, OK))
    course.run(hedged(), call)
    assert (len(course.tasks), course.alone) == ((2, 0) if races else (0, 1))


def test_other_calls_are_repeated_as_the_policy_says(clock):
    course = Course(clock, (0.5, UNSENT), (0.5, BAD), (0.5, OK))
    assert course.run(hedged(), Call("POST", "/")).verdict is Verdict.RETRYABLE
    assert course.alone == 2


def test_where_there_are_no_other_hosts_attempts_follow_one_another(clock):
    course = Course(clock, (0.5, BAD), (0.5, OK), other_hosts=False)
    assert course.run(hedged()).verdict is Verdict.ACCEPTED
    assert course.alone == 2


# -- where ------------------------------------------------------------------------------------


def test_a_hedge_goes_elsewhere_and_so_does_what_is_repeated_beside_one(clock):
    course = Course(clock, (9, OK), (0.1, BAD), (0.1, OK))
    course.run(hedged(3))
    assert course.elsewhere == [False, True, True]


def test_what_is_repeated_with_nothing_under_way_may_go_anywhere(clock):
    course = Course(clock, (0.05, BAD), (0.05, OK))
    course.run(hedged())
    assert course.elsewhere == [False, False]


def test_where_every_host_was_tried_nothing_is_hedged_nor_denied(clock):
    course = Course(clock, (9, OK), hosts=1)
    course.run(hedged())
    assert course.starts == [0.0]
    assert clock() == 9
    assert course.denied == []


def test_a_hedge_that_found_no_host_leaves_the_first_alone(clock):
    course = Course(clock, (0.5, OK), (0.0, "no host"), hosts=2)
    assert course.run(hedged(3)).elapsed == 0.5
    assert course.starts == [0.0, 0.1]
    assert course.repeated == []


# -- what is wrong ----------------------------------------------------------------------------


@pytest.mark.parametrize("attempts", [1, 0, -1, 2.0, True, None, "2"])
def test_attempts_are_counted_from_two(attempts):
    with pytest.raises(ValueError, match="at least 2, not"):
        Hedged(attempts)


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"delay": -0.1}, ValueError, "a pause starts from 0 up"),
        ({"delay": float("nan")}, ValueError, "a pause starts from 0 up"),
        ({"delay": float("inf")}, ValueError, "a pause starts from 0 up"),
        ({"max_extra": 0}, ValueError, "max_extra is a share"),
        ({"delay": 0.1, "delays": Growing()}, ValueError, "not both"),
        ({"delays": 0.1}, TypeError, r"needs a delay\(hedge\) method"),
        ({"policy": 3}, TypeError, "says nothing about retries"),
    ],
)
def test_a_wrong_argument_is_named(options, error, text):
    with pytest.raises(error, match=text):
        Hedged(**options)


def test_it_shows_what_it_is():
    assert repr(hedged(3, 0.5)).startswith("Hedged(3, delays=ConstantBackoff(0.5), policy=Retry")
    assert Hedged(4).policy.attempts == 4


def test_a_copy_in_another_process_is_the_same_strategy(clock):
    copy = pickle.loads(pickle.dumps(Hedged(3, 0.1)))
    course = Course(clock, (9, OK), (9, OK), (0.1, OK))
    course.run(copy)
    assert course.starts == [0.0, 0.1, 0.2]
