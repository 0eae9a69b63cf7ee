"""The other ways to a call over TLS: a client, a client with a session of ours, a built session."""

import pytest
import requests

import ahoyhoy
from ahoyhoy import ClientNoEndpointsException, Instance, LBClientBuilder
from integration.calls import circuits, in_order
from integration.tls_servers import (  # noqa: F401 - fixtures among them
    BAD,
    NAME,
    URL,
    bad_certificate,
    serve,
)


def named(server):
    return Instance(server.host, scheme="https", authority=NAME)


@pytest.fixture(params=["own session", "requests.Session", "ahoyhoy.Session", "with an adapter"])
def client_of(request, build, ca_file, monkeypatch):
    """`client_of(server, …)`: a client that prefers the first of the servers."""
    kinds = {"requests.Session": requests.Session, "ahoyhoy.Session": ahoyhoy.Session}
    session = kinds.get(request.param, requests.Session)()
    if request.param == "with an adapter":
        session.mount("https://elsewhere/", ahoyhoy.Adapter("127.0.0.1:1"))
    with session:
        session.verify = ca_file
        steps = {"add_session": session}
        if request.param == "own session":
            monkeypatch.setenv("REQUESTS_CA_BUNDLE", ca_file)
            steps = {}
        yield lambda *servers: build(in_order(*map(named, servers)), **steps)


@pytest.mark.parametrize("kind", BAD)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_client_passes_over_a_host_with_a_bad_certificate(
    serve, certificate, bad_certificate, client_of, kind, method
):
    bad, good = serve(bad_certificate(kind, NAME)), serve(certificate(NAME))
    client = client_of(bad, good)
    for _ in range(3):
        assert client.request(method, "/x", data=b"pay").text == "ok"
    assert (bad.requests, good.paths) == ([], ["/x", "/x", "/x"])
    assert set(bad.began) == {"tls"}
    assert (good.began, good.names) == (["tls"], [NAME])


@pytest.mark.parametrize("kind", BAD)
def test_a_client_that_finds_only_bad_certificates_says_so(serve, bad_certificate, client_of, kind):
    server = serve(bad_certificate(kind, NAME))
    client = client_of(server)
    with pytest.raises(ClientNoEndpointsException, match="certificate rejected") as caught:
        client.post("/x", data=b"pay")
    assert isinstance(caught.value.__cause__, requests.exceptions.SSLError)
    assert server.requests == []
    for _ in range(9):
        with pytest.raises(requests.ConnectionError):
            client.get("/x")
    assert circuits(client) == ["open"]


def test_a_client_shows_its_certificate(
    serve, certificate, own_authority, ca_file, build, tmp_path
):
    own = tmp_path / "client.pem"
    own_authority.issue_cert("client.internal").private_key_and_cert_chain_pem.write_to_path(own)
    server = serve(certificate(NAME), clients=ca_file)
    with ahoyhoy.Session() as session:
        session.verify, session.cert = ca_file, str(own)
        client = build(in_order(named(server)), add_session=session)
        assert [client.get("/x").text for _ in range(3)] == ["ok"] * 3
    assert (server.began, server.clients) == (["tls"], ["client.internal"])


def test_a_built_session_speaks_tls_by_the_logical_name(serve, certificate, ca_file):
    server = serve(certificate(NAME))
    builder = LBClientBuilder().add_lb(in_order(Instance(server.host))).add_name(NAME)
    with builder.build_session() as session:
        session.verify = ca_file
        assert session.get(f"{URL}/x").text == "ok"
    assert (server.began, server.names) == (["tls"], [NAME])
