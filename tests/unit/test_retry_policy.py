import pytest

from ahoyhoy._core import Body, Call
from ahoyhoy.retries import RetryPolicy

KEY = {"headers": {"Idempotency-Key": "7"}}
STILL, ONCE, EARLY = Body(), Body(once=("x",)), Body(once=("x",), survives_unsent=False)


class Counted:
    """A backoff whose pauses tell how many attempts were counted."""

    def delay(self, failures):
        return float(failures)


POLICY = RetryPolicy(backoff=Counted())


def call(method="GET", options=None, body=STILL):
    return Call(method, "/", options=options or {}, body=body)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "POST", "PATCH"])
@pytest.mark.parametrize("options", [{}, KEY], ids=["", "key"])
@pytest.mark.parametrize("body", [STILL, ONCE, EARLY], ids=["still", "once", "early"])
@pytest.mark.parametrize("verdict", ["accepted", "failed", "retryable", "unsent", "ignored"])
def test_what_follows_a_first_attempt(outcome, verdict, method, options, body):
    if verdict == "unsent":
        expected = None if body is EARLY else 0.0
    elif verdict == "retryable":
        safe = (method not in ("POST", "PATCH") or options) and body is STILL
        expected = 1.0 if safe else None
    else:
        expected = None
    assert POLICY.delay(call(method, options, body), [outcome(verdict)]) == expected


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        ("R", 1.0),
        ("RR", 2.0),
        ("RRR", None),
        ("U", 0.0),
        ("UUUUUUUUU", 0.0),
        ("UR", 1.0),
        ("UURUR", 2.0),
        ("UURURUR", None),
        ("RRU", 0.0),  # only the sent ones are counted …
        ("RRUR", None),  # … and this is the third
        ("RA", None),
        ("RF", None),
        ("RI", None),
        ("UI", None),
    ],
)
def test_three_attempts_that_were_sent(outcome, story, expected):
    names = {v[0].upper(): v for v in ("accepted", "failed", "retryable", "unsent", "ignored")}
    assert POLICY.delay(call(), [outcome(names[s]) for s in story]) == expected


def test_one_attempt_means_that_what_was_sent_is_not_repeated(outcome):
    policy = RetryPolicy(attempts=1)
    assert policy.delay(call(), [outcome("retryable")]) is None
    assert policy.delay(call(), [outcome("unsent")]) == 0.0


def test_without_failover_a_refused_connection_is_the_end(outcome):
    assert RetryPolicy(failover=False).delay(call(), [outcome("unsent")]) is None


def test_failover_ends_when_unreachable_hosts_took_too_long(outcome):
    policy = RetryPolicy(failover_time=30)
    slow = [outcome("unsent", elapsed=10.0) for _ in range(4)]
    assert [policy.delay(call(), slow[:n]) for n in (1, 2, 3, 4)] == [0.0, 0.0, 0.0, None]
    spent_elsewhere = [outcome("retryable", elapsed=100.0), outcome("unsent", elapsed=1.0)]
    assert policy.delay(call(), spent_elsewhere) == 0.0
    fast = [outcome("unsent") for _ in range(1000)]
    assert RetryPolicy(failover_time=0).delay(call(), fast) == 0.0


def test_on_the_same_host_attempts_never_sent_count_and_pause_too(outcome):
    unsent = [outcome("unsent")]
    delays = [POLICY.delay(call("POST"), unsent * n, other_hosts=False) for n in (1, 2, 3)]
    assert delays == [1.0, 2.0, None]
    mixed = [outcome("unsent"), outcome("retryable")]
    assert POLICY.delay(call(), mixed, other_hosts=False) == 2.0
    assert POLICY.delay(call("POST", body=EARLY), unsent, other_hosts=False) is None


@pytest.mark.parametrize(
    ("methods", "method", "options", "repeated"),
    [
        ({"POST"}, "POST", {}, True),
        ({"POST"}, "GET", {}, False),
        (["get"], "GET", {}, True),
        (("patch", "POST"), "PATCH", {}, True),
        ((), "GET", {}, False),
        ((), "GET", KEY, True),
    ],
)
def test_methods_of_ones_own_in_any_case(outcome, methods, method, options, repeated):
    policy = RetryPolicy(methods=methods, backoff=Counted())
    delay = policy.delay(call(method, options), [outcome("retryable")])
    assert delay == (1.0 if repeated else None)


@pytest.mark.parametrize(
    ("statuses", "verdict", "status", "repeated"),
    [
        ({503}, "retryable", 503, True),
        ({503}, "retryable", 500, False),
        ({429}, "retryable", 429, True),
        ({503}, "retryable", 429, False),
        ({404}, "accepted", 404, True),
        ({404}, "accepted", 200, False),
        ({429}, "failed", 429, False),  # an exception callback's result ends the call
        ({503}, "retryable", None, True),  # the network's errors have no status
        ((), "retryable", 503, False),
        ([502, 503], "retryable", 502, True),
        (None, "retryable", 599, True),
        (None, "retryable", 429, True),
        (None, "accepted", 404, False),
    ],
)
def test_statuses_of_ones_own(outcome, statuses, verdict, status, repeated):
    policy = RetryPolicy(statuses=statuses, backoff=Counted())
    delay = policy.delay(call(), [outcome(verdict, status=status)])
    assert delay == (1.0 if repeated else None)


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"attempts": 0}, ValueError, "at least 1, not 0"),
        ({"attempts": -1}, ValueError, "at least 1"),
        ({"attempts": 2.0}, ValueError, "a whole number, at least 1, not 2.0"),
        ({"attempts": True}, ValueError, "at least 1"),
        ({"attempts": "3"}, ValueError, "at least 1"),
        ({"failover_time": -1}, ValueError, "failover_time"),
        ({"failover_time": float("nan")}, ValueError, "failover_time"),
        ({"methods": "GET"}, TypeError, "collection of names"),
        ({"statuses": 503}, TypeError, "collection of numbers"),
        ({"retries": 3}, TypeError, "retries"),
    ],
)
def test_a_wrong_setting_is_named(options, error, text):
    with pytest.raises(error, match=text):
        RetryPolicy(**options)
