"""What holds whatever goes wrong: ten thousand calls of twenty callers, in virtual time."""

import gc
import threading
import time
from collections import Counter

import pytest

from properties.chaos import CALLERS, HOSTS, PER_HOST, TOTAL, Chaos

CALLS = 10_000


@pytest.fixture(scope="module")
def chaos():
    threads = threading.active_count()
    began = time.monotonic()
    chaos = Chaos(CALLS, seed=2).run()
    chaos.took = time.monotonic() - began
    chaos.threads = threading.active_count() - threads
    gc.collect()  # answers that callers forgot
    return chaos


def test_it_was_chaos(chaos):
    """Or nothing below means anything."""
    told = chaos.events
    assert told["HedgeWon"] > 10
    assert told["CircuitChanged"] > 50
    assert told["HostEjected"] > 20
    assert told["HostReturned"] > 20
    assert told["HostsChanged"] > 10
    assert min(told[reason] for reason in ("retry budget", "hedge budget", "deadline")) > 10
    assert chaos.results["DeadlineExceeded"] > 10
    assert chaos.refused > 10
    assert len(chaos.nodes) > len(HOSTS)


def test_most_calls_succeed(chaos):
    assert chaos.results[200] > 0.9 * CALLS


def test_every_call_ends_once(chaos):
    assert sum(chaos.results.values()) == chaos.stats.calls == CALLS
    assert chaos.events["CallStarted"] == chaos.events["CallEnded"] == CALLS
    assert chaos.stats.failures == chaos.failures


def test_every_attempt_is_counted_once(chaos):
    started, ended = (chaos.events[f"Attempt{what}"] for what in ("Started", "Ended"))
    assert started == ended == chaos.stats.attempts
    assert chaos.events["RetryDenied"] == chaos.stats.denied


def test_every_lease_is_returned(chaos):
    assert {node.key: node.in_flight for node in chaos.nodes if node.in_flight} == {}
    assert [node for node in chaos.nodes if node.starts or node.trying] == []
    assert chaos.lb._members.ledger.in_flight == 0


def test_no_limit_is_exceeded(chaos):
    most = dict(chaos.most_busy)
    assert most.pop("all") == TOTAL
    assert set(most.values()) == {PER_HOST}
    assert set(chaos.busy.values()) == {0}


def test_the_retry_budget_was_never_overdrawn(chaos):
    assert chaos.budget.overdrawn == []
    received = Counter(request.path for request in chaos.simulator.network.sent)
    additional = sum(count - 1 for count in received.values())
    assert 0 < additional <= chaos.budget.withdrawals.total()


def test_no_call_outlives_its_deadline(chaos):
    assert chaos.late == []


def test_no_post_is_received_twice(chaos):
    sent = chaos.simulator.network.sent
    posts = Counter(request.path for request in sent if request.method == "POST")
    assert len(posts) > 0.15 * CALLS
    assert posts.most_common(1)[0][1] == 1


def test_no_thread_is_left(chaos):
    assert chaos.threads == 0


def test_it_takes_seconds(chaos):
    assert chaos.took < 120
    assert chaos.clock() > 20


@pytest.mark.parametrize("seed", [3, 4])
def test_the_same_seed_gives_the_same_chaos(seed):
    first, second = (Chaos(20 * CALLERS, seed).run() for _ in range(2))
    assert first.simulator.network.sent == second.simulator.network.sent
    assert first.results == second.results
    assert first.events == second.events
