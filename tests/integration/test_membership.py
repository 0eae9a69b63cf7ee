"""Hosts that come and go, and balancers and providers that users write."""

import pytest

from ahoyhoy import Client, ClientNoEndpointsException, Endpoint, Instance, RandomLB, RoundRobinLB
from ahoyhoy.lb.exceptions import LbNoEndpointsException
from ahoyhoy.lb.iloadbalancer import ILoadBalancer
from ahoyhoy.lb.providers.iprovider import IProvider
from integration.calls import circuits, counts, in_order


class Moving(IProvider):
    """A source whose list the test changes, and that counts how often it is asked."""

    def __init__(self, *lists, tells=False):
        self._lists = list(lists)
        self._tells = tells
        self.asked = 0
        self.version = 0

    def put(self, *hosts):
        self._lists.append(hosts)
        self.version += 1

    def get_list(self):
        self.asked += 1
        return self._lists.pop(0) if len(self._lists) > 1 else self._lists[0]

    def changes(self):
        return self.version if self._tells else 0


@pytest.mark.parametrize("tries", [1, 2, 4])
def test_the_provider_is_asked_so_often_in_all_when_it_has_nothing(build, tries):
    provider = Moving(())
    client = build(RoundRobinLB(provider), set_endpoint_updates=tries)
    with pytest.raises(ClientNoEndpointsException):
        client.get("/x")
    assert provider.asked == tries


@pytest.mark.parametrize("tries", [1, 2, 4])
def test_the_provider_is_asked_so_often_in_all_when_hosts_are_dead(cluster, build, tries):
    for node in cluster:
        node.kill()
    provider = Moving(cluster.hosts)
    client = build(RoundRobinLB(provider), set_endpoint_updates=tries)
    with pytest.raises(ClientNoEndpointsException) as raised:
        client.get("/x")
    assert provider.asked == tries
    assert len(raised.value.attempts) == 3


def test_what_the_provider_says_the_second_time_is_used(cluster, build):
    cluster[0].kill()
    for tries, status in ((1, None), (2, 200)):
        provider = Moving(cluster.hosts[:1], cluster.hosts)
        client = build(RoundRobinLB(provider), set_endpoint_updates=tries)
        if status is None:
            with pytest.raises(ClientNoEndpointsException):
                client.post("/x")
        else:
            assert client.post("/x").status_code == status


def test_a_call_that_finds_a_host_asks_the_provider_once(cluster, build):
    provider = Moving(cluster.hosts)
    client = build(RoundRobinLB(provider), set_endpoint_updates=9)
    for _ in range(5):
        client.get("/x")
    assert provider.asked == 1


@pytest.mark.parametrize("tells", [True, False])
def test_hosts_that_leave_get_nothing_more_and_new_ones_do(cluster, build, tells):
    provider = Moving(cluster.hosts[:2], tells=tells)
    lb = RoundRobinLB(provider)
    client = build(lb)
    for _ in range(4):
        client.get("/x")
    provider.put(*cluster.hosts[1:])
    provider._lists.pop(0)
    if not tells:
        lb.update()
    for _ in range(4):
        client.get("/x")
    assert counts(cluster) == [2, 4, 2]
    assert [h.host for h in client.hosts()] == list(cluster.hosts[1:])


def test_the_state_of_hosts_that_stay_is_kept(cluster, build):
    cluster[0].kill()
    provider = Moving(cluster.hosts[:2])
    lb = RandomLB(provider, random_function=lambda low, high: low, slow_start=0)
    client = build(lb, add_breaker={"break_duration": 50})
    for _ in range(5):
        client.get("/x")
    before = client.hosts()
    assert before[0].circuit == "open"
    provider.put(*reversed(cluster.hosts))
    provider._lists.pop(0)
    lb.update()
    after = {h.host: h for h in client.hosts()}
    assert after[before[0].host].requests == before[0].requests
    assert after[before[1].host].latency == before[1].latency
    assert circuits(client) == ["closed", "closed", "open"]
    client.get("/x")
    client.post("/x")
    assert cluster[2].count == 2
    assert cluster[1].connections == 1


def test_a_host_that_left_and_came_back_starts_anew(cluster, build):
    cluster[0].kill()
    provider = Moving(cluster.hosts)
    lb = RandomLB(provider, random_function=lambda low, high: low, slow_start=0)
    client = build(lb, add_breaker={"break_duration": 50})
    for _ in range(5):
        client.get("/x")
    for hosts in (cluster.hosts[1:], cluster.hosts):
        provider._lists[:] = [hosts]
        lb.update()
    assert client.hosts()[0].circuit == "closed"
    cluster[0].restart()
    assert client.get("/x").json()["port"] == cluster[0].port


