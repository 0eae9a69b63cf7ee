"""Names, certificates and connections of hosts that are known by their address."""

import socket
import ssl
import threading

import pytest
import requests

from ahoyhoy import (
    ClientNoEndpointsException,
    Endpoint,
    Host,
    Instance,
    ListProvider,
    RoundRobinLB,
    attempts_of,
)
from ahoyhoy.servicediscovery import ServiceDiscoveryHttpClient
from ahoyhoy.testing.cluster import Cluster
from integration.calls import circuits, counts, in_order

NAME = "users.internal"


def known_as(host, authority=NAME, **more):
    return Instance(host, scheme="https", authority=authority, **more)


@pytest.fixture
def right(certificate):
    """Two servers whose certificate is for the name."""
    with Cluster(2, certfile=certificate(NAME)) as cluster:
        yield cluster


@pytest.fixture
def wrong(certificate):
    """A server whose certificate is for another name."""
    with Cluster(1, certfile=certificate("other.internal", "127.0.0.1")) as cluster:
        yield cluster


@pytest.fixture(params=["own session", "user's session"])
def steps(request, session, ca_file, monkeypatch):
    """How the client is built, and how it learns of the authority."""
    if request.param == "own session":
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", ca_file)
        return {}
    session.trust_env = False
    session.verify = ca_file
    return {"add_session": session}


def test_the_name_is_checked_and_sent_while_the_address_is_used(right, build, steps):
    client = build(in_order(*map(known_as, right.hosts)), **steps)
    answer = client.get("/x", params={"a": "1"})
    port = right[0].port
    assert answer.url == f"https://{NAME}:{port}/x?a=1"
    assert right[0].requests[0].headers["Host"] == f"{NAME}:{port}"
    assert "Host" not in answer.request.headers


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_wrong_certificate_is_never_sent_to_and_another_host_is(
    right, wrong, build, steps, method
):
    client = build(in_order(known_as(wrong.hosts[0]), known_as(right.hosts[0])), **steps)
    answer = client.request(method, "/x", data=b"pay")
    assert (counts(wrong), counts(right)) == ([0], [1, 0])
    first, second = attempts_of(answer)
    assert (first.host, first.error) == (wrong.hosts[0], "certificate rejected")
    assert second.host == right.hosts[0]


def test_only_wrong_certificates_is_an_error_that_says_so(wrong, build, steps):
    client = build(in_order(known_as(wrong.hosts[0])), **steps)
    with pytest.raises(ClientNoEndpointsException, match="certificate rejected") as raised:
        client.post("/x", b"pay")
    assert isinstance(raised.value.__cause__, requests.exceptions.SSLError)
    assert counts(wrong) == [0]


def test_a_wrong_certificate_is_no_trouble_where_nobody_checks(wrong, build, steps):
    client = build(in_order(known_as(wrong.hosts[0])), **steps)
    with pytest.warns(Warning, match="Unverified HTTPS"):
        assert client.get("/x", verify=False).status_code == 200


def test_connections_are_reused_under_the_name(right, build, steps):
    client = build(RoundRobinLB(ListProvider(*map(known_as, right.hosts))), **steps)
    for _ in range(6):
        client.get("/x")
        client.post("/x", b"pay")
    assert counts(right) == [6, 6]
    assert [node.connections for node in right] == [1, 1]


def test_a_redirect_to_the_name_stays_on_the_host(right, build, steps):
    port = right[0].port
    right[0].set(status=302, headers={"Location": f"https://{NAME}:{port}/next"})
    client = build(in_order(known_as(right.hosts[0])), **steps)
    with pytest.raises(requests.TooManyRedirects):
        client.get("/x")
    assert [r.path for r in right[0].requests][:3] == ["/x", "/next", "/next"]
    assert {r.headers["Host"] for r in right[0].requests} == {f"{NAME}:{port}"}
    assert circuits(client) == ["closed"]


