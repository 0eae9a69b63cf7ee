import os
import threading

import pytest

from ahoyhoy.exceptions import InvalidHostError, InvalidProviderError, ProviderError
from ahoyhoy.lb.membership import Membership
from ahoyhoy.lb.providers import ListProvider
from ahoyhoy.utils import Instance
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


@pytest.mark.parametrize("provider", [None, [A], ListProvider, "a:1", lambda: [A]])
def test_what_is_no_provider_is_a_type_error_and_an_assertion_error(provider, make):
    for kind in (TypeError, AssertionError):
        with pytest.raises(kind, match="give an IProvider") as caught:
            Membership(provider, make)
        assert isinstance(caught.value, InvalidProviderError)


def test_the_provider_is_asked_when_hosts_are_first_needed_and_not_again(members, source):
    assert source.asked == 0
    assert not members.is_loaded
    assert keys(members) == keys(members) == [A, B]
    assert members.is_loaded
    assert source.asked == 1


def test_the_provider_is_asked_again_when_it_changed(members, source):
    members.current()
    source.set(B, C)
    assert keys(members) == keys(members) == [B, C]
    assert source.asked == 2


def test_an_update_asks_the_provider_even_if_it_says_nothing_of_a_change(members, source):
    members.current()
    source.hosts = (C,)
    assert keys(members) == [A, B]
    members.update()
    assert keys(members) == [C]


def test_a_provider_that_fails_leaves_everything_as_it_was(members, source):
    members.current()
    source.get_list = lambda: 1 / 0
    with pytest.raises(ProviderError, match="ZeroDivisionError"):
        members.update()
    assert keys(members) == [A, B]


def test_hosts_that_stay_keep_their_state(members, source):
    members.current()
    node = begin(members, A)
    node.endpoint.open()
    source.set(C, A)
    assert members.current()[1] is node
    assert node.endpoint.is_open()
    assert node.in_flight == 1


def test_a_host_that_left_and_comes_back_starts_anew(members, source):
    members.current()
    node = members.find(A)
    source.set(B)
    assert keys(members) == [B]
    source.set(A, B)
    assert members.current()[0] is not node


def test_what_is_newly_known_of_a_host_counts_and_its_circuit_stays(members, source):
    members.current()
    node = begin(members, A)
    breaker = node.endpoint.breaker
    source.set(Instance(A, weight=3, scheme="https", priority=2), B)
    members.current()
    assert members.find(A) is node
    assert (node.weight, node.priority) == (3, 2)
    assert node.endpoint.url == "https://a:1"
    assert node.endpoint.breaker is breaker


def test_duplicates_are_one_host_and_the_first_counts(make):
    source = Changing(Instance(A, weight=2), ("a", 1), A, B, Instance(B, weight=5))
    members = Membership(source, make)
    assert [(n.key, n.weight) for n in members.current()] == [(A, 2), (B, 1)]


@pytest.mark.parametrize("item", [(["a"], 1), {"host": "a"}, [1], 5, None, "a:1", ("a", 1, 2)])
def test_an_item_that_is_no_host_spoils_nothing_until_it_is_picked(make, item):
    members = Membership(Changing(A, item, B), make)
    nodes = members.current()
    assert len(nodes) == 3
    assert (nodes[0].key, nodes[2].key) == (A, B)
    with pytest.raises(InvalidHostError, match=r"a host is Host\(address, port\)"):
        nodes[1].ensure_endpoint(make)
    members.update()
    assert members.current() == nodes


def test_a_bad_item_costs_the_other_hosts_nothing(members, source):
    members.current()
    node = begin(members, A)
    source.set(A, (["b"], 1), B)
    assert members.current()[0] is node


def test_a_host_equal_to_a_known_one_changes_nothing(members, source):
    members.current()
    node = begin(members, A)
    endpoint = node.endpoint
    source.set(("a", 1.0), B)
    assert members.current()[0] is node
    assert node.endpoint is endpoint


def test_the_answer_to_an_older_question_does_not_replace_a_newer_one(make):
    asked, go_on = threading.Event(), threading.Event()

    class Slow(Changing):
        def get_list(self):
            hosts = super().get_list()
            if threading.current_thread().name == "slow":
                asked.set()
                assert go_on.wait(30)
            return hosts

    source = Slow(A)
    members = Membership(source, make)
    thread = threading.Thread(target=members.update, name="slow")
    thread.start()
    assert asked.wait(30)
    source.set(B)
    members.update()
    go_on.set()
    thread.join(30)
    assert keys(members) == [B]


def test_nodes_stand_in_tiers_by_priority_in_the_order_of_the_list(make):
    def tiers(*items):
        members = Membership(Changing(*items), make)
        members.current()
        return [[node.key for node in tier] for tier in members.tiers]

    assert tiers() == []
    assert tiers(A, B) == [[A, B]]
    assert tiers(Instance(A, priority=3), Instance(B, priority=3)) == [[A, B]]
    low = Instance(A, priority=10)
    assert tiers(low, B, Instance(C, priority=-1)) == [[C], [B], [A]]
    assert tiers(low, B, C) == [[B, C], [A]]


def test_a_host_that_the_provider_does_not_name_gets_one_endpoint_that_is_never_picked(members):
    node = members.find_or_add(C)
    assert members.find_or_add(C) is node
    assert members.find(C) is None
    assert keys(members) == [A, B]
    assert members.find_or_add(A) is members.find(A)


def test_after_a_fork_the_parents_lock_and_requests_do_not_count(members):
    members.current()
    node = begin(members, A)
    members.lock.acquire()
    members._after_fork()
    assert node.in_flight == 0
    end(node)  # a response of the parent, collected in the child
    assert node.in_flight == 0
    with members.lock:
        pass


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # threads of other tests
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_child_is_renewed(members):
    members.lock.acquire()
    child = os.fork()
    if not child:  # pragma: no cover - in the child
        os._exit(0 if members.lock.acquire(timeout=5) else 1)
    assert os.waitpid(child, 0)[1] == 0
