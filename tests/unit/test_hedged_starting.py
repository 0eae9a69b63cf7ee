"""A race on a machine that has no thread left."""

import pytest

from ahoyhoy._core import Fork, Verdict
from ahoyhoy.retries import ConstantBackoff, RetryPolicy
from ahoyhoy.strategies import Hedged
from unit.racing import GET, Course


class Crowded(Course):
    """Threads can be had for the first few attempts only."""

    def __init__(self, clock, *script, threads, **options):
        super().__init__(clock, *script, **options)
        self.threads = threads

    def perform(self, effect):
        if isinstance(effect, Fork) and not self.threads:
            raise RuntimeError("can't start new thread")
        if isinstance(effect, Fork):
            self.threads -= 1
        return super().perform(effect)

    def run(self, strategy, call=GET):
        """As the driver does: what an effect raises is raised in the steps."""
        steps = strategy.run(call, self)
        answer = error = None
        try:
            while True:
                effect = steps.throw(error) if error else steps.send(answer)
                answer = error = None
                try:
                    answer = self.perform(effect)
                except RuntimeError as raised:
                    error = raised
        except StopIteration as stop:
            return stop.value


@pytest.fixture
def crowded(clock):
    return lambda *script, **options: Crowded(clock, *script, **options)


def hedged(attempts=2):
    return Hedged(attempts, 0.1, policy=RetryPolicy(attempts, ConstantBackoff()))


def test_without_any_thread_attempts_are_made_one_after_another(crowded):
    course = crowded((0.5, "retryable"), (0.5, "accepted"), threads=0)
    assert course.run(hedged()).verdict is Verdict.ACCEPTED
    assert course.tasks == []
    assert course.starts == [0.0, 0.5]


def test_without_a_thread_for_the_hedge_the_first_attempt_goes_on(crowded):
    course = crowded((0.55, "accepted"), threads=1)
    assert course.run(hedged()).elapsed == 0.55
    assert course.starts == [0.0]
    assert course.won == []


def test_without_a_thread_to_repeat_it_in_the_failure_is_the_calls(crowded):
    course = crowded((0.05, "retryable"), threads=1)
    assert course.run(hedged()).verdict is Verdict.RETRYABLE
    assert course.starts == [0.0]


def test_once_there_is_a_thread_again_the_hedge_is_sent(crowded):
    course = crowded((9, "accepted"), (0.05, "accepted"), threads=1)

    class Freed(Hedged):
        def take(self, course):
            took = super().take(course)
            course.threads = 1 if course.clock() >= 0.3 else course.threads
            return took

    strategy = Freed(3, 0.1, policy=RetryPolicy(3, ConstantBackoff()))
    assert course.run(strategy).elapsed == 0.05
    assert len(course.starts) == 2
    assert course.starts[1] >= 0.3
