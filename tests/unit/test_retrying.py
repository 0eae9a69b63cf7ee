"""A session whose calls have strategies, deadlines and listeners; no sockets."""

import gc
import pickle
import weakref

import pytest
import requests

from ahoyhoy import attempts_of
from ahoyhoy.calling.settings import Settings
from ahoyhoy.client import SessionClientBuilder
from ahoyhoy.client.retrying import RetryingEndpoint
from ahoyhoy.events import AttemptStarted, CallEnded, CallStarted
from ahoyhoy.exceptions import Ahoyhoy500Exception, CircuitOpenError, DeadlineExceeded
from ahoyhoy.propagation import deadline
from ahoyhoy.retries import RetryBudget, RetryPolicy
from ahoyhoy.strategies import Hedged, PerMethod, Sequential, Single
from ahoyhoy.utils import Host

URL = "http://users:80/x?token=hunter2"


class Now:
    """No pauses."""

    def delay(self, _failures):
        return 0.0


EAGER = RetryPolicy(attempts=3, backoff=Now())


@pytest.fixture
def client_over(recorded):
    """`client, adapter = client_over(503, 200, step=argument)`: with steps of the builder."""

    def make(*script, **steps):
        session, adapter = recorded(*script)
        builder = SessionClientBuilder().add_session(session)
        for step, argument in steps.items():
            arguments = argument if isinstance(argument, tuple) else (argument,)
            getattr(builder, step)(*arguments)
        return builder.build(), adapter

    return make


@pytest.mark.parametrize(
    "step",
    [
        {"add_deadline": 5}, {"add_strategy": Single()}, {"add_retry_budget": None},
        {"add_listener": print}, {"add_priority": "low"}, {"add_propagation": ()},
    ],
)  # fmt: skip
def test_each_step_about_calls_makes_one_that_makes_one_attempt(client_over, step):
    client, adapter = client_over(503, **step)
    assert isinstance(client, RetryingEndpoint)
    with pytest.raises(Ahoyhoy500Exception):
        client.get(URL)
    assert len(adapter.requests) == 1


@pytest.mark.parametrize(
    ("steps", "gets", "posts"),
    [
        ({"add_strategy": Sequential(EAGER)}, 3, 1),
        ({"add_strategy": Hedged(3, 0.0, policy=EAGER)}, 3, 1),  # no other hosts: in turn
        ({"add_strategy": (Sequential(EAGER), "get")}, 3, 1),
        ({"add_strategy": (Single(), "GET"), "add_retries": EAGER}, 1, 1),
        ({"add_strategy": PerMethod({"GET": Single()}, Sequential(EAGER))}, 1, 1),
    ],
)
def test_a_strategy_says_how_attempts_follow_each_other(client_over, steps, gets, posts):
    client, adapter = client_over(503, **steps)
    for verb, count in ((client.get, gets), (client.post, posts)):
        adapter.requests.clear()
        with pytest.raises(Ahoyhoy500Exception):
            verb(URL)
        assert len(adapter.requests) == count


def test_a_call_may_have_a_strategy_and_a_deadline_of_its_own(client_over):
    client, adapter = client_over(503, add_strategy=Single())
    with pytest.raises(Ahoyhoy500Exception):
        client.get(URL, strategy=Sequential(EAGER), deadline=60, key="ann", priority="high")
    assert len(adapter.requests) == 3
    with pytest.raises(DeadlineExceeded):
        client.get(URL, deadline=0)
    assert len(adapter.requests) == 3


def test_the_story_of_a_call_comes_with_its_response(client_over):
    client, _ = client_over(503, 200, add_strategy=Sequential(EAGER))
    response = client.get(URL)
    assert [a.status for a in response.ahoyhoy.attempts] == [503, 200]
    assert attempts_of(response) == response.ahoyhoy.attempts
    assert {a.host for a in attempts_of(response)} == {"http://users:80"}


def test_the_story_of_a_call_comes_with_its_error(client_over):
    client, _ = client_over(503, add_strategy=Sequential(EAGER))
    with pytest.raises(Ahoyhoy500Exception) as caught:
        client.get(URL)
    assert str(caught.value).startswith("GET http://users:80/x: 3 attempts on 1 of 1 host in ")
    assert "hunter2" not in str(caught.value)
    assert [a.host for a in caught.value.attempts] == ["http://users:80"] * 3
    assert caught.value.response.status_code == 503


def test_what_a_callback_returns_is_the_result(client_over):
    client, _ = client_over(200, add_strategy=Single(), add_callbacks=(None, lambda r: "mine"))
    assert client.get(URL) == "mine"


def test_the_circuit_ends_attempts_that_would_be_refused(recorded):
    session, adapter = recorded(503)
    client = (
        SessionClientBuilder().add_session(session).add_retries(RetryPolicy(9, Now()))
        .add_breaker(failure_threshold=2).build()
    )  # fmt: skip
    with pytest.raises(Ahoyhoy500Exception):
        client.get(URL)
    assert len(adapter.requests) == 2
    assert client.is_open()
    with pytest.raises(CircuitOpenError):
        client.get(URL)


def test_listeners_hear_of_calls_and_attempts(client_over):
    told = []
    client, _ = client_over(503, 200, add_strategy=Sequential(EAGER), add_listener=told.append)
    client.get(URL)
    assert told[0] == CallStarted(None, "GET", "http://users:80/x")
    assert [e.number for e in told if isinstance(e, AttemptStarted)] == [1, 2]
    assert isinstance(told[-1], CallEnded)
    assert told[-1].status == 200


def test_a_budget_bounds_what_is_repeated(client_over):
    client, adapter = client_over(503, add_retries=EAGER, add_retry_budget=RetryBudget(0, floor=0))
    with pytest.raises(Ahoyhoy500Exception):
        client.get(URL)
    assert len(adapter.requests) == 1


def test_the_deadline_of_the_code_around_it_counts(client_over):
    client, adapter = client_over(200, add_strategy=Single())
    with deadline(0), pytest.raises(DeadlineExceeded):
        client.get(URL)
    assert adapter.requests == []


def test_what_the_service_is_told_goes_along(client_over):
    client, adapter = client_over(200, add_propagation=(), add_priority="low", add_deadline=60)
    client.get(URL)
    client.get(URL, deadline=None, priority=None)
    first, second = adapter.requests
    assert set(second.headers) < set(first.headers)


def test_one_with_a_host_is_known_by_it(recorded):
    session, _ = recorded(200)
    client = RetryingEndpoint(
        settings=Settings(policy=EAGER), host=Host("users", 80), session=session
    )
    assert [a.host for a in attempts_of(client.get("/x"))] == [Host("users", 80)]


def test_a_copy_in_another_process_has_its_settings():
    session = requests.Session()
    client = SessionClientBuilder().add_session(session).add_retries(EAGER).add_deadline(5).build()
    copy = pickle.loads(pickle.dumps(client))
    assert isinstance(copy, RetryingEndpoint)
    assert copy._settings.policy.attempts == 3
    assert copy._settings.deadline == 5
    with pytest.raises(DeadlineExceeded):
        copy.get(URL, deadline=0)


def test_it_is_freed_without_the_garbage_collector(client_over):
    client, _ = client_over(200, add_strategy=Single())
    client.get(URL)
    reference = weakref.ref(client)
    gc.disable()
    try:
        del client
        assert reference() is None
    finally:
        gc.enable()
