"""A call is over when its time is up: attempts, pauses and the body included."""

import pickle
import time

import pytest
import requests

import ahoyhoy
from ahoyhoy import (
    Ahoyhoy500Exception,
    DeadlineExceeded,
    RetryPolicy,
    SessionClientBuilder,
    attempts_of,
)
from ahoyhoy.events import RetryDenied
from ahoyhoy.retries import ConstantBackoff
from integration.attempts import taking
from integration.calls import circuits, counts, in_order, pause, until

SECONDS = 0.4


@pytest.fixture
def stalling(cluster):
    """Servers that read and never answer."""
    for node in cluster:
        node.set(fault="stall")
    return cluster


def test_it_ends_a_call_that_nobody_answers(stalling, build):
    client = build(in_order(*stalling.hosts), add_deadline=SECONDS, add_name="users")
    with taking(SECONDS), pytest.raises(DeadlineExceeded) as caught:
        client.get("/x?token=hunter2")
    (attempt,) = caught.value.attempts
    assert attempt.host == stalling[0].host
    assert attempt.error == "deadline passed"
    text = str(caught.value)
    assert text.startswith("users: 1 attempt on 1 of 3 hosts in 0.")
    assert text.endswith("its deadline of 0.4 s passed")
    assert "hunter2" not in text
    until(lambda: all(host.in_flight == 0 for host in client.hosts()))


@pytest.mark.parametrize("kind", [requests.Timeout, TimeoutError, requests.RequestException])
def test_its_error_is_a_timeout_of_requests_and_of_python(stalling, build, kind):
    client = build(in_order(*stalling.hosts))
    with pytest.raises(kind):
        client.get("/x", deadline=0.1)


def test_its_error_can_be_sent_to_another_process(stalling, build):
    client = build(in_order(*stalling.hosts))
    with pytest.raises(DeadlineExceeded) as caught:
        client.get("/x", deadline=0.1)
    copy = pickle.loads(pickle.dumps(caught.value))
    assert type(copy) is DeadlineExceeded
    assert (str(copy), copy.attempts) == (str(caught.value), caught.value.attempts)


def test_all_attempts_together_have_so_long(cluster, build):
    for node in cluster:
        node.set(status=503, delay=0.15)
    client = build(in_order(*cluster.hosts), add_retries=RetryPolicy(50, ConstantBackoff()))
    with taking(SECONDS), pytest.raises(DeadlineExceeded) as caught:
        client.get("/x", deadline=SECONDS)
    assert [a.status for a in caught.value.attempts[:2]] == [503, 503]
    assert caught.value.attempts[-1].error == "deadline passed"
    assert sum(counts(cluster)) == len(caught.value.attempts)


def test_pauses_count_and_one_that_would_be_too_long_is_not_begun(cluster, build):
    told = []
    for node in cluster:
        node.set(status=503)
    policy = RetryPolicy(50, ConstantBackoff(SECONDS * 0.7))
    client = build(in_order(*cluster.hosts), add_retries=policy, add_listener=told.append)
    started = time.monotonic()
    with pytest.raises(Ahoyhoy500Exception) as caught:  # it was answered, in time
        client.get("/x", deadline=SECONDS)
    assert time.monotonic() - started < SECONDS
    assert len(caught.value.attempts) == 2
    assert [e.reason for e in told if isinstance(e, RetryDenied)] == ["deadline"]


def test_a_host_that_asks_for_a_longer_pause_is_not_waited_for(cluster, build):
    cluster[0].set(status=503, headers={"Retry-After": "5"})
    client = build(in_order(cluster[0].host), add_deadline=SECONDS)
    started = time.monotonic()
    with pytest.raises(Ahoyhoy500Exception):
        client.get("/x")
    assert time.monotonic() - started < SECONDS
    assert counts(cluster) == [1, 0, 0]


def test_a_shorter_pause_is_kept(cluster, build):
    cluster[0].set(status=503, headers={"Retry-After": "1"})
    client = build(in_order(cluster[0].host), add_retries=RetryPolicy(2, ConstantBackoff()))
    with taking(1.0), pytest.raises(Ahoyhoy500Exception):
        client.get("/x", deadline=30)
    assert counts(cluster) == [2, 0, 0]


def test_when_it_has_passed_nothing_is_sent(cluster, build):
    client = build(in_order(*cluster.hosts))
    with pytest.raises(DeadlineExceeded, match="no attempt; its deadline of 0 s passed") as caught:
        client.get("/x", deadline=0)
    assert caught.value.attempts == ()
    assert counts(cluster) == [0, 0, 0]


