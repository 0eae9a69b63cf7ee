import pytest

from ahoyhoy._core import Call, Sleep
from ahoyhoy.retries import Retry, RetryPolicy
from ahoyhoy.strategies import Sequential

CALL = Call("GET", "/")


class Scripted:
    """A policy that returns these pauses, and notes what it was shown."""

    def __init__(self, *delays):
        self.delays = list(delays)
        self.shown = []

    def delay(self, call, outcomes, *, other_hosts):
        self.shown.append((call, list(outcomes), other_hosts))
        return self.delays.pop(0)


class Course:
    """What the strategy is given: each attempt yields one effect and returns the next result."""

    def __init__(self, *results, other_hosts=True, leave=lambda last, delay: delay):
        self.results = list(results)
        self.other_hosts = other_hosts
        self.made = 0
        self.asked = []
        self._leave = leave

    def attempt(self):
        self.made += 1
        answer = yield f"attempt {self.made}"
        assert answer == "sent"
        return self.results.pop(0)

    def leave_to_repeat(self, last, delay):
        self.asked.append((last, delay))
        return self._leave(last, delay)


def drive(steps):
    """Runs the steps; returns their effects and their result."""
    effects, answer = [], None
    try:
        while True:
            effects.append(steps.send(answer))
            answer = None if isinstance(effects[-1], Sleep) else "sent"
    except StopIteration as stop:
        return effects, stop.value


def test_it_ends_when_the_policy_says_so():
    course = Course("a")
    effects, result = drive(Sequential(Scripted(None)).run(CALL, course))
    assert effects == ["attempt 1"]
    assert result == "a"
    assert course.asked == []


def test_it_pauses_between_attempts_as_long_as_the_policy_says():
    policy = Scripted(0.5, 0.0, 1.5, None)
    course = Course("a", "b", "c", "d")
    effects, result = drive(Sequential(policy).run(CALL, course))
    assert effects == [
        "attempt 1", Sleep(0.5), "attempt 2", "attempt 3", Sleep(1.5), "attempt 4",
    ]  # fmt: skip
    assert result == "d"
    assert course.asked == [("a", 0.5), ("b", 0.0), ("c", 1.5)]


def test_the_course_may_lengthen_a_pause_and_forbid_an_attempt():
    leaves = iter([9.0, 0.0, None])
    course = Course("a", "b", "c", leave=lambda last, delay: next(leaves))
    effects, result = drive(Sequential(Scripted(0.0, 0.5, 0.0)).run(CALL, course))
    assert effects == ["attempt 1", Sleep(9.0), "attempt 2", "attempt 3"]
    assert result == "c"


@pytest.mark.parametrize("other_hosts", [True, False])
def test_the_policy_is_shown_all_outcomes_so_far_and_whether_there_are_other_hosts(other_hosts):
    policy = Scripted(0.0, None)
    drive(Sequential(policy).run(CALL, Course("a", "b", other_hosts=other_hosts)))
    assert policy.shown == [(CALL, ["a"], other_hosts), (CALL, ["a", "b"], other_hosts)]


def test_with_the_default_policy_three_failures_end_a_call(outcome):
    results = [outcome("retryable") for _ in range(9)]
    effects, result = drive(Sequential().run(CALL, Course(*results)))
    assert sum(isinstance(e, str) for e in effects) == 3
    assert result is results[2]


def test_an_interruption_of_a_pause_ends_the_call():
    steps = Sequential(Scripted(1.0)).run(CALL, Course("a", "b"))
    next(steps)
    assert steps.send("sent") == Sleep(1.0)
    with pytest.raises(KeyboardInterrupt):
        steps.throw(KeyboardInterrupt)


def test_it_takes_what_says_something_about_retries_and_nothing_else():
    policy = RetryPolicy(attempts=7)
    assert Sequential(policy).policy is policy
    assert callable(Sequential(Retry(tries=2)).policy.delay)
    with pytest.raises(TypeError, match="says nothing about retries"):
        Sequential(3)


def test_it_shows_its_policy():
    assert repr(Sequential(RetryPolicy(attempts=7))).startswith("Sequential(RetryPolicy(attempts=7")
