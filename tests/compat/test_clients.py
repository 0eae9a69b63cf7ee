"""Clients and builders as 4.x had them."""

import socket

import pytest
import requests

from ahoyhoy import Host
from ahoyhoy.client import Client, LBClientBuilder, SessionClientBuilder, SimpleClient
from ahoyhoy.client.exceptions import ClientNoEndpointsException
from ahoyhoy.endpoints import Endpoint
from ahoyhoy.lb import RandomLB, RoundRobinLB
from ahoyhoy.lb.iloadbalancer import ILoadBalancer
from ahoyhoy.lb.providers import ListProvider
from ahoyhoy.retries import Retry


@pytest.fixture
def dead(monkeypatch):
    """Names that do not resolve, as far as this test is concerned."""
    resolve = socket.getaddrinfo

    def fail_for_bad_names(host, *args, **kwargs):
        if str(host).startswith("bad"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return resolve(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", fail_for_bad_names)
    return [Host(f"bad{number}.example", 80) for number in range(3)]


class FirstLB(ILoadBalancer):
    """Of 4.x style: knows nothing of the base class's constructor."""

    def __init__(self, *endpoints):
        self._up = endpoints

    def _choose_next(self):
        return self._up[0]

    def pick(self):
        return self._choose_next()

    def update(self):
        pass


class InTurnLB(FirstLB):
    def __init__(self, *endpoints):
        super().__init__(*endpoints)
        self._index = -1

    def _choose_next(self):
        self._index = (self._index + 1) % len(self._up)
        return self._up[self._index]


class OnlyGet:
    """A session of sorts."""

    def __init__(self):
        self.headers = {}

    def get(self, *args):
        return f"got {args[0]}"


@pytest.mark.parametrize("balancer", [RoundRobinLB, RandomLB])
def test_some_bad_hosts_do_no_harm(dead, cluster, balancer):
    provider = ListProvider(dead[0], cluster.hosts[0], dead[1])
    for client in (
        Client(balancer(provider)),
        LBClientBuilder().add_lb(balancer(provider)).build(),
    ):
        assert isinstance(client, Client)
        for _ in range(3):
            assert client.get("/").status_code == 200
        client.close()


def test_only_bad_hosts_is_an_error_with_its_cause(dead):
    client = Client(RoundRobinLB(ListProvider(*dead)))
    with pytest.raises(ClientNoEndpointsException) as raised:
        client.get("/")
    assert isinstance(raised.value.__cause__, requests.ConnectionError)


def test_the_hosts_are_asked_for_again_if_told_so(dead, cluster, provider_of):
    def client(**options):
        return Client(RoundRobinLB(provider_of(dead, [*dead, cluster.hosts[0]])), **options)

    with pytest.raises(ClientNoEndpointsException):
        client().get("/")
    assert client(ep_list_update_tries=2).get("/").status_code == 200
    lb = RoundRobinLB(provider_of(dead, [cluster.hosts[0]]))
    assert LBClientBuilder().add_lb(lb).set_endpoint_updates(2).build().get("/").status_code == 200


def test_headers_of_a_call_are_sent(cluster):
    client = Client(RoundRobinLB(ListProvider(cluster.hosts[0])))
    assert client.get("/", headers={"X-A": "b"}).request.headers["X-A"] == "b"
    client.close()


def test_headers_and_retries_of_the_client_are_used(cluster):
    retry = Retry(exceptions=requests.ConnectTimeout, tries=3, delay=0, backoff=2, jitter=0)
    lb = RoundRobinLB(ListProvider(cluster.hosts[0]))
    client = Client(lb, headers={"X-A": "b"}, retry_http_call_func=retry)
    assert client.get("/").request.headers["X-A"] == "b"
    client.close()


def test_resolve_returns_the_balancers_endpoint():
    endpoint = Endpoint(Host("10.0.0.1", "443"))
    assert Client(FirstLB(endpoint)).resolve() == endpoint


def test_a_balancers_class_is_refused():
    with pytest.raises(TypeError, match="FirstLB is a class"):
        Client(FirstLB)


@pytest.mark.parametrize("name", ["mount", "headers", "cookies", "send", "no_such_thing"])
def test_other_attributes_are_not_there(name):
    client = Client(FirstLB(Endpoint(Host("10.0.0.1", "443"))))
    with pytest.raises(AttributeError, match=name):
        getattr(client, name)
    assert not hasattr(client, name)


def test_patched_endpoints_are_called_in_the_balancers_order():
    first, second = Endpoint(Host("10.0.0.1", "443")), Endpoint(Host("10.0.0.2", "443"))
    first.get = lambda path: "first"
    second.get = lambda path: "second"
    client = Client(InTurnLB(first, second))
    assert [client.get("/") for _ in range(3)] == ["first", "second", "first"]


def test_a_session_client_keeps_a_stand_in_for_a_session():
    session = OnlyGet()
    client = SessionClientBuilder().add_session(session).build()
    assert isinstance(client, Endpoint)
    assert client._session is session
    assert client.get("/x") == "got /x"


def test_builders_insist_on_what_they_need():
    for builder in (LBClientBuilder(), SessionClientBuilder()):
        for family in (AssertionError, TypeError):
            with pytest.raises(family, match="missing"):
                builder.build()


def test_a_session_on_the_balancer_or_on_the_builder_is_used(cluster):
    for where in ("balancer", "builder"):
        with requests.Session() as session:
            session.headers["X-A"] = where
            on_lb = session if where == "balancer" else None
            builder = LBClientBuilder().add_lb(
                RoundRobinLB(ListProvider(cluster.hosts[0]), session=on_lb)
            )
            if where == "builder":
                builder.add_session(session)
            assert builder.build().get("/").request.headers["X-A"] == where


def test_a_timeout_may_be_given_to_a_call(cluster):
    cluster[0].set(fault="stall")
    cluster[1].set(fault="stall")
    client = LBClientBuilder().add_lb(RoundRobinLB(ListProvider(*cluster.hosts))).build()
    assert client.get("/", timeout=0.2).json()["port"] == cluster[2].port
    client.close()


def test_a_simple_client_takes_urls(cluster):
    client = SimpleClient()
    assert client.get(f"http://127.0.0.1:{cluster[0].port}/x").status_code == 200
    client.close_connections()
