"""Connections of a session: kept, no more than needed, and nobody else's after a fork."""

import multiprocessing
import pickle

import pytest
import requests
from requests.adapters import HTTPAdapter

from ahoyhoy import Adapter, ListProvider, Session
from ahoyhoy.lb import RoundRobinLB
from ahoyhoy.testing import Cluster
from integration.calls import counts, in_order, together
from issues.conftest import serve

__all__ = ("serve",)


@pytest.fixture
def many(serve):
    """Twenty-five hosts."""
    return [serve() for _ in range(25)]


@pytest.mark.parametrize("mounted", [False, True])
def test_many_threads_and_hosts_open_few_connections(many, mounted):
    lb = RoundRobinLB(ListProvider(*(server.host for server in many)))
    opened = []
    with Session(lb, name="users") as session:
        if mounted:
            session.mount("http://", HTTPAdapter(pool_maxsize=64))

        def work(_):
            opened.extend(session.get("/x").status_code for _ in range(50))

        assert together(16, work) == [None] * 16
    assert opened == [200] * 800
    # As many as requests were in flight to a host at once, not one for each request.
    assert 25 <= sum(len(server._socks) for server in many) <= 200


def test_connections_are_kept_for_all_that_is_said_to_a_host(cluster):
    with Session(in_order(*cluster.hosts), name="users") as session:
        session.get("/x")
        session.post("/x", data=b"1")
        session.get("http://users:80/x", stream=True).close()
        session.get("/x").connection.send(session.prepare_request(requests.Request("GET", "/y")))
    assert cluster[0].connections <= 2


def test_a_host_that_leaves_is_disconnected(serve):
    servers = [serve(), serve()]
    provider = Changing(*(server.host for server in servers))
    with Session(RoundRobinLB(provider), name="users") as session:
        for _ in range(2):
            session.get("/x")
        assert [server.open for server in servers] == [1, 1]
        provider.keep(servers[1].host)
        session.get("/x")
        servers[0].leave()
        for _ in range(200):
            if not servers[0].open:
                break
            session.get("/x")
        assert [server.open for server in servers] == [0, 1]


class Changing(ListProvider):
    def keep(self, *hosts):
        self._hosts = hosts
        self._changed = True

    def changes(self):
        return int(getattr(self, "_changed", False))


def test_closing_closes_connections(serve):
    server = serve()
    session = Session(in_order(server.host), name="users")
    session.get("/x")
    session.close()
    for _ in range(1000):
        if not server.open:
            break
        together(1, lambda _: None)
    assert server.open == 0


def _child(session, queue):
    queue.put([session.get("/x").status_code, session.stats().calls])
    session.close()


@pytest.mark.parametrize("mounted", [False, True])
def test_a_forked_child_uses_connections_of_its_own(cluster, mounted):
    context = multiprocessing.get_context("fork")
    with Session(in_order(*cluster.hosts), name="users") as session:
        if mounted:
            session.mount("http://", HTTPAdapter())
        session.get("/x")
        queue = context.SimpleQueue()
        child = context.Process(target=_child, args=(session, queue))
        child.start()
        assert queue.get() == [200, 2]
        child.join()
        queue.close()
        session.get("/x")
    assert (cluster[0].count, cluster[0].connections) == (3, 2)


def test_a_pickled_session_is_whole_where_it_arrives(cluster):
    with Session(in_order(*cluster.hosts), name="users", timeout=7, deadline=9) as session:
        session.headers["X-A"] = "b"
        session.get("/x")
        copy = pickle.loads(pickle.dumps(session))
    with copy:
        assert copy.headers["x-a"] == "b"
        assert copy.get("/y").url == "http://users/y"
        assert copy.stats().calls == 1
        assert copy.get_adapter("http://users/").service.settings.timeout == 7
    assert counts(cluster) == [2, 0, 0]


def test_a_pickled_adapter_is_whole_where_it_arrives(cluster):
    with requests.Session() as session:
        session.mount("http://users/", Adapter(in_order(*cluster.hosts), host_header="endpoint"))
        with pickle.loads(pickle.dumps(session)) as copy:
            copy.get("http://users/x")
    assert cluster[0].requests[0].headers["Host"] == f"127.0.0.1:{cluster[0].port}"


def test_adapters_work_on_whatever_session_they_are_copied_to(cluster):
    with Session(in_order(*cluster.hosts), name="users") as session, requests.Session() as plain:
        plain.adapters.update(session.adapters)
        for prefix, adapter in session.adapters.items():
            plain.mount(prefix, adapter)
        assert plain.get("http://users/x").json()["port"] == cluster[0].port


def test_ipv6_names_and_hosts():
    with Cluster(1, address="::1") as cluster:
        with Session({"[2001:db8::1]:8080": in_order(*cluster.hosts)}) as session:
            answer = session.get("http://[2001:DB8:0::1]:8080/x")
        assert answer.status_code == 200
        assert cluster[0].requests[0].headers["Host"] == "[2001:db8::1]:8080"
