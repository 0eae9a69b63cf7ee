import gc
import threading

import pytest
import requests

from ahoyhoy._core import Call, Judgement, Outcome, Verdict
from ahoyhoy.exceptions import CircuitOpenError
from ahoyhoy.lb import LoadBalancer, Picker
from ahoyhoy.lb.lease import Lease
from ahoyhoy.lb.node import Node
from ahoyhoy.lb.providers import ListProvider
from ahoyhoy.utils import Host

ACCEPTED = Judgement(Verdict.ACCEPTED)
GET = Call("GET", "/")


class Raw:
    """What urllib3 gives requests: calls `release_conn` at the end of the body."""

    def __init__(self):
        self.released = 0

    def release_conn(self):
        self.released += 1


def streamed(raw=None):
    response = requests.Response()
    response.status_code = 200
    response.raw = raw or Raw()
    return response


class Counting:
    """An owner that notes the outcomes of leases that ended."""

    def __init__(self, released):
        self.released = released
        self.answers = []

    def answered(self, lease, node):
        self.answers.append(lease.outcome)

    def vacate(self, lease, node):
        if not lease.over:
            self.released.append(lease.outcome)
        lease.release_locked()


@pytest.fixture
def released():
    return []


@pytest.fixture
def node():
    return Node("a", Host("a", 1))


@pytest.fixture
def lease(released, node):
    lease = Lease("endpoint", Counting(released))
    lease.occupy_locked(node, 0.0)
    return lease


def test_it_ends_with_its_block_and_tells_the_verdict_and_time(lease, released):
    with lease:
        lease.ended(Outcome(ACCEPTED, "response", elapsed=0.5))
        assert released == []
    assert [(o.judgement, o.elapsed) for o in released] == [(ACCEPTED, 0.5)]


def test_without_an_outcome_it_ends_with_none(lease, released):
    with pytest.raises(KeyboardInterrupt), lease:
        raise KeyboardInterrupt
    assert released == [None]


def test_a_call_that_the_circuit_refused_is_no_request_of_the_host(lease, released):
    with lease:
        lease.ended(Outcome(Judgement(Verdict.UNSENT), error=CircuitOpenError("x")))
    assert released == [None]


def test_a_streamed_answer_holds_it_until_the_body_ends(lease, released):
    response = streamed()
    with lease:
        lease.ended(Outcome(ACCEPTED, response))
    assert released == []
    response.raw.release_conn()
    assert len(released) == 1
    assert response.raw.released == 1


def test_an_end_that_is_told_twice_counts_once(lease, released):
    response = streamed()
    with lease:
        lease.ended(Outcome(ACCEPTED, response))
    response.raw.release_conn()
    response.raw.release_conn()
    del response
    gc.collect()
    assert len(released) == 1


def test_closing_the_answer_ends_it(lease, released):
    response = streamed()
    response.raw.close = lambda: None
    with lease:
        lease.ended(Outcome(ACCEPTED, response))
    response.close()
    assert len(released) == 1


def test_a_dropped_answer_ends_it(lease, released):
    with lease:
        lease.ended(Outcome(ACCEPTED, streamed()))
    gc.collect()
    assert len(released) == 1


def test_a_dropped_answer_ends_it_without_the_garbage_collector(lease, released):
    gc.disable()
    try:
        with lease:
            lease.ended(Outcome(ACCEPTED, streamed()))
        assert len(released) == 1
    finally:
        gc.enable()


@pytest.mark.parametrize("response", [None, "text", 5, requests.Response()], ids=repr)
def test_an_answer_without_a_body_to_read_does_not_hold_it(lease, released, response):
    with lease:
        lease.ended(Outcome(ACCEPTED, response))
    assert len(released) == 1


def test_an_answer_that_was_read_does_not_hold_it(lease, released):
    response = streamed()
    response._content_consumed = True
    with lease:
        lease.ended(Outcome(ACCEPTED, response))
    assert len(released) == 1


def test_a_lease_of_nothing_that_counts_leaves_the_answer_alone():
    response = streamed()
    with Lease("endpoint") as lease:
        lease.ended(Outcome(ACCEPTED, response))
    assert "release_conn" not in vars(response.raw)


def test_its_host_is_that_of_the_endpoint_or_the_endpoint_itself():
    class WithHost:
        host = Host("a", 1)

    class WithNone:
        host = None

    bare, without = object(), WithNone()
    assert Lease(WithHost()).host == Host("a", 1)
    assert Lease(bare).host is bare
    assert Lease(without).host is without


def test_an_answer_collected_while_the_balancer_chooses_does_not_block_it():
    class Collecting(Picker):
        """One in which the garbage collector happens to run."""

        def candidates(self, nodes, _call, _now):
            gc.collect()
            return nodes

    lb = LoadBalancer(ListProvider(Host("a", 1)), picker=Collecting())

    def drop_in_a_cycle():
        response = streamed()
        response.itself = response
        with lb.lease(GET) as lease:
            lease.ended(Outcome(ACCEPTED, response))

    def run():
        drop_in_a_cycle()
        before.append(lb.hosts()[0].in_flight)
        lb.pick()
        after.append(lb.hosts()[0].in_flight)

    before, after = [], []
    gc.disable()
    try:
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        thread.join(30)
    finally:
        gc.enable()
    assert (before, after) == ([1], [0])


def test_a_body_that_ends_after_its_stream_is_gone_is_no_error(lease, released):
    response = streamed()
    with lease:
        lease.ended(Outcome(ACCEPTED, response))
    body_ended = response.raw.release_conn
    del response
    gc.collect()
    body_ended()
    assert len(released) == 1
