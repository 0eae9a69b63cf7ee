"""What one call may do on its way: deadlines, budgets, pauses, and what is told of it."""

import pytest
import requests

from ahoyhoy._core import Call, Deadline, Judgement, Outcome, Send, Verdict
from ahoyhoy.events import AttemptEnded, AttemptStarted, RetryDenied
from ahoyhoy.exceptions import DeadlineExceeded, LbNoEndpointsException
from ahoyhoy.retries import ConstantBackoff, RetryBudget, RetryPolicy
from ahoyhoy.strategies import Sequential, Single
from ahoyhoy.utils import Host
from unit.driven import World


def within(clock, seconds, method="GET"):
    return Call(method, "/", deadline=Deadline.after(seconds, clock))


def busy(status=503, retry_after=None, response="an answer"):
    judgement = Judgement(
        Verdict.RETRYABLE, f"HTTP {status}", answered=True, retry_after=retry_after
    )
    return Outcome(judgement, response, requests.HTTPError(f"HTTP {status}"), 0.5, status)


def denied(world):
    return [event.reason for event in world.told if isinstance(event, RetryDenied)]


def pausing(seconds):
    return Sequential(RetryPolicy(attempts=9, backoff=ConstantBackoff(seconds)))


# -- deadlines --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "sent"), [(0, ""), (0.005, ""), (0.006, "a"), (0.51, "ab"), (1.01, "abc")]
)
def test_no_attempt_begins_within_5_ms_of_the_deadline(clock, seconds, sent):
    world = World(clock, "abcd", script={host: ["unsent"] for host in "abcd"})
    outcome = world.run(within(clock, seconds))
    assert "".join(world.sent) == sent
    assert outcome.verdict is (Verdict.UNSENT if sent else Verdict.FAILED)
    assert isinstance(outcome.error, DeadlineExceeded) is not bool(sent)
    assert denied(world) == (["deadline"] if sent else [])
    assert world.story.denied == len(denied(world))


def test_a_call_that_is_late_occupies_no_host_and_asks_no_provider(clock):
    world = World(clock, "ab")
    assert world.run(within(clock, 0)).judgement.reason == "deadline passed"
    assert world.source.asked == 0
    assert world.story.attempts == ()


@pytest.mark.parametrize(("deadline", "slept", "sent"), [(2.0, [1.0], 2), (1.4, [], 1)])
def test_no_pause_is_begun_that_would_outlast_the_deadline(clock, deadline, slept, sent):
    world = World(clock, "a", script={"a": ["retryable"]}, strategy=pausing(1.0))
    outcome = world.run(within(clock, deadline))
    assert world.slept == slept
    assert len(world.sent) == sent
    assert outcome.verdict is Verdict.RETRYABLE
    assert denied(world) == ["deadline"]


def test_a_call_without_a_deadline_is_never_late_and_keeps_any_pause_of_its_policy(clock):
    world = World(clock, "a", script={"a": ["retryable"]}, strategy=pausing(1000.0))
    world.run()
    assert len(world.sent) == 9
    assert world.slept == [1000.0] * 8


def test_every_attempt_knows_the_deadline(clock):
    world = World(clock, "ab", script={"a": ["retryable"]})
    call = within(clock, 60)
    world.run(call)
    assert [sent.deadline for sent in world.calls] == [call.deadline] * 2


# -- pauses that hosts ask for ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "slept", "sent", "why"),
    [
        (None, [0.25], 2, []),
        (0.1, [0.25], 2, []),  # the longer of the two
        (7.0, [7.0], 2, []),
        (30.0, [30.0], 2, []),
        (30.5, [], 1, ["Retry-After"]),  # would hold the caller's thread
    ],
)
def test_a_single_hosts_pause_is_kept_before_it_is_asked_again(clock, asked, slept, sent, why):
    script = {"a": [busy(retry_after=asked), "accepted"]}
    world = World(clock, "a", script=script, strategy=pausing(0.25))
    world.run()
    assert world.slept == slept
    assert len(world.sent) == sent
    assert denied(world) == why


@pytest.mark.parametrize(("deadline", "slept"), [(61.0, [60.0]), (59.0, [])])
def test_with_a_deadline_a_pause_may_be_as_long_as_that_allows(clock, deadline, slept):
    world = World(clock, "a", script={"a": [busy(retry_after=60.0), "accepted"]})
    world.run(within(clock, deadline))
    assert world.slept == slept
    assert denied(world) == ([] if slept else ["deadline"])


def test_another_host_need_not_wait_for_the_pause_of_one(clock):
    script = {"a": [busy(429, retry_after=20.0)]}
    world = World(clock, "ab", script=script, strategy=pausing(0.0))
    assert world.run().verdict is Verdict.ACCEPTED
    assert world.sent == ["a", "b"]
    assert world.slept == []


def test_when_every_host_asked_for_a_pause_the_shortest_is_kept(clock):
    script = {
        "a": [busy(retry_after=20.0), "accepted"],
        "b": [busy(retry_after=5.0), "accepted"],
    }
    world = World(clock, "ab", script=script, strategy=pausing(0.0))
    assert world.run().verdict is Verdict.ACCEPTED
    assert world.slept == [5.0]
    assert world.sent == ["a", "b", "b"]


def test_what_was_not_sent_waits_for_nobodys_pause(clock):
    world = World(clock, "ab", script={"a": ["unsent"]})
    world.lb.pause = lambda: 1000.0
    assert world.run().verdict is Verdict.ACCEPTED
    assert world.slept == []


