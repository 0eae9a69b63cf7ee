import os
import pickle
import random
import threading
from collections import Counter

import pytest

from ahoyhoy._core import Call
from ahoyhoy.exceptions import LbNoEndpointsException
from ahoyhoy.lb import RoundRobinLB
from ahoyhoy.lb.providers import ListProvider
from ahoyhoy.lb.roundrobinlb import RoundRobinPicker
from ahoyhoy.utils import Host, Instance


class Starting:
    """A source of chance that draws what the test says."""

    def __init__(self, start=0):
        self.start = start
        self.seeded = 0

    def randrange(self, _stop):
        return self.start

    def seed(self):
        self.seeded += 1
        self.start += 1


def hosts(names):
    return [Host(name, 1) for name in names]


def balancer(names, start=0):
    return RoundRobinLB(ListProvider(*hosts(names)), rng=Starting(start))


def picks(lb, count):
    return "".join(lb.pick().host.address for _ in range(count))


def opened(lb, names):
    for endpoint in lb.endpoints():
        if endpoint.host.address in names:
            endpoint.open()


@pytest.mark.parametrize(("start", "drawn"), [(0, "abcabcabc"), (1, "bcabcabca"), (2, "cabcabcab")])
def test_each_host_in_turn_from_a_drawn_start(start, drawn):
    assert picks(balancer("abc", start), 9) == drawn


def test_one_host_is_always_the_one():
    assert picks(balancer("a"), 3) == "aaa"


@pytest.mark.parametrize(
    ("down", "drawn"),
    [("", "abcdabcd"), ("b", "acdacdac"), ("ab", "cdcdcdcd"), ("abd", "cccccccc")],
)
def test_hosts_that_are_down_are_passed_over_and_the_others_stay_even(down, drawn):
    lb = balancer("abcd")
    opened(lb, down)
    assert picks(lb, 8) == drawn


def test_all_hosts_down_is_an_error_that_says_which():
    lb = balancer("ab")
    opened(lb, "ab")
    with pytest.raises(LbNoEndpointsException) as caught:
        lb.pick()
    assert str(caught.value) == "no host left among 2: a:1 circuit open; b:1 circuit open"


def test_a_host_that_comes_back_takes_its_turn_again():
    lb = balancer("abc")
    opened(lb, "b")
    assert picks(lb, 4) == "acac"
    lb.get_or_create_endpoint(Host("b", 1)).close()
    assert Counter(picks(lb, 9)) == dict.fromkeys("abc", 3)


def test_hosts_tried_before_are_passed_over():
    lb = balancer("abc")
    leases = []
    for _ in range(3):
        leases.append(lb.lease(Call("GET", "/"), {lease.host for lease in leases}))
    assert {lease.host.address for lease in leases} == set("abc")
    with pytest.raises(LbNoEndpointsException, match=r"no host left among 3$"):
        lb.lease(Call("GET", "/"), {lease.host for lease in leases})


def tiers(first, second):
    items = [Instance(Host(name, 1)) for name in first]
    items += [Instance(Host(name, 1), priority=1) for name in second]
    return RoundRobinLB(ListProvider(*items), rng=Starting())


def test_hosts_of_a_higher_number_wait_until_no_lower_one_is_up():
    lb = tiers("ab", "xy")
    assert picks(lb, 4) == "abab"
    opened(lb, "a")
    assert picks(lb, 4) == "bbbb"
    opened(lb, "b")
    assert picks(lb, 4) == "xyxy"


@pytest.mark.parametrize("first", ["p", "pq", "pqr", "pqrs"])
@pytest.mark.parametrize("second", ["ab", "abc", "abcd"])
def test_the_second_tier_is_even_too(first, second):
    lb = tiers(first, second)
    opened(lb, first)
    assert Counter(picks(lb, 10 * len(second))) == dict.fromkeys(second, 10)


def test_weights_do_not_count():
    items = [Instance(Host("a", 1), weight=9), Instance(Host("b", 1), weight=0)]
    lb = RoundRobinLB(ListProvider(*items), rng=Starting())
    assert picks(lb, 4) == "abab"


def test_many_threads_share_the_turns_without_losing_one():
    lb = balancer("abcd")
    counts, barrier = [], threading.Barrier(8)

    def run():
        barrier.wait()
        counts.append(Counter(picks(lb, 500)))

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sum(counts, Counter()) == dict.fromkeys("abcd", 1000)


def test_the_start_differs_between_balancers():
    starts = {picks(RoundRobinLB(ListProvider(*hosts("abcdefgh"))), 1) for _ in range(200)}
    assert len(starts) > 3


def test_a_pickled_copy_draws_a_start_of_its_own():
    starts = set()
    lb = RoundRobinLB(ListProvider(*hosts("abcdefgh")))
    lb.pick()
    for _ in range(200):
        starts.add(picks(pickle.loads(pickle.dumps(lb)), 1))
    assert len(starts) > 3


def test_a_forked_child_draws_a_start_of_its_own():
    rng = Starting()
    picker = RoundRobinPicker(rng=rng)
    lb = RoundRobinLB(ListProvider(*hosts("abc")))
    lb._picker = picker
    assert picks(lb, 1) == "a"
    picker._after_fork()
    assert rng.seeded == 1
    assert picks(lb, 3) == "bca"


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # threads of other tests
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_forked_children_do_not_all_start_at_one_host():
    lb = RoundRobinLB(ListProvider(*hosts("abcdefghijklmnop")), rng=random.Random(1))
    lb.pick()
    children = []
    for _ in range(12):
        child = os.fork()
        if not child:  # pragma: no cover - in the child
            os._exit("abcdefghijklmnop".index(lb.pick().host.address))
        children.append(child)
    starts = {os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children}
    assert len(starts) > 1


def test_4xs_hook_goes_through_the_list_from_its_first_host_open_or_not():
    lb = balancer("abc", start=2)
    opened(lb, "b")
    chosen = [lb._choose_next().host.address for _ in range(5)]
    assert chosen == ["a", "b", "c", "a", "b"]
    assert RoundRobinLB(ListProvider())._choose_next() is None
