"""A service in trouble is not kept down by its clients' retries."""

import pytest
import requests

from ahoyhoy import (
    Ahoyhoy500Exception,
    Hedged,
    ListProvider,
    RetryBudget,
    RetryPolicy,
    RoundRobinLB,
    Sequential,
    SessionClientBuilder,
)
from ahoyhoy.events import RetryDenied
from ahoyhoy.retries import ConstantBackoff
from integration.calls import counts, in_order, together

EAGER = RetryPolicy(attempts=3, backoff=ConstantBackoff())
MINUTE = 60  # a window in which every test begins and ends


@pytest.fixture
def failing(cluster):
    """Servers that answer 503."""
    for node in cluster:
        node.set(status=503)
    return cluster


@pytest.fixture
def client_of(build):
    """A client of these servers whose circuits stay closed."""

    def make(cluster, budget, **steps):
        return build(
            RoundRobinLB(ListProvider(*cluster.hosts)),
            add_retries=EAGER,
            add_retry_budget=budget,
            add_breaker={"failure_threshold": 10_000, "minimum_throughput": 10_000},
            **steps,
        )

    return make


def fail(client, calls):
    """That many calls, each of which fails; their errors."""
    errors = []
    for _ in range(calls):
        with pytest.raises(Ahoyhoy500Exception) as caught:
            client.get("/x?token=hunter2")
        errors.append(caught.value)
    return errors


@pytest.mark.parametrize(
    ("ratio", "floor", "additional"),
    [(0.2, 0, 10), (0, 0, 0), (0, 0.25, 15), (0.1, 0.05, 8), (2, 0, 100)],
)
def test_retries_are_a_share_of_the_calls_and_some_for_each_second(
    failing, client_of, ratio, floor, additional
):
    client = client_of(failing, RetryBudget(ratio, floor, MINUTE))
    fail(client, 50)
    assert sum(counts(failing)) == 50 + additional


def test_without_a_budget_every_retry_is_made(failing, client_of):
    client = client_of(failing, None)
    fail(client, 50)
    assert sum(counts(failing)) == 150
    assert client.stats().retry_budget is None


def test_by_itself_a_client_adds_a_hundred_and_then_one_for_every_five(failing, build):
    client = build(
        RoundRobinLB(ListProvider(*failing.hosts)),
        add_retries=EAGER,
        add_breaker={"failure_threshold": 10_000, "minimum_throughput": 10_000},
    )
    fail(client, 200)
    # Ten more for each second that it takes.
    assert 200 + 100 < sum(counts(failing)) < 600
    assert client.stats().denied > 0


def test_what_it_denies_is_told_and_counted(failing, client_of):
    told = []
    client = client_of(failing, RetryBudget(0.5, 0, MINUTE), add_listener=told.append)
    errors = fail(client, 4)
    assert [len(error.attempts) for error in errors] == [1, 2, 1, 2]
    denied = [event for event in told if isinstance(event, RetryDenied)]
    assert denied == [RetryDenied(None, "GET", "/x", "retry budget")] * 4
    stats = client.stats()
    assert (stats.calls, stats.attempts, stats.denied, stats.retry_budget) == (4, 6, 4, 0.0)


def test_calls_that_succeed_pay_for_those_that_fail(cluster, client_of):
    client = client_of(cluster, RetryBudget(0.1, 0, MINUTE))
    for _ in range(30):
        client.get("/x")
    for node in cluster:
        node.reset_counts()
        node.set(status=503)
    fail(client, 2)
    assert sum(counts(cluster)) == 2 + 3


def test_a_host_that_could_not_be_reached_costs_nothing(cluster, client_of):
    cluster[0].kill()
    cluster[1].kill()
    client = client_of(cluster, RetryBudget(0, 0, MINUTE))
    for _ in range(20):
        assert client.get("/x").json()["port"] == cluster[2].port
        assert client.post("/x", b"data").status_code == 200
    assert client.stats().denied == 0


def test_clients_may_share_one(failing, client_of):
    budget = RetryBudget(0, 0.05, MINUTE)
    first, second = client_of(failing, budget), client_of(failing, budget)
    fail(first, 1)
    fail(second, 1)
    fail(first, 1)
    assert sum(counts(failing)) == 3 + 3
    assert first.stats().retry_budget == second.stats().retry_budget == 0


def test_many_threads_spend_no_more_than_there_is(failing, client_of):
    client = client_of(failing, RetryBudget(0.25, 0, MINUTE))
    results = together(8, lambda _: fail(client, 10))
    assert all(len(errors) == 10 for errors in results)
    assert sum(counts(failing)) == 80 + 20


def test_a_call_with_a_strategy_of_its_own_has_the_clients_budget(failing, build):
    client = build(in_order(*failing.hosts), add_retry_budget=RetryBudget(0, 0, MINUTE))
    for strategy in (Sequential(EAGER), Hedged(3, delay=0.0, policy=EAGER)):
        with pytest.raises(Ahoyhoy500Exception) as caught:
            client.get("/x", strategy=strategy)
        assert len(caught.value.attempts) == 1


def test_a_session_client_may_have_one(failing, session):
    url = f"http://127.0.0.1:{failing[0].port}/x"
    client = (
        SessionClientBuilder().add_session(session).add_retries(EAGER)
        .add_retry_budget(RetryBudget(0.5, 0, MINUTE)).add_breaker(failure_threshold=99, minimum_throughput=99)
        .build()
    )  # fmt: skip
    for _ in range(4):
        with pytest.raises(requests.HTTPError):
            client.get(url)
    assert counts(failing) == [6, 0, 0]