# -- the budget -------------------------------------------------------------------------------


def test_each_call_pays_in_and_each_repeated_request_takes_out(clock):
    budget = RetryBudget(0.5, floor=0, clock=clock)
    world = World(clock, "a", script={"a": ["retryable"]}, strategy=pausing(0.0), budget=budget)
    sent = []
    for _ in range(6):
        world.sent.clear()
        world.run()
        sent.append(len(world.sent))
    assert sent == [1, 2, 1, 2, 1, 2]
    assert denied(world) == ["retry budget"] * 6


def test_what_was_never_sent_is_free(clock):
    script = {host: ["unsent"] for host in "abcde"}
    budget = RetryBudget(0, floor=0, clock=clock)
    world = World(clock, "abcdef", script=script, budget=budget)
    assert world.run().verdict is Verdict.ACCEPTED
    assert len(world.sent) == 6
    assert denied(world) == []


def test_a_retry_that_the_deadline_forbids_costs_nothing(clock):
    budget = RetryBudget(1, floor=0, clock=clock)
    world = World(clock, "a", script={"a": ["retryable"]}, strategy=pausing(9.0), budget=budget)
    world.run(within(clock, 5))
    assert budget.balance == 1.0


@pytest.mark.parametrize(
    ("seconds", "floor", "allowed"), [(9, 1, True), (9, 0, False), (0.004, 1, False)]
)
def test_leave_to_hedge_is_the_budgets_and_the_deadlines(clock, seconds, floor, allowed):
    world = World(clock, "ab", budget=RetryBudget(0, floor, clock=clock))
    course = world.engine.course(within(clock, seconds))
    assert course.leave_to_hedge() is allowed
    assert denied(world) == []  # the strategy says so, once in a call


def test_without_a_budget_any_number_is_allowed(clock):
    course = World(clock, "ab").engine.course(Call("GET", "/"))
    assert all(course.leave_to_hedge() for _ in range(1000))


# -- elsewhere --------------------------------------------------------------------------------


class Elsewhere:
    """One attempt, then those elsewhere that it is told to make."""

    def __init__(self, more):
        self.more = more
        self.spare = []

    def run(self, call, course):
        outcomes = [(yield from course.attempt())]
        for _ in range(self.more):
            self.spare.append(course.spare_host)
            outcomes.append((yield from course.attempt(elsewhere=True)))
        return outcomes


def test_an_attempt_elsewhere_is_made_only_on_a_host_that_was_not_tried(clock):
    strategy = Elsewhere(3)
    world = World(clock, "abc", script={"a": ["retryable"]}, strategy=strategy, updates=5)
    *made, last = world.run()
    assert world.sent == ["a", "b", "c"]
    assert [outcome.verdict.value for outcome in made] == ["retryable", "accepted", "accepted"]
    assert isinstance(last.error, LbNoEndpointsException)
    assert strategy.spare == [True, True, False]
    assert world.source.asked == 1  # nor is the provider asked for one
    assert world.lb.is_ready  # nor before the next call


# -- what goes along --------------------------------------------------------------------------


def test_in_panic_an_attempt_goes_through_the_open_circuit(clock):
    world = World(clock, "abc")
    world.lb.update()
    lease = world.lb.lease

    def panicking(call, avoid=()):
        leased = lease(call, avoid)
        leased.bypass = True
        return leased

    world.lb.lease = panicking
    world.run()
    del world.lb.lease
    world.run()
    assert [call.bypass for call in world.calls] == [True, False]


def test_the_strategy_of_one_call_is_for_that_call(clock):
    world = World(clock, "ab", script={"a": ["retryable"], "b": ["retryable"]})
    assert world.run(strategy=Single()).verdict is Verdict.RETRYABLE
    assert len(world.sent) == 1
    world.run()
    assert len(world.sent) == 1 + 3


def test_attempts_are_told_as_they_begin_and_end(clock):
    world = World(clock, "ab", script={"a": [busy()]}, strategy=pausing(0.0))
    world.run(Call("GET", "/x?token=hunter2"))
    one, two = world.story.attempts
    told = ("users", "GET", "/x")
    assert world.told == [
        AttemptStarted(*told, Host("a", 1), 1),
        AttemptEnded(*told, 1, one),
        AttemptStarted(*told, Host("b", 1), 2),
        AttemptEnded(*told, 2, two),
    ]
    assert (one.status, one.error, two.status, two.error) == (503, "HTTP 503", None, "accepted")


def test_of_attempts_side_by_side_only_the_repeated_ones_answer_is_let_go(clock):
    class Streamed:
        _content_consumed = False
        closed = False

        def close(self):
            self.closed = True

    world = World(clock, "abc")
    course = world.engine.course(Call("GET", "/"))
    first, second, third = course.attempt(), course.attempt(), course.attempt()
    next(first)
    world.lb.update()
    assert isinstance(first.send(None), Send)
    with pytest.raises(StopIteration) as failed:
        first.send(busy(response=Streamed()))
    next(second)
    course.leave_to_repeat(failed.value.value, 0.0)
    winner = Streamed()
    with pytest.raises(StopIteration):
        second.send(Outcome(Judgement(Verdict.ACCEPTED), winner, None, 0.5, 200))
    next(third)
    assert failed.value.value.response.closed
    assert not winner.closed
    third.close()
