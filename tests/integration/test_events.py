"""What listeners are told, in which order."""

import logging
import threading

import pytest

from ahoyhoy import (
    Ahoyhoy500Exception,
    ClientNoEndpointsException,
    Host,
    ListProvider,
    RetryPolicy,
    SessionClientBuilder,
    attempts_of,
)
from ahoyhoy._core import Verdict
from ahoyhoy.events import (
    AttemptEnded,
    AttemptStarted,
    CallEnded,
    CallStarted,
    CircuitChanged,
    HostEjected,
    HostReturned,
    HostsChanged,
)
from ahoyhoy.lb import RandomLB
from ahoyhoy.lb.providers.iprovider import IProvider
from ahoyhoy.retries import ConstantBackoff
from integration.calls import in_order, together, until

EAGER = RetryPolicy(attempts=3, backoff=ConstantBackoff())


@pytest.fixture
def told():
    return []


@pytest.fixture
def client(cluster, build, told):
    """A client named users that prefers the first server."""
    return build(
        in_order(*cluster.hosts),
        add_name="users",
        add_retries=EAGER,
        add_listener=told.append,
        add_breaker={"failure_threshold": 2, "break_duration": 0.05},
    )


def kinds(told):
    return [type(event).__name__ for event in told]


def of_calls(told):
    """Without those about hosts."""
    return [event for event in told if hasattr(event, "path")]


def test_a_call_and_its_attempts_are_told_in_order(cluster, client, told):
    cluster[0].set(status=503)
    response = client.get("/users/1?token=hunter2")
    bad, good = attempts_of(response)
    of = ("users", "GET", "/users/1")
    *events, end = of_calls(told)
    assert events == [
        CallStarted(*of),
        AttemptStarted(*of, cluster[0].host, 1),
        AttemptEnded(*of, 1, bad),
        AttemptStarted(*of, cluster[1].host, 2),
        AttemptEnded(*of, 2, good),
    ]
    assert end == CallEnded(*of, response.ahoyhoy.elapsed, (bad, good), 200, None)
    assert (bad.verdict, bad.status, bad.error) == (Verdict.RETRYABLE, 503, "HTTP 503")
    assert (good.verdict, good.status, good.error) == (Verdict.ACCEPTED, 200, None)
    assert "hunter2" not in repr(told)


def test_the_response_has_the_story(cluster, client):
    story = client.get("/x").ahoyhoy
    (attempt,) = story.attempts
    assert (attempt.host, attempt.status) == (cluster[0].host, 200)
    assert 0 <= attempt.started <= story.elapsed
    assert attempt.elapsed <= story.elapsed < 10


def test_a_call_that_failed_ends_with_its_error(cluster, client, told):
    for node in cluster:
        node.set(status=503)
    with pytest.raises(Ahoyhoy500Exception) as caught:
        client.get("/x")
    end = told[-1]
    assert isinstance(end, CallEnded)
    assert end.error is caught.value
    assert end.status == 503
    assert end.attempts == caught.value.attempts
    assert len(end.attempts) == 3


def test_a_call_without_hosts_has_no_attempts(build, told):
    client = build(in_order(), add_listener=told.append)
    with pytest.raises(ClientNoEndpointsException):
        client.get("/x")
    assert kinds(told) == ["CallStarted", "CallEnded"]


def test_a_host_that_dies_is_ejected_and_returns(cluster, client, told):
    client.get("/x")
    cluster[0].kill()
    assert client.get("/x").status_code == 200
    host = cluster[0].host
    opened = [e for e in told if isinstance(e, CircuitChanged)]
    assert [(e.host, e.old, e.new) for e in opened] == [(host, "closed", "open")]
    assert "connection refused" in opened[0].reason
    assert [e.host for e in told if isinstance(e, HostEjected)] == [host]
    cluster[0].restart()
    until(lambda: client.get("/x") and any(isinstance(e, HostReturned) for e in told))
    changes = [(e.old, e.new) for e in told if isinstance(e, CircuitChanged)]
    assert changes == [("closed", "open"), ("open", "half-open"), ("half-open", "closed")]
    assert [e for e in told if isinstance(e, HostReturned)] == [HostReturned(host)]