@pytest.mark.parametrize("fault", ["drip", "stall"])
def test_the_body_of_an_answer_has_to_come_in_time(cluster, build, fault):
    for node in cluster:
        node.set(fault=fault, body=b"x" * 1000)
    client = build(in_order(*cluster.hosts))
    with taking(SECONDS), pytest.raises(DeadlineExceeded):
        client.get("/x", deadline=SECONDS)


def test_a_streamed_body_has_to_come_in_time(cluster, build):
    cluster[0].set(fault="drip", body=b"x" * 1000)
    client = build(in_order(*cluster.hosts))
    with taking(SECONDS):
        response = client.get("/x", deadline=SECONDS, stream=True)
        with pytest.raises(DeadlineExceeded):
            list(response.iter_content(10))
    until(lambda: all(host.in_flight == 0 for host in client.hosts()))


def test_an_answer_in_time_is_an_answer(cluster, build):
    client = build(in_order(*cluster.hosts), add_deadline=60)
    for _ in range(5):
        assert client.get("/x").status_code == 200
    assert cluster[0].connections == 1


def test_a_call_may_have_longer_than_its_client_says(cluster, build):
    cluster[0].set(delay=0.3)
    client = build(in_order(*cluster.hosts), add_deadline=0.05)
    assert client.get("/x", deadline=60).status_code == 200
    assert client.get("/x", deadline=None).status_code == 200
    with pytest.raises(DeadlineExceeded):
        client.get("/x")


def test_calls_in_a_block_share_its_deadline(cluster, build):
    cluster[0].set(delay=0.25)
    client = build(in_order(*cluster.hosts), add_retries=RetryPolicy(1))
    with taking(SECONDS), ahoyhoy.deadline(SECONDS) as block:
        assert client.get("/x", deadline=60).status_code == 200
        with pytest.raises(DeadlineExceeded):
            client.get("/x", deadline=60)
        assert block.remaining() == 0
        with pytest.raises(DeadlineExceeded, match="no attempt"):
            client.get("/x")
    assert client.get("/x").status_code == 200
    assert counts(cluster)[0] == 3


def test_a_block_shortens_what_is_left_and_never_lengthens_it(stalling, build):
    client = build(in_order(*stalling.hosts), add_deadline=SECONDS)
    with ahoyhoy.deadline(60), taking(SECONDS), pytest.raises(DeadlineExceeded):
        client.get("/x")
    with ahoyhoy.deadline(0.1), taking(0.1), pytest.raises(DeadlineExceeded):
        client.get("/x")


def test_time_goes_by_between_the_calls_of_a_block(cluster, build):
    client = build(in_order(*cluster.hosts))
    with ahoyhoy.deadline(0.1):
        client.get("/x")
        pause(0.15)
        with pytest.raises(DeadlineExceeded):
            client.get("/x")


def test_a_client_whose_calls_are_all_too_short_opens_circuits_like_any_timeout(stalling, build):
    client = build(
        in_order(stalling[0].host), add_deadline=0.05, add_breaker={"failure_threshold": 2}
    )
    for _ in range(2):
        with pytest.raises(DeadlineExceeded):
            client.get("/x")
    assert circuits(client) == ["open"]


def test_a_timeout_that_is_shorter_comes_first_and_goes_on_elsewhere(cluster, build):
    cluster[0].set(fault="stall")
    client = build(in_order(*cluster.hosts), add_timeout=0.1)
    with taking(0.1):
        response = client.get("/x", deadline=60)
    assert [a.error for a in attempts_of(response)] == ["read timeout", None]


def test_a_session_client_has_deadlines_too(cluster, session):
    cluster[0].set(fault="stall")
    url = f"http://127.0.0.1:{cluster[0].port}/x"
    client = SessionClientBuilder().add_session(session).add_deadline(SECONDS).build()
    with taking(SECONDS), pytest.raises(DeadlineExceeded) as caught:
        client.get(url)
    assert [a.host for a in caught.value.attempts] == [url.removesuffix("/x")]
    with ahoyhoy.deadline(0.1), taking(0.1), pytest.raises(DeadlineExceeded):
        client.get(url)
    with taking(0.2), pytest.raises(DeadlineExceeded):
        client.get(url, deadline=0.2)
    cluster[0].set()
    assert client.get(url).status_code == 200
