"""Where a session goes when a host of a service sends it elsewhere."""

import pytest
import requests

from ahoyhoy import Adapter, Instance, Session
from ahoyhoy.lb import RoundRobinLB
from ahoyhoy.lb.providers import ListProvider
from integration.calls import counts, in_order, paths
from issues.conftest import serve
from issues.raw_server import answer

__all__ = ("serve",)


def send_to(node, location, status=302):
    node.set(status=status, headers={"Location": location})


@pytest.fixture
def users(cluster):
    with Session(in_order(*cluster.hosts), name="users") as session:
        yield session


def once(location, *headers, status=302):
    """Answers the first path with a redirect, and every other with ok."""
    return lambda r: (
        answer(status, f"Location: {location}", *headers) if r.path == "/a" else answer()
    )


@pytest.mark.parametrize(
    "location", ["/b", "b", "http://users/b", "http://users:80/b", "//users/b"]
)
def test_to_the_service_itself_is_balanced_again(serve, location):
    servers = [serve(once(location)), serve(once(location))]
    lb = RoundRobinLB(ListProvider(*(server.host for server in servers)))
    with Session(lb, name="users") as session:
        got = session.get("/a", headers={"Authorization": "t"})
    assert got.url in ("http://users/b", "http://users:80/b")
    assert sorted([r.path for r in server.requests] for server in servers) == [["/a"], ["/b"]]
    assert {r.headers["authorization"] for s in servers for r in s.requests} == {"t"}


def test_to_a_replica_goes_there_under_the_services_name(cluster, users):
    third = cluster[2]
    send_to(cluster[0], f"http://127.0.0.1:{third.port}/leader?q=1", status=307)
    users.cookies.set("id", "7", domain="users.local", path="/")
    got = users.put("/a", data=b"x", headers={"Authorization": "t"})
    assert got.url == "http://users/leader?q=1"
    (received,) = third.requests
    assert (received.method, received.path, received.body) == ("PUT", "/leader?q=1", b"x")
    assert received.headers["Host"] == "users"
    assert received.headers["Authorization"] == "t"
    assert received.headers["Cookie"] == "id=7"
    assert counts(cluster) == [1, 0, 1]


def test_to_a_replica_by_the_name_that_discovery_knows(cluster):
    first, second, _ = cluster.hosts
    known = Instance(second, authority="node2.internal")
    send_to(cluster[0], f"http://node2.internal:{second.port}/leader")
    with Session(in_order(first, known), name="users") as session:
        assert session.get("/a").url == "http://users/leader"
    assert paths(cluster[1]) == [("GET", "/leader")]


def test_only_that_hop_is_pinned(cluster):
    lb = in_order(*cluster.hosts)
    send_to(cluster[0], f"http://127.0.0.1:{cluster[1].port}/leader")
    send_to(cluster[1], "/c")
    with Session(lb, name="users") as session:
        session.max_redirects = 3
        with pytest.raises(requests.TooManyRedirects):
            session.get("/a")
    assert counts(cluster) == [2, 2, 0]


def test_a_pinned_hop_goes_nowhere_else(cluster, users):
    send_to(cluster[0], f"http://127.0.0.1:{cluster[1].port}/leader")
    cluster[1].kill()
    with pytest.raises(requests.ConnectionError) as raised:
        users.get("/a")
    assert {attempt.host for attempt in raised.value.attempts} == {cluster[1].host}
    assert counts(cluster)[2] == 0


def test_the_next_request_of_an_answer_is_pinned_as_well(cluster, users):
    send_to(cluster[0], f"http://127.0.0.1:{cluster[2].port}/leader")
    got = users.get("/a", allow_redirects=False)
    assert got.next.url == "http://users/leader"
    assert users.send(got.next).json()["port"] == cluster[2].port


def test_elsewhere_is_as_in_requests_and_without_the_auth(serve, cluster, users):
    other = serve()
    send_to(cluster[0], f"{other.url}/b")
    got = users.get("/a", headers={"Authorization": "t"})
    assert got.url == f"{other.url}/b"
    (received,) = other.requests
    assert "authorization" not in received.headers
    assert received.headers["host"] == f"127.0.0.1:{other.host.port}"


def test_from_one_service_to_another_without_the_auth(cluster):
    first, second, _ = cluster.hosts
    send_to(cluster[0], "http://orders/b")
    with Session({"users": in_order(first), "orders": in_order(second)}) as session:
        session.get("http://users/a", headers={"Authorization": "t"})
    (received,) = cluster[1].requests
    assert received.headers["Host"] == "orders"
    assert "Authorization" not in received.headers


@pytest.mark.parametrize("location", ["/api/b", "/b", "http://users/api/b"])
def test_a_base_path_in_the_location_is_not_put_before_the_path_twice(serve, location):
    replica = serve(
        lambda r: answer(302, f"Location: {location}") if r.path == "/api/a" else answer()
    )
    with Session(f"{replica.url}/api", name="users") as session:
        assert session.get("/a").url == "http://users/b"
    assert [r.path for r in replica.requests] == ["/api/a", "/api/b"]


def test_a_plain_session_with_an_adapter_leaves_the_service_for_a_replica(cluster):
    send_to(cluster[0], f"http://127.0.0.1:{cluster[1].port}/b")
    with requests.Session() as session:
        session.mount("http://users/", Adapter(in_order(*cluster.hosts)))
        got = session.get("http://users/a", headers={"Authorization": "t"})
    assert got.url == f"http://127.0.0.1:{cluster[1].port}/b"
    assert "Authorization" not in cluster[1].requests[0].headers


def test_redirects_of_other_urls_are_as_in_requests(serve, users):
    other = serve(once("/b"))
    assert users.get(f"{other.url}/a").url == f"{other.url}/b"
