"""requests-toolbelt: bodies that are streamed, base URLs, adapters for TLS, dumps of what was sent."""

import io
import ssl
from contextlib import closing

import pytest
import requests

import ahoyhoy
from ahoyhoy.testing.cluster import Cluster
from integration.libraries.service import URL, asked, in_turn, needed, refuse
from issues.raw_server import RawServer

toolbelt = needed("requests_toolbelt")
base_urls = needed("requests_toolbelt.sessions")
host_header_ssl = needed("requests_toolbelt.adapters.host_header_ssl")
dumps = needed("requests_toolbelt.utils.dump")


class BasedSession(base_urls.BaseUrlSession, ahoyhoy.Session):
    """As the toolbelt describes it: its class before the session's."""


def encoder(size=100_000):
    fields = {"name": "Ann", "photo": ("ann.png", io.BytesIO(b"x" * size), "image/png")}
    return toolbelt.MultipartEncoder(fields)


def received(servers):
    (request,) = [request for server in servers for request in server.requests]
    return request


def test_a_multipart_body_arrives_whole(users, servers):
    body = encoder()
    users.post(URL, data=body, headers={"Content-Type": body.content_type})
    request = received(servers)
    assert request.headers["content-type"] == body.content_type
    assert (request.body.count(b"x"), int(request.headers["content-length"])) == (
        100_000,
        len(request.body),
    )


def test_a_multipart_body_goes_to_another_host_if_nobody_read_it(users, servers):
    servers[0].kill()
    try:
        for _ in range(2):
            body = encoder()
            answer = users.post(URL, data=body, headers={"Content-Type": body.content_type})
            assert answer.ok
    finally:
        servers[0].restart()
    assert [r.body.count(b"x") for r in servers[1].requests] == [100_000, 100_000]


def test_a_monitor_sees_each_byte_once(users, servers):
    seen = []
    body = toolbelt.MultipartEncoderMonitor(
        encoder(), lambda monitor: seen.append(monitor.bytes_read)
    )
    users.post(URL, data=body, headers={"Content-Type": body.content_type})
    assert max(seen) == seen[-1] == len(received(servers).body)


def test_a_body_that_was_read_is_not_sent_again(users, servers):
    refuse(*servers)
    body = encoder()
    answer = users.put(URL, data=body, headers={"Content-Type": body.content_type})
    assert answer.status_code == 503
    assert received(servers).body.count(b"x") == 100_000


def test_a_base_url_may_be_a_service(servers):
    balancer = in_turn(servers)
    with BasedSession(base_url="http://users/api/") as session:
        session.mount("http://users/", ahoyhoy.Adapter(balancer))
        assert session.get("1").json()["path"] == "/api/1"
        assert session.get("/2").json()["path"] == "/2"
        assert session.get("http://users/3").url == "http://users/3"


def test_their_base_url_session_takes_our_adapter(servers):
    with base_urls.BaseUrlSession("http://users/api/") as session:
        session.mount("http://users/", ahoyhoy.Adapter(in_turn(servers)))
        assert [session.get("1").json()["path"] for _ in range(2)] == ["/api/1"] * 2
    assert [server.count for server in servers] == [1, 1]


def test_an_adapter_with_a_source_address_connects_to_the_replicas():
    with closing(RawServer()) as one, closing(RawServer()) as other:
        with ahoyhoy.Session({"users": in_turn([one, other])}) as session:
            session.mount("http://users/", toolbelt.SourceAddressAdapter("127.0.0.2"))
            for _ in range(4):
                session.get(URL)
        assert [request.peer for request in one.requests + other.requests] == ["127.0.0.2"] * 4
        assert [one.count, other.count] == [2, 2]


def test_a_dump_shows_the_same_with_and_without_balancing(users, servers):
    for _ in range(4):  # the last ones over connections that were kept
        shown = dumps.dump_all(users.get(URL, headers={"X-Name": "value"})).decode()
        lines = shown.splitlines()
        assert lines[0] == "< GET /1 HTTP/1.1"
        assert "< X-Name: value" in lines
        assert "> HTTP/1.1 200 OK" in lines


@pytest.fixture
def tls_servers(certificate):
    with Cluster(2, certfile=certificate("users.internal")) as servers:
        yield servers


def test_a_certificate_by_host_header_is_checked_by_theirs(tls_servers, ca_file):
    balancer = in_turn(tls_servers)
    with ahoyhoy.Session({"users.internal": balancer}) as session:
        session.verify = ca_file
        session.mount("https://", host_header_ssl.HostHeaderSSLAdapter())
        for _ in range(4):
            answer = session.get("https://users.internal/1", headers={"Host": "users.internal"})
            assert answer.ok
        with pytest.raises(requests.exceptions.SSLError):
            session.get("https://users.internal/1", headers={"Host": "orders.internal"})
    assert [server.count for server in tls_servers] == [2, 2]


@pytest.mark.filterwarnings("ignore:'ssl_version' option is deprecated:FutureWarning")
def test_a_tls_version_of_theirs_is_used_for_the_replicas(tls_servers, ca_file):
    balancer = in_turn(tls_servers)
    with ahoyhoy.Session({"users.internal": balancer}) as session:
        session.verify = ca_file
        session.mount("https://", toolbelt.SSLAdapter(ssl.TLSVersion.TLSv1_2))
        assert session.get("https://users.internal/1").ok


def test_a_guess_of_the_kind_of_authentication_asks_the_same_replica_again(users, servers):
    for server in servers:
        server.set(status=401, headers={"WWW-Authenticate": 'Basic realm="users"'})
    users.get(URL, auth=toolbelt.GuessAuth("ann", "secret"))
    assert sorted(server.count for server in servers) == [0, 2]
    assert asked(servers) == ["/1", "/1"]