def test_cookies_belong_to_the_name(right, build, steps):
    right[0].set(headers={"Set-Cookie": f"id=7; Domain={NAME}; Path=/; Secure"})
    if not steps:
        session = requests.Session()
        steps = {"add_session": session}
        session.verify = True
    client = build(in_order(*map(known_as, right.hosts)), **steps)
    client.get("/x")
    right[0].kill()
    client.get("/x")
    assert right[1].requests[0].headers["Cookie"] == "id=7"
    steps["add_session"].close()


def test_the_base_path_comes_before_every_path(right, build, steps):
    instance = known_as(right.hosts[0], path="/api/v2")
    client = build(in_order(instance), **steps)
    assert client.get("/x").url == f"https://{NAME}:{right[0].port}/api/v2/x"
    assert right[0].requests[0].path == "/api/v2/x"


@pytest.mark.parametrize(
    ("authority", "header"), [("users.internal:443", NAME), (f"{NAME}:8443", f"{NAME}:8443")]
)
def test_the_names_own_port_is_what_the_server_hears(right, build, steps, authority, header):
    client = build(in_order(known_as(right.hosts[0], authority=authority)), **steps)
    client.get("/x")
    assert right[0].requests[0].headers["Host"] == header


def test_without_a_name_the_address_is_checked(wrong, right, build, steps):
    instances = [Instance(node.host, scheme="https") for node in (right[0], wrong[0])]
    client = build(in_order(*instances), **steps)
    answer = client.get("/x")
    assert (counts(right), counts(wrong)) == ([0, 0], [1])
    assert answer.url == f"https://127.0.0.1:{wrong[0].port}/x"


def test_the_calls_own_host_header_is_left_alone(right, build, steps):
    client = build(in_order(known_as(right.hosts[0])), **steps)
    client.get("/x", headers={"Host": "tenant.example"})
    assert right[0].requests[0].headers["Host"] == "tenant.example"


def test_an_endpoint_and_a_discovery_client_know_names_too(right, ca_file):
    for kind in (Endpoint, ServiceDiscoveryHttpClient):
        with requests.Session() as session:
            session.trust_env = False
            session.verify = ca_file
            mounted = dict(session.adapters)
            item = kind(known_as(right.hosts[0]), session=session)
            assert item.get("/x").status_code == 200
            assert session.adapters == mounted
    assert right[0].count == 2


def test_a_users_adapter_keeps_the_context_it_was_given(right, build, ca_file, session):
    adapter = requests.adapters.HTTPAdapter()
    adapter.init_poolmanager(4, 4, ssl_context=ssl.create_default_context(cafile=ca_file))
    session.mount("https://", adapter)
    client = build(in_order(known_as(right.hosts[0])), add_session=session)
    assert client.get("/x").status_code == 200


def test_plain_http_has_a_name_in_its_host_header_too(cluster, build, session):
    for steps in ({}, {"add_session": session}):
        client = build(in_order(Instance(cluster.hosts[0], authority=NAME)), **steps)
        assert client.get("/x").url == f"http://{NAME}:{cluster[0].port}/x"
    assert {r.headers["Host"] for r in cluster[0].requests} == {f"{NAME}:{cluster[0].port}"}


def test_the_name_is_what_the_handshake_asks_for(certificate, ca_file, build, session):
    asked = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(NAME))
    context.sni_callback = lambda _sock, name, _context: asked.append(name)
    with OneAnswer(context) as host:
        session.verify = ca_file
        client = build(in_order(known_as(host)), add_session=session)
        assert client.get("/x").text == "ok"
    assert asked == [NAME]


class OneAnswer:
    """A server that answers one request, with a TLS context of the test's own."""

    def __init__(self, context):
        self._context = context

    def __enter__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(20)
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        return Host(*self._listener.getsockname())

    def _serve(self):
        sock, _ = self._listener.accept()
        sock.settimeout(20)
        with self._context.wrap_socket(sock, server_side=True) as stream:
            stream.recv(65536)
            stream.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok")

    def __exit__(self, *_):
        self._thread.join()
        self._listener.close()
