"""What may be added to the requests that were asked for: never more than was paid for."""

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ahoyhoy._core import Verdict
from ahoyhoy.retries import RetryBudget, RetryPolicy
from ahoyhoy.strategies import Hedged
from ahoyhoy.strategies.hedgecap import HedgeCap
from ahoyhoy.testing.clock import FakeClock
from unit.racing import Course

WINDOW = 10
#: It counts in tenths of its window: so much longer or shorter may what it looks at be.
TENTH = 1
QUARTER = 0.25


class BudgetMachine(RuleBasedStateMachine):
    """A budget, and lists of the moments when it was paid into and drawn from."""

    @initialize(ratio=st.sampled_from([0, 0.1, 0.2, 0.5, 1, 2]), floor=st.sampled_from([0, 0.3, 1]))
    def make(self, ratio, floor):
        self.clock = FakeClock()
        self.budget = RetryBudget(ratio, floor, WINDOW, clock=self.clock)
        self.calls, self.drawn = [], []

    def lately(self, moments, seconds):
        return sum(moment > self.clock() - seconds for moment in moments)

    def allowed(self, seconds):
        paid = self.budget.ratio * self.lately(self.calls, seconds)
        return paid + self.budget.floor * WINDOW + 1e-9

    @rule(quarters=st.integers(1, 60))
    def time_passes(self, quarters):
        self.clock.advance(quarters * QUARTER)

    @rule(count=st.integers(1, 20))
    def calls_are_made(self, count):
        for _ in range(count):
            self.budget.deposit()
            self.calls.append(self.clock())

    @rule(wanted=st.integers(1, 20))
    def retries_are_wanted(self, wanted):
        for _ in range(wanted):
            if self.budget.withdraw():
                self.drawn.append(self.clock())
                assert self.lately(self.drawn, WINDOW - TENTH) <= self.allowed(WINDOW)
            else:
                # and it is not mean: one more would have been too many
                one_more = self.lately(self.drawn, WINDOW) + 1
                assert one_more > self.allowed(WINDOW - TENTH) - 2e-9

    @invariant()
    def its_balance_is_what_it_allows(self):
        if hasattr(self, "budget"):
            assert 0 <= self.budget.balance <= self.allowed(WINDOW)


TestBudget = BudgetMachine.TestCase
TestBudget.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)


@given(
    max_extra=st.floats(0.001, 1),
    steps=st.lists(st.tuples(st.integers(0, 50), st.integers(0, 9)), max_size=30),
)
def test_hedges_are_never_more_than_their_share_and_five(max_extra, steps):
    cap, calls, hedges = HedgeCap(max_extra), 0, 0
    for paid, wanted in steps:
        for _ in range(paid):
            cap.pay_in()
        calls += paid
        taken = sum(cap.take() for _ in range(wanted))
        assert taken <= 5
        hedges += taken
        assert hedges <= 5 + max_extra * calls + 1e-6


ATTEMPTS = st.tuples(
    st.sampled_from([0.0, 0.05, 0.1, 0.15, 0.3, 2.0]),
    st.sampled_from(
        ["accepted", "accepted", "retryable", "unsent", "failed", "ignored", "no host"]
    ),
)


@settings(deadline=None)
@given(
    attempts=st.integers(2, 4),
    delay=st.sampled_from([0, 0.1, 0.2]),
    script=st.lists(ATTEMPTS, min_size=9, max_size=9),
    hosts=st.integers(1, 9),
    leave=st.sampled_from([0.0, 0.5, None]),
    hedges=st.lists(st.booleans(), min_size=1, max_size=5),
)
def test_a_race_keeps_its_rules_whatever_its_attempts_come_to(
    attempts, delay, script, hosts, leave, hedges
):
    # What was never sent does not count: the script ends with one that was.
    course = Course(
        FakeClock(), *script, *[(0.1, "accepted")] * 30, hosts=hosts, hedges=hedges,
        leave=lambda last, delay: leave,
    )  # fmt: skip
    policy = RetryPolicy(attempts, type("Now", (), {"delay": lambda self, failures: 0.0})())
    outcome = course.run(Hedged(attempts, delay, policy=policy))
    ended = [task.result() for task in course.tasks if task.done]
    assert any(outcome is other for other in ended)
    good = [o for o in ended if o.verdict is Verdict.ACCEPTED]
    assert outcome.verdict is Verdict.ACCEPTED or not good or outcome.verdict not in (
        Verdict.RETRYABLE, Verdict.UNSENT
    )  # fmt: skip
    # Never more sent than was said, and nobody is forgotten.
    sent = [
        o for o in ended if o.verdict is not Verdict.UNSENT and o.judgement.reason != "no host left"
    ]
    under_way = [task for task in course.tasks if not task.done]
    assert len(sent) + len(under_way) <= attempts
    assert all(task.cancelled for task in under_way)
    assert len(course.denied) <= 1
    assert course.won in ([], [outcome])