def test_what_is_known_of_a_host_may_change_under_it(cluster, build):
    provider = Moving((Instance(cluster.hosts[0], path="/v1"),))
    lb = RoundRobinLB(provider)
    client = build(lb)
    client.get("/x")
    provider._lists[:] = [(Instance(cluster.hosts[0], path="/v2"),)]
    lb.update()
    client.get("/x")
    assert [r.path for r in cluster[0].requests] == ["/v1/x", "/v2/x"]
    assert (cluster[0].connections, client.hosts()[0].requests) == (1, 2)


def test_a_provider_needs_nothing_but_get_list(cluster, build):
    class Own(IProvider):
        def get_list(self):
            return [tuple(host) for host in cluster.hosts]

    client = build(RoundRobinLB(Own()))
    for _ in range(3):
        client.get("/x")
    assert counts(cluster) == [1, 1, 1]


# -- balancers of a user's own ---------------------------------------------------------------


class Own(ILoadBalancer):
    """Written for 4.x: no call of the base class's constructor."""

    def __init__(self, endpoints):
        self._mine = endpoints
        self._turn = 0
        self.updates = 0

    def pick(self):
        up = [e for e in self._mine if e.available]
        if not up:
            raise LbNoEndpointsException("nothing is up")
        self._turn += 1
        return up[self._turn % len(up)]

    def update(self):
        self.updates += 1


def test_a_balancer_with_pick_and_update_works(cluster):
    endpoints = [Endpoint(host) for host in cluster.hosts]
    lb = Own(endpoints)
    with Client(lb) as client:
        for _ in range(6):
            client.get("/x")
        assert counts(cluster) == [2, 2, 2]
        cluster[1].kill()
        for _ in range(6):
            assert client.post("/x", b"data").status_code == 200
        assert client.hosts() == ()
        assert client.stats().calls == 12
        assert client.resolve() in endpoints
    assert lb.updates == 0
    for endpoint in endpoints:
        endpoint.close_connections()


def test_a_balancer_of_the_first_available_endpoint_fails_over(cluster, build):
    class First(Own):
        def pick(self):
            return next(e for e in self._mine if e.available)

    endpoints = [Endpoint(host) for host in cluster.hosts]
    client = build(First(endpoints))
    cluster[0].kill()
    for _ in range(6):
        assert client.get("/x").status_code == 200
    assert counts(cluster) == [0, 6, 0]
    for endpoint in endpoints:
        endpoint.close_connections()


def test_a_balancer_that_is_no_subclass_works_too(cluster, build):
    class Alike:
        def pick(self):
            return endpoint

        def update(self):
            pass

    endpoint = Endpoint(cluster.hosts[0])
    assert build(Alike()).get("/x").status_code == 200
    endpoint.close_connections()


def test_its_update_is_called_as_often_as_the_builder_says(build):
    lb = Own([])
    client = build(lb, set_endpoint_updates=3)
    with pytest.raises(ClientNoEndpointsException, match="nothing is up"):
        client.get("/x")
    assert lb.updates == 2


def test_a_balancer_that_writes_choose_next_works(cluster, build):
    class Last(ILoadBalancer):
        def _choose_next(self):
            return self.get_or_create_endpoint(self._up[-1]) if self._up else None

    client = build(Last(Moving(cluster.hosts)))
    for _ in range(3):
        client.get("/x")
    assert counts(cluster) == [0, 0, 3]
    cluster[2].kill()
    for _ in range(6):
        assert client.get("/x").status_code == 200
    assert cluster[2].count == 3


def test_a_balancers_subclass_may_change_pick(cluster, build):
    class Sticky(RoundRobinLB):
        def pick(self):
            return self.get_or_create_endpoint(cluster.hosts[1])

    client = build(Sticky(Moving(cluster.hosts)))
    for _ in range(3):
        client.get("/x")
    assert counts(cluster) == [0, 3, 0]


def test_a_patched_verb_of_an_endpoint_is_what_is_called(cluster, build):
    lb = in_order(*cluster.hosts)
    first, second, _ = lb.endpoints()
    first.get = lambda path: f"first {path}"
    client = build(lb)
    assert client.get("/x") == "first /x"
    assert client.post("/x").status_code == 200
    assert counts(cluster) == [1, 0, 0]
    assert second.get("/y").status_code == 200
