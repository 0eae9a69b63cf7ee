import pytest

from ahoyhoy._core import Call, Sleep
from ahoyhoy.retries import RetryPolicy
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


def attempts(*results):
    """What the strategy is given: each attempt yields one effect and returns the next result."""
    queue = list(results)

    def attempt():
        answer = yield f"attempt {len(results) - len(queue) + 1}"
        assert answer == "sent"
        return queue.pop(0)

    return attempt


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
    effects, result = drive(Sequential(Scripted(None)).run(CALL, attempts("a")))
    assert effects == ["attempt 1"]
    assert result == "a"


def test_it_pauses_between_attempts_as_long_as_the_policy_says():
    policy = Scripted(0.5, 0.0, 1.5, None)
    effects, result = drive(Sequential(policy).run(CALL, attempts("a", "b", "c", "d")))
    assert effects == [
        "attempt 1", Sleep(0.5), "attempt 2", "attempt 3", Sleep(1.5), "attempt 4",
    ]  # fmt: skip
    assert result == "d"


def test_the_policy_is_shown_all_outcomes_so_far():
    policy = Scripted(0.0, None)
    drive(Sequential(policy).run(CALL, attempts("a", "b")))
    assert policy.shown == [(CALL, ["a"], True), (CALL, ["a", "b"], True)]


def test_the_policy_is_told_when_there_are_no_other_hosts():
    policy = Scripted(None)
    drive(Sequential(policy, other_hosts=False).run(CALL, attempts("a")))
    assert policy.shown == [(CALL, ["a"], False)]


def test_with_the_real_policy_three_failures_end_a_call(outcome):
    results = [outcome("retryable") for _ in range(9)]
    effects, result = drive(Sequential(RetryPolicy()).run(CALL, attempts(*results)))
    assert sum(isinstance(e, str) for e in effects) == 3
    assert result is results[2]


def test_an_interruption_of_a_pause_ends_the_call():
    steps = Sequential(Scripted(1.0)).run(CALL, attempts("a", "b"))
    next(steps)
    assert steps.send("sent") == Sleep(1.0)
    with pytest.raises(KeyboardInterrupt):
        steps.throw(KeyboardInterrupt)
