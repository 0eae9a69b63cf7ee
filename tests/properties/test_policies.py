"""One property for each policy."""

import itertools
import math
import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from ahoyhoy._core import (
    Body,
    Call,
    Ewma,
    Judgement,
    LatencyWindow,
    Outcome,
    RollingWindow,
    Verdict,
)
from ahoyhoy.circuit import BreakerSettings
from ahoyhoy.retries import (
    ConstantBackoff,
    DecorrelatedJitterBackoff,
    EqualJitterBackoff,
    ExponentialBackoff,
    FullJitterBackoff,
    LinearBackoff,
    Retry,
    RetryPolicy,
)

SECONDS = st.floats(0, 1e6, allow_nan=False)
METHODS = ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE", "POST", "PATCH"]


@given(SECONDS, SECONDS, st.integers(1, 10**6), st.integers())
def test_full_jitter_stays_below_its_limit(base, cap, failures, seed):
    base, cap = sorted((base, cap))
    pause = FullJitterBackoff(base, cap, rng=random.Random(seed)).delay(failures)
    assert 0 <= pause <= min(cap, base * 2.0 ** min(failures - 1, 1000))


@given(SECONDS, SECONDS, st.floats(0, 100), st.integers(1, 200), st.integers())
def test_exponential_never_shrinks_by_more_than_its_jitter(factor, cap, jitter, failures, seed):
    factor, cap = sorted((factor, cap))
    backoff = ExponentialBackoff(factor, cap, jitter, rng=random.Random(seed))
    pauses = [backoff.delay(n) for n in range(1, failures + 1)]
    assert factor <= pauses[0] <= factor + jitter
    assert all(0 <= pause <= cap for pause in pauses)
    assert all(later >= earlier - jitter for earlier, later in itertools.pairwise(pauses))


@given(SECONDS, SECONDS, st.integers(1, 10**6), st.integers())
def test_equal_jitter_is_at_least_half_of_its_limit(base, cap, failures, seed):
    base, cap = sorted((base, cap))
    pause = EqualJitterBackoff(base, cap, rng=random.Random(seed)).delay(failures)
    limit = min(cap, base * 2.0 ** min(failures - 1, 1000))
    assert 0.499999 * min(limit, base * 2.0**60) <= pause <= limit * 1.000001


@given(SECONDS, SECONDS, st.integers(1, 10**6), st.integers())
def test_decorrelated_jitter_stays_between_its_base_and_its_cap(base, cap, failures, seed):
    base, cap = sorted((base, cap))
    pause = DecorrelatedJitterBackoff(base, cap, rng=random.Random(seed)).delay(failures)
    assert base * 0.999999 <= pause <= min(cap, base * 3.0 ** min(failures, 600)) * 1.000001


@given(st.floats(0, 1e3), st.floats(0, 1e3), st.floats(0, 1), st.integers(1, 100), st.integers())
def test_linear_stays_within_its_jitter(minimum, multiplier, jitter, failures, seed):
    backoff = LinearBackoff(minimum, multiplier, jitter, rng=random.Random(seed))
    straight = minimum + multiplier * failures
    pause = backoff.delay(failures)
    assert pause >= 0
    assert abs(pause - straight) <= straight * jitter * 1.000001 + 1e-9


@given(SECONDS, st.integers(1, 10**6))
def test_constant_never_changes(seconds, failures):
    assert ConstantBackoff(seconds).delay(failures) == seconds


@given(
    st.lists(st.floats(1e-5, 1e3), min_size=1, max_size=200),
    st.sampled_from([0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 1.0]),
)
def test_a_percentile_is_at_most_a_twentieth_above_the_true_one(answers, share):
    window = LatencyWindow()
    for seconds in answers:
        window.add(seconds, 0.0)
    number, (found,) = window.percentiles((share,), 0.0)
    true = sorted(answers)[math.ceil(share * len(answers)) - 1]
    assert number == len(answers)
    assert true * 0.999999 <= found <= true * 1.050001


@given(
    st.floats(0.001, 1e3), st.floats(0.001, 1e3), st.floats(0.001, 1e3),
    st.integers(0, 10**6), st.booleans(), st.integers(),
)  # fmt: skip
def test_a_break_is_never_longer_than_its_cap_nor_a_fifth_shorter(
    first, longest, fast, breaks, slow, seed
):
    first, longest = sorted((first, longest))
    options = BreakerSettings(
        break_duration=first, max_break_duration=longest, max_fast_break_duration=fast
    )
    length = options.break_length(breaks, slow=slow, rng=random.Random(seed))
    cap = longest if slow else max(first, min(longest, fast))
    full = min(cap, first * 2.0 ** min(breaks, 1000))
    assert 0.8 * full * 0.999999 <= length <= full
    assert breaks or length == first


@given(
    method=st.sampled_from(METHODS),
    key=st.booleans(),
    once=st.booleans(),
    attempts=st.integers(1, 6),
    verdicts=st.lists(st.sampled_from(list(Verdict)), min_size=1, max_size=60),
)
def test_a_request_is_never_sent_more_often_than_is_safe(method, key, once, attempts, verdicts):
    """Whatever happens: the calls that go on never exceed their attempts, nor repeat the unsafe."""
    policy = RetryPolicy(attempts=attempts)
    options = {"headers": {"Idempotency-Key": "1"}} if key else {}
    call = Call(method, "/", options=options, body=Body(once=("x",) if once else ()))
    outcomes = []
    for verdict in verdicts:
        outcomes.append(Outcome(Judgement(verdict)))
        if policy.delay(call, outcomes) is None:
            break
    sent = [o.verdict for o in outcomes if o.verdict is not Verdict.UNSENT]
    safe = (key or method not in ("POST", "PATCH")) and not once
    assert len(sent) <= (attempts if safe else 1)
    # only what may be repeated was followed by something
    assert all(o.verdict in (Verdict.UNSENT, Verdict.RETRYABLE) for o in outcomes[:-1])


@given(st.integers(1, 50), st.integers(0, 60))
def test_a_retry_calls_no_more_often_than_its_tries(tries, failures):
    calls = []

    def flaky():
        calls.append(1)
        if len(calls) <= failures:
            raise ValueError

    try:
        Retry(tries=tries, sleep=lambda _: None, logger=None)(flaky)
    except ValueError:
        assert failures >= tries
    assert len(calls) == min(tries, failures + 1)


@given(st.lists(st.tuples(st.floats(0, 5), st.booleans()), max_size=60), st.floats(0, 20))
def test_a_window_counts_all_of_the_last_nine_tenths_and_nothing_older(steps, pause):
    window, now, story = RollingWindow(10), 0.0, []
    for step, success in steps:
        now += step
        window.add(now, success=success)
        story.append((now, success))
    now += pause
    counted = window.totals(now)

    def within(seconds):
        return Counter(ok for at, ok in story if now - at < seconds)

    surely, perhaps = within(8.999), within(10.001)
    assert surely[True] <= counted[0] <= perhaps[True]
    assert surely[False] <= counted[1] <= perhaps[False]


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 60)), min_size=1, max_size=50))
def test_an_average_lies_between_its_samples(steps):
    average, now = Ewma(), 0.0
    for sample, step in steps:
        now += step
        average.add(sample, now)
    samples = [sample for sample, _ in steps]
    assert min(samples) - 1e-6 <= average.value <= max(samples) + 1e-6
