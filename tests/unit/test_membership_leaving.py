from ahoyhoy.lb import Picker, RoundRobinLB
from unit.sources import (  # noqa: F401 - fixtures among them
    GOOD,
    A,
    B,
    C,
    Changing,
    begin,
    end,
    keys,
    make,
    members,
    source,
)


def test_a_host_that_left_idle_is_closed_at_once(members, source):
    members.current()
    endpoint = members.find(A).ensure_endpoint(members.make)
    source.set(B)
    members.current()
    assert endpoint.closed == 1


def test_a_host_that_was_never_used_has_nothing_to_close(members, source):
    members.current()
    source.set(B)
    assert keys(members) == [B]


def test_a_host_that_left_is_closed_after_its_last_request(members, source):
    members.current()
    node = begin(members, A)
    begin(members, A)
    source.set(B)
    members.current()
    end(node)
    assert not hasattr(node.endpoint, "closed")
    end(node)
    assert node.endpoint.closed == 1


def test_a_host_that_stays_is_not_closed_after_its_requests(members):
    members.current()
    node = begin(members, A)
    end(node)
    assert not hasattr(node.endpoint, "closed")
    assert (node.in_flight, node.requests) == (0, 1)


def test_a_request_that_ends_while_the_lock_is_taken_does_not_wait(members):
    members.current()
    node = begin(members, A)
    with members.lock:
        end(node)
    assert node.in_flight == 0


def test_a_host_that_left_is_closed_even_if_its_last_request_ended_in_a_busy_moment(make):
    source = Changing(A, B)
    lb = RoundRobinLB(source)
    lb._members.make = make
    members = lb._members
    members.current()
    node = begin(members, A)
    source.set(B)
    members.current()
    with members.lock:
        end(node)
    lb.hosts()
    lb.lease(None)
    assert node.endpoint.closed == 1


def test_requests_that_ended_in_a_busy_moment_are_counted_before_the_next_choice():
    lb = RoundRobinLB(Changing(A))
    first = lb.lease(None)
    with lb._members.lock:
        first.end()
    seen = []

    class Looks(Picker):
        def candidates(self, nodes, call, now):
            seen.append(nodes[0].in_flight)
            return nodes

    lb._picker = Looks()
    lb.lease(None)
    assert seen == [0]


def test_closing_closes_connections_and_the_provider_and_leaves_it_usable(members, source):
    members.current()
    endpoint = members.find(A).ensure_endpoint(members.make)
    members.close()
    assert (endpoint.closed, source.closed) == (1, 1)
    assert keys(members) == [A, B]
