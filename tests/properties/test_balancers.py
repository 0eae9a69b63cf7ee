"""What holds for balancers however their hosts come, go, fail and recover."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from ahoyhoy._core import Call
from ahoyhoy.exceptions import LbNoEndpointsException
from ahoyhoy.lb import RandomLB, RoundRobinLB
from ahoyhoy.lb.providers.iprovider import IProvider
from ahoyhoy.utils import Host, Instance

NAMES = "abcdef"
SETS = st.sets(st.sampled_from(NAMES))
GET, POST = Call("GET", "/"), Call("POST", "/")


class Changing(IProvider):
    def __init__(self, *hosts):
        self.hosts = hosts
        self.version = 0

    def set(self, *hosts):
        self.hosts = hosts
        self.version += 1

    def get_list(self):
        return self.hosts

    def changes(self):
        return self.version


class Silent:
    """A session that is never called."""

    def get(self, url):
        raise AssertionError(url)


def host(name):
    return Host(name, 1)


def set_circuits(lb, down):
    for endpoint in lb.endpoints():
        is_down = endpoint.host.address in down
        if is_down == endpoint.is_closed():
            (endpoint.open if is_down else endpoint.close)()


def picked(lb):
    try:
        return lb.pick().host.address
    except LbNoEndpointsException:
        return None


@given(st.lists(st.tuples(SETS, SETS), min_size=1, max_size=8), st.integers(1, 5))
def test_round_robin_is_even_over_the_hosts_that_are_up_however_they_come_and_go(phases, rounds):
    source = Changing()
    lb = RoundRobinLB(source, session=Silent(), slow_start=0)
    for known, down in phases:
        source.set(*map(host, sorted(known)))
        set_circuits(lb, down)
        up = known - down
        counts = Counter(picked(lb) for _ in range(rounds * max(1, len(up))))
        assert counts == (dict.fromkeys(up, rounds) if up else {None: rounds})


@given(SETS.filter(bool), st.lists(SETS, min_size=1, max_size=30))
def test_round_robin_prefers_whoever_waited_longest_when_hosts_fail_between_picks(known, outages):
    """No host that is up is passed over twice while another one is used twice."""
    lb = RoundRobinLB(Changing(*map(host, sorted(known))), session=Silent())
    story = []
    for down in outages:
        set_circuits(lb, down)
        up = known - down
        name = picked(lb)
        assert (name in up) if up else name is None
        story.append((name, up))
    for at in range(1, len(story)):
        (before, _), (name, up) = story[at - 1], story[at]
        assert name is None or name != before or up == {name}


@given(st.sampled_from([RoundRobinLB, RandomLB]), SETS, SETS, SETS, st.sampled_from([GET, POST]))
def test_a_lease_is_of_a_host_that_is_known_up_and_untried_if_there_is_one(
    kind, known, down, tried, call
):
    lb = kind(Changing(*map(host, sorted(known))), session=Silent())
    set_circuits(lb, down)
    left = known - down - tried
    try:
        lease = lb.lease(call, {host(name) for name in tried})
    except LbNoEndpointsException:
        assert not left
    else:
        assert lease.host.address in left
        assert {s.host.address for s in lb.hosts() if s.in_flight} == {lease.host.address}
        with lease:
            pass
    assert not any(stats.in_flight for stats in lb.hosts())


@given(
    st.dictionaries(st.sampled_from(NAMES), st.tuples(st.integers(0, 3), st.integers(0, 2)), min_size=1),
    SETS,
    st.sampled_from([RoundRobinLB, RandomLB]),
)  # fmt: skip
def test_the_lowest_priority_with_a_host_that_is_up_is_used(known, down, kind):
    items = [Instance(host(n), weight=w, priority=p) for n, (w, p) in known.items()]
    lb = kind(Changing(*items), session=Silent())
    set_circuits(lb, down)
    up = {name: priority for name, (_, priority) in known.items() if name not in down}
    for _ in range(8):
        name = picked(lb)
        assert (name is None) if not up else up[name] == min(up.values())


@given(st.lists(SETS, min_size=2, max_size=8), SETS)
def test_hosts_that_stay_keep_their_circuits_and_the_others_start_anew(lists, down):
    source = Changing()
    lb = RoundRobinLB(source, session=Silent())
    before, opened = set(), set()
    for known in lists:
        source.set(*map(host, sorted(known)))
        opened &= known  # what left is forgotten
        states = {s.host.address: s.circuit for s in lb.hosts()}
        assert states == {n: "open" if n in opened else "closed" for n in known}
        set_circuits(lb, down)
        opened = known & down
        before = known
    assert len(lb.hosts()) == len(before)
