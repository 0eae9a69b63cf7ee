"""What the hosts of a service are told of who is asked, and whose the cookies and secrets are."""

import pytest
import requests
from requests.auth import HTTPDigestAuth

from ahoyhoy import Adapter, Instance, ListProvider, Propagation, Session
from ahoyhoy.lb import RoundRobinLB
from integration.calls import counts, in_order

CHALLENGE = 'Digest realm="r", nonce="{}", qop="auth", algorithm="MD5"'


@pytest.fixture
def users(cluster):
    with Session(in_order(*cluster.hosts), name="users") as session:
        yield session


def hosts_of(node):
    return [request.headers["Host"] for request in node.requests]


def test_the_host_header_is_the_services_and_stays_out_of_the_request(cluster, users):
    answers = [users.get("/x"), users.get("http://users:80/x"), users.get("http://USERS/x")]
    assert hosts_of(cluster[0]) == ["users"] * 3
    assert all("Host" not in answer.request.headers for answer in answers)


def test_a_port_in_the_name_is_in_the_host_header(cluster):
    with Session({"orders.test:8080": in_order(*cluster.hosts)}) as session:
        session.get("http://orders.test:8080/x")
    assert hosts_of(cluster[0]) == ["orders.test:8080"]


def test_a_host_header_of_the_callers_own_is_sent(cluster, users):
    users.get("/x", headers={"Host": "other"})
    assert hosts_of(cluster[0]) == ["other"]


def test_without_a_name_the_hosts_have_their_own(cluster):
    first, second, _ = cluster.hosts
    known = Instance(second, authority="second.internal")
    with Session(RoundRobinLB(ListProvider(first, known))) as session:
        assert {session.get("/x").url for _ in range(2)} == {"http://service.ahoyhoy/x"}
    assert hosts_of(cluster[0]) == [f"127.0.0.1:{first.port}"]
    assert hosts_of(cluster[1]) == [f"second.internal:{second.port}"]


def test_the_endpoints_name_in_the_host_header_changes_no_cookies(cluster):
    cluster[0].set(headers={"Set-Cookie": "id=7; Path=/"})
    known = Instance(cluster[0].host, authority="first.internal")
    with Session(in_order(known), name="users", host_header="endpoint") as session:
        answer = session.get("/x")
        session.get("/x")
        assert [cookie.domain for cookie in answer.cookies] == ["users.local"]
        assert [cookie.domain for cookie in session.cookies] == ["users.local"]
    assert hosts_of(cluster[0]) == [f"first.internal:{known.host.port}"] * 2
    assert cluster[0].requests[1].headers["Cookie"] == "id=7"


def test_cookies_of_one_host_go_to_all(cluster):
    cluster[0].set(headers={"Set-Cookie": "id=7; Path=/"})
    with Session(in_order(*cluster.hosts), name="users") as session:
        session.get("/x")
        cluster[0].kill()
        session.get("/x")
    assert cluster[1].requests[0].headers["Cookie"] == "id=7"


def test_user_and_password_in_the_url_are_the_services_auth(cluster, users):
    answer = users.get("http://me:secret@users/x")
    assert answer.json()["port"] == cluster[0].port
    assert cluster[0].requests[0].headers["Authorization"].startswith("Basic ")


def test_netrc_is_read_by_the_services_name(cluster, users, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine users login me password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    users.get("/x")
    users.get("http://users/x")
    assert [r.headers["Authorization"] for r in cluster[0].requests] == ["Basic bWU6c2VjcmV0"] * 2


def test_the_second_leg_of_digest_goes_to_the_host_that_challenged(cluster):
    for number, node in enumerate(cluster):
        challenge = CHALLENGE.format(number)
        node.set(status=401, headers={"WWW-Authenticate": challenge})
    lb = RoundRobinLB(ListProvider(*cluster.hosts))
    with Session(lb, name="users") as session:
        for _ in range(6):
            session.get("/x", auth=HTTPDigestAuth("me", "secret"))
    for number, node in enumerate(cluster):
        seen = [r.headers.get("Authorization", "") for r in node.requests]
        assert [bool(text) for text in seen] == [False, True] * 2
        assert all(f'nonce="{number}"' in text for text in seen if text)


def test_the_connection_of_an_answer_sends_to_its_host(cluster, users):
    cluster[0].kill()
    answer = users.get("/x")
    cluster[0].restart()
    again = answer.connection.send(answer.request.copy())
    assert again.json()["port"] == cluster[1].port
    assert counts(cluster) == [0, 2, 0]


def test_what_is_propagated_is_told_to_each_attempt_and_stays_out_of_the_request(cluster):
    cluster[0].set(status=503)
    settings = {"propagation": Propagation(service_name="shop"), "deadline": 5}
    with Session(in_order(*cluster.hosts), name="users", **settings) as session:
        answer = session.get("/x", priority="high")
    first, second = (node.requests[0].headers for node in list(cluster)[:2])
    assert first["X-Service-Name"] == second["X-Service-Name"] == "shop"
    assert first["X-Request-Priority"] == "high"
    assert float(second["X-Request-Timeout"]) < float(first["X-Request-Timeout"]) <= 5
    assert not {"X-Service-Name", "X-Request-Timeout"} & answer.request.headers.keys()


def test_a_base_path_comes_before_the_path_and_stays_out_of_the_url(cluster):
    with Session(f"http://127.0.0.1:{cluster[0].port}/api/v2", name="users") as session:
        answer = session.get("/users/1?a=b", params={"c": "d"})
    assert cluster[0].requests[0].path == "/api/v2/users/1?a=b&c=d"
    assert answer.url == "http://users/users/1?a=b&c=d"


def test_an_adapter_on_a_plain_session_names_the_service_as_the_url_does(cluster):
    with requests.Session() as session:
        session.mount("http://users/", Adapter(in_order(*cluster.hosts)))
        cluster[0].kill()
        answer = session.get("http://users/x")
    assert answer.json()["port"] == cluster[1].port
    assert hosts_of(cluster[1]) == ["users"]
    assert len(answer.ahoyhoy.attempts) == 2
