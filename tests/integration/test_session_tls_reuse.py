"""Connections over TLS that are used again: quickly, and only by requests that trust the same."""

import pytest
import requests
import trustme

import ahoyhoy
from ahoyhoy import Instance
from ahoyhoy.http import fast, keepalive
from integration.calls import together
from integration.tls_servers import (  # noqa: F401 - fixtures among them
    NAME,
    URL,
    bad_certificate,
    door,
    serve,
)


@pytest.fixture
def quick(monkeypatch):
    """Of each request that was sent: whether it took the quick way."""
    taken = []
    exchange = keepalive.exchange

    def observed(*args, **kwargs):
        answer = exchange(*args, **kwargs)
        taken.append(answer is not None)
        return answer

    monkeypatch.setattr(keepalive, "exchange", observed)
    monkeypatch.setattr(fast, "ENABLED", True)
    return taken


@pytest.mark.parametrize("options", [{}, {"server_name": "endpoint"}])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_every_request_but_the_first_is_quick(serve, certificate, door, quick, options, scheme):
    server = serve(certificate(NAME))
    session = door(Instance(server.host, scheme="https", authority=NAME), **options)
    for number in range(4):
        answer = session.post(f"{scheme}://{NAME}/{number}", data=b"pay")
        assert (answer.text, answer.url) == ("ok", f"{scheme}://{NAME}/{number}")
    assert quick == [False, True, True, True]
    assert (server.began, server.names) == (["tls"], [NAME])
    assert server.paths == ["/0", "/1", "/2", "/3"]
    assert {headers["host"] for _, _, headers in server.requests} == {NAME}


def test_a_connection_that_the_server_wants_closed_is_not_kept(serve, certificate, door, quick):
    last = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"
    server = serve(certificate(NAME), answer=last)
    session = door(Instance(server.host))
    for _ in range(3):
        assert session.get(f"{URL}/x").text == "ok"
    assert quick == [False] * 3
    assert server.began == ["tls"] * 3


@pytest.mark.parametrize("enabled", [True, False])
class TestAConnectionIsNotUsedBy:
    @pytest.fixture(autouse=True)
    def _switch(self, monkeypatch, enabled):
        monkeypatch.setattr(fast, "ENABLED", enabled)

    def test_another_name_of_the_same_host(self, serve, certificate, ca_file):
        server = serve(certificate("a.internal"))
        target = f"https://127.0.0.1:{server.port}"
        with ahoyhoy.Session({"a.internal": target, "b.internal": target}) as session:
            session.verify = ca_file
            for _ in range(2):
                assert session.get("https://a.internal/x").text == "ok"
                with pytest.raises(requests.exceptions.SSLError):
                    session.get("https://b.internal/x")
        assert server.paths == ["/x", "/x"]
        assert set(server.names) == {"a.internal", "b.internal"}

    def test_a_request_that_verifies_after_one_that_did_not(
        self, serve, bad_certificate, door, recwarn
    ):
        server = serve(bad_certificate("unknown authority", NAME))
        session = door(Instance(server.host))
        for _ in range(2):
            session.get(f"{URL}/free", verify=False)
        with pytest.raises(requests.exceptions.SSLError):
            session.get(f"{URL}/x")
        assert server.paths == ["/free", "/free"]
        assert {w.category.__name__ for w in recwarn} == {"InsecureRequestWarning"}

    def test_a_request_with_another_authority(
        self, serve, certificate, door, ca_file, bad_authority
    ):
        server = serve(certificate(NAME))
        session = door(Instance(server.host))
        for _ in range(2):
            session.get(f"{URL}/x")
        for _ in range(2):
            with pytest.raises(requests.exceptions.SSLError):
                session.get(f"{URL}/y", verify=bad_authority)
        session.get(f"{URL}/z")
        assert server.paths == ["/x", "/x", "/z"]

    def test_a_request_without_the_certificate_of_ones_own(
        self, serve, certificate, door, own_authority, ca_file, tmp_path
    ):
        own = tmp_path / "client.pem"
        leaf = own_authority.issue_cert("client.internal")
        leaf.private_key_and_cert_chain_pem.write_to_path(own)
        server = serve(certificate(NAME), clients=ca_file)
        session = door(Instance(server.host))
        for _ in range(2):
            session.get(f"{URL}/x", cert=str(own))
        with pytest.raises(requests.ConnectionError):
            session.get(f"{URL}/y")
        assert server.paths == ["/x", "/x"]

    def test_a_request_in_the_clear(self, serve, certificate, door):
        server = serve(certificate(NAME))
        session = door(Instance(server.host))
        session.get(f"{URL}/x")
        with pytest.raises(requests.ConnectionError):
            session.get(f"http://{NAME}/y")
        assert server.paths == ["/x"]

    def test_two_threads_at_a_time(self, serve, certificate, door):
        server = serve(certificate(NAME))
        session = door(Instance(server.host))

        def call(number):
            return [session.get(f"{URL}/{number}/{i}").text for i in range(10)]

        assert together(4, call) == [["ok"] * 10] * 4
        assert len(server.began) <= 4
        assert sorted(server.paths) == sorted(f"/{n}/{i}" for n in range(4) for i in range(10))


@pytest.fixture(scope="session")
def bad_authority(tmp_path_factory):
    """A PEM file with an authority that signed nothing here."""
    path = tmp_path_factory.mktemp("elsewhere") / "ca.pem"
    trustme.CA().cert_pem.write_to_path(path)
    return str(path)