def test_hosts_that_come_and_go_are_told(cluster, build, told):
    class Source(IProvider):
        hosts = cluster.hosts[:2]
        version = 0

        def get_list(self):
            return self.hosts

        def changes(self):
            return self.version

    source = Source()
    client = build(RandomLB(source), add_listener=told.append)
    client.get("/x")
    source.hosts, source.version = cluster.hosts[1:], 1
    client.get("/x")
    # Those it began with are no news.
    assert [e for e in told if isinstance(e, HostsChanged)] == [
        HostsChanged((cluster.hosts[2],), (cluster.hosts[0],))
    ]


def test_every_listener_is_told_even_beside_one_that_raises(cluster, build, caplog):
    first, second = [], []

    def broken(event):
        raise ValueError("broken listener")

    client = build(in_order(*cluster.hosts), add_listener=first.append)
    for listener in (broken, second.append):
        client._caller._reports._announcer.add(listener)
    with caplog.at_level(logging.ERROR, "ahoyhoy.events"):
        assert client.get("/x").status_code == 200
    assert of_calls(first) == second
    assert kinds(second) == ["CallStarted", "AttemptStarted", "AttemptEnded", "CallEnded"]
    assert caplog.messages == ["a listener raised; the call goes on"] * 4


def test_clients_of_one_balancer_tell_of_their_own_calls_and_both_of_its_hosts(cluster, build):
    lb, first, second = in_order(*cluster.hosts), [], []
    breaker = {"failure_threshold": 1}
    one = build(lb, add_name="one", add_listener=first.append, add_breaker=breaker)
    other = build(lb, add_name="other", add_listener=second.append)
    one.get("/x")
    cluster[0].kill()
    other.get("/x")
    assert {e.service for e in of_calls(first)} == {"one"}
    assert {e.service for e in of_calls(second)} == {"other"}
    assert [e.host for e in first if isinstance(e, HostEjected)] == [cluster[0].host]
    assert [e.host for e in second if isinstance(e, HostEjected)] == [cluster[0].host]


def test_a_listener_may_make_calls_itself(cluster, build):
    answers = []

    def listen(event):
        if isinstance(event, CallEnded) and not answers:
            answers.append(None)
            answers.append(client.get("/from-the-listener").status_code)

    client = build(in_order(*cluster.hosts), add_listener=listen)
    client.get("/x")
    assert answers == [None, 200]


def test_events_come_in_the_callers_thread_and_none_is_lost(cluster, build):
    told = []
    client = build(
        RandomLB(ListProvider(*cluster.hosts)),
        add_listener=lambda event: told.append((threading.get_ident(), event)),
    )
    together(8, lambda _: [client.get("/x") for _ in range(10)])
    ended = [(ident, e) for ident, e in told if isinstance(e, CallEnded)]
    assert len(ended) == 80
    for ident in {ident for ident, _ in ended}:
        own = [type(e) for who, e in told if who == ident and hasattr(e, "path")]
        assert own == [CallStarted, AttemptStarted, AttemptEnded, CallEnded] * 10


def test_a_session_client_tells_of_its_calls_too(cluster, session, told):
    cluster[0].set(status=503)
    url = f"http://127.0.0.1:{cluster[0].port}"
    client = (
        SessionClientBuilder().add_session(session).add_retries(EAGER)
        .add_listener(told.append).build()
    )  # fmt: skip
    with pytest.raises(Ahoyhoy500Exception):
        client.get(f"{url}/x?token=hunter2")
    assert kinds(told) == ["CallStarted", *["AttemptStarted", "AttemptEnded"] * 3, "CallEnded"]
    assert {event.path for event in told} == {f"{url}/x"}
    assert told[-1].status == 503


def test_what_was_never_sent_is_an_attempt_as_well(cluster, client, told):
    cluster[0].kill()
    client.get("/x")
    ended = [event.attempt for event in told if isinstance(event, AttemptEnded)]
    assert [(a.host, a.verdict.value, a.error) for a in ended] == [
        (Host(*cluster[0].host), "unsent", "connection refused"),
        (cluster[1].host, "accepted", None),
    ]
