"""Retries as other libraries, and 4.x, say them."""

import itertools
import pickle

import pytest
import requests
import urllib3

from ahoyhoy._core import Body, Call, Outcome
from ahoyhoy.retries import Retry, RetryPolicy
from ahoyhoy.retries.conversion import policy_of

POLICY = RetryPolicy()
ONCE = Body(once=("x",))


def call(method="GET", options=None, body=None):
    return Call(method, "/", options=options or {}, body=body or Body())


def test_a_policy_is_taken_as_it_is():
    assert policy_of(POLICY) is POLICY


@pytest.mark.parametrize("item", [None, 3, "3", RetryPolicy, Retry, urllib3.Retry, object()])
def test_what_says_nothing_about_retries_is_refused(item):
    with pytest.raises(TypeError):
        policy_of(item)


@pytest.mark.parametrize(
    ("retry", "attempts", "failover"),
    [
        (urllib3.Retry(3), 4, True),
        (urllib3.Retry(0), 1, False),
        (urllib3.Retry(False), 1, False),
        (urllib3.Retry(), 11, True),
        (urllib3.Retry(5, read=2), 3, True),
        (urllib3.Retry(5, status=1), 2, True),
        (urllib3.Retry(5, connect=0), 6, False),
        (urllib3.Retry(5, read=False), 1, True),
        (urllib3.Retry(total=None, read=4, status=2), 3, True),
        (urllib3.Retry(total=None), 11, True),
    ],
    ids=repr,
)
def test_the_counts_of_urllib3(retry, attempts, failover):
    policy = policy_of(retry)
    assert (policy.attempts, policy.failover) == (attempts, failover)


def test_the_methods_and_statuses_of_urllib3(outcome):
    policy = policy_of(urllib3.Retry(3, status_forcelist=[503], allowed_methods=["POST"]))
    repeated = [
        (method, status)
        for method, status in itertools.product(["GET", "POST"], [500, 503])
        if policy.delay(call(method), [outcome("retryable", status=status)]) is not None
    ]
    assert repeated == [("POST", 503)]


def test_by_urllib3s_default_no_status_is_repeated(outcome):
    policy = policy_of(urllib3.Retry(3))
    assert policy.delay(call(), [outcome("retryable", status=503)]) is None
    assert policy.delay(call(), [outcome("retryable")]) is not None
    assert policy.delay(call("POST"), [outcome("retryable")]) is None


@pytest.mark.parametrize("methods", [None, False])
def test_with_urllib3s_any_method_a_post_is_repeated(outcome, methods):
    policy = policy_of(urllib3.Retry(3, allowed_methods=methods))
    for copy in (policy, pickle.loads(pickle.dumps(policy))):
        assert copy.delay(call("POST"), [outcome("retryable")]) is not None
        assert copy.delay(call("POST", body=ONCE), [outcome("retryable")]) is None


@pytest.mark.parametrize(
    ("options", "pauses"),
    [
        ({"backoff_factor": 0.5}, [0, 1, 2, 4, 8]),
        ({"backoff_factor": 0.5, "backoff_max": 1.5}, [0, 1, 1.5, 1.5, 1.5]),
        ({"backoff_factor": 300}, [0, 120, 120, 120, 120]),
        ({"backoff_factor": 0}, [0, 0, 0, 0, 0]),
        ({}, [0, 0, 0, 0, 0]),
    ],
    ids=repr,
)
def test_the_pauses_of_urllib3_are_the_ones_it_makes_itself(options, pauses):
    retry = urllib3.Retry(9, **options)
    backoff = policy_of(retry).backoff
    assert [backoff.delay(n) for n in range(1, 6)] == pauses
    own = []
    for _ in range(5):
        retry = retry.increment("GET", "/", response=urllib3.HTTPResponse(status=503))
        own.append(retry.get_backoff_time())
    assert own == pauses


def test_the_jitter_of_urllib3_is_added_below_its_cap():
    backoff = policy_of(urllib3.Retry(3, backoff_factor=1, backoff_jitter=0.25)).backoff
    drawn = {backoff.delay(3) for _ in range(50)}
    assert len(drawn) > 1
    assert all(4.0 <= pause <= 4.25 for pause in drawn)
    backoff = policy_of(urllib3.Retry(3, backoff_factor=1, backoff_max=4, backoff_jitter=9)).backoff
    assert {backoff.delay(3) for _ in range(50)} == {4.0}


@pytest.mark.parametrize(
    ("options", "story", "expected"),
    [
        ({"tries": 3}, ["retryable"], 0.0),
        ({"tries": 3}, ["retryable"] * 2, 0.0),
        ({"tries": 3}, ["retryable"] * 3, None),
        ({"tries": 1}, ["retryable"], None),
        ({}, ["retryable"] * 1000, 0.0),  # without end, as 4.x says
        ({"tries": 3, "delay": 1, "backoff": 2}, ["retryable"], 1.0),
        ({"tries": 3, "delay": 1, "backoff": 2}, ["retryable"] * 2, 2.0),
        ({"tries": 9, "delay": 1, "backoff": 2, "max_delay": 3}, ["retryable"] * 5, 3.0),
        ({"tries": 9, "delay": 1, "jitter": 0.5}, ["retryable"] * 3, 2.0),
        ({"tries": 3, "delay": 1}, ["unsent"], 0.0),  # the next host at once
        ({"tries": 3, "exceptions": requests.ConnectionError}, ["retryable"], 0.0),
        ({"tries": 3, "exceptions": (ValueError, TypeError)}, ["retryable"], None),
    ],
    ids=repr,
)
def test_the_retry_of_4x_as_a_policy(outcome, options, story, expected):
    policy = policy_of(Retry(**options))
    assert policy.delay(call(), [outcome(verdict) for verdict in story]) == expected


def test_the_retry_of_4x_repeats_nothing_that_may_have_happened(outcome):
    policy = policy_of(Retry(tries=5))
    assert policy.delay(call("POST"), [outcome("retryable")]) is None
    assert policy.delay(call("POST"), [outcome("unsent")]) == 0.0
    assert policy.delay(call("GET", body=ONCE), [outcome("retryable")]) is None


def test_the_retry_of_4x_repeats_an_answer_that_is_no_error(outcome, answer):
    judgement = outcome("retryable").judgement
    throttled = Outcome(judgement, answer(429), None, 0.0, 429)
    policy = policy_of(Retry(tries=2, exceptions=ValueError))
    assert policy.delay(call(), [throttled]) == 0.0


def test_the_retry_of_4x_on_one_host_counts_what_was_not_sent(outcome):
    policy = policy_of(Retry(tries=2, delay=1))
    assert policy.delay(call(), [outcome("unsent")], other_hosts=False) == 1.0
    assert policy.delay(call(), [outcome("unsent")] * 2, other_hosts=False) is None


def test_a_function_of_somebody_elses_is_no_policy():
    with pytest.raises(TypeError, match="says nothing about retries"):
        policy_of(Retry(lambda f, fargs, fkwargs: f()))


def test_policies_made_of_others_can_be_sent_to_another_process(outcome):
    for retries in (Retry(tries=2, delay=3), urllib3.Retry(2, backoff_factor=3)):
        copy = pickle.loads(pickle.dumps(policy_of(retries)))
        assert copy.delay(call(), [outcome("unsent")]) == 0.0
