"""Which certificates a session accepts, from whom it has the authorities, and what it shows itself."""

import pytest
import requests

from ahoyhoy import Instance
from integration.tls_servers import (  # noqa: F401 - fixtures among them
    BAD,
    NAME,
    URL,
    bad_certificate,
    door,
    serve,
)

METHODS = pytest.mark.parametrize("method", ["GET", "POST"])
NO_CERTIFICATE = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"
KINDS = pytest.mark.parametrize("kind", BAD)


@KINDS
@METHODS
def test_a_host_with_a_bad_certificate_is_passed_over(
    serve, certificate, bad_certificate, door, kind, method
):
    bad, good = serve(bad_certificate(kind, NAME)), serve(certificate(NAME))
    session = door(Instance(bad.host), Instance(good.host))
    assert session.request(method, f"{URL}/x", data=b"pay").text == "ok"
    assert (bad.began, bad.requests) == (["tls"], [])
    assert good.paths == ["/x"]


@KINDS
@METHODS
def test_only_bad_certificates_is_the_error_that_requests_raises(
    serve, bad_certificate, door, kind, method
):
    servers = [serve(bad_certificate(kind, NAME)) for _ in range(2)]
    session = door(*(Instance(server.host) for server in servers))
    with pytest.raises(requests.exceptions.SSLError, match="CERTIFICATE_VERIFY_FAILED") as caught:
        session.request(method, f"{URL}/x", data=b"pay")
    assert caught.value.request.url == f"{URL}/x"
    for server in servers:
        assert (server.began, server.requests) == (["tls"], [])


def test_a_failed_handshake_counts_for_the_circuit_of_its_host(
    serve, certificate, bad_certificate, door
):
    bad, good = serve(bad_certificate("expired", NAME)), serve(certificate(NAME))
    session = door(Instance(bad.host), Instance(good.host))
    for _ in range(20):
        assert session.get(f"{URL}/x").text == "ok"
    assert len(good.requests) == 20
    assert good.began == ["tls"]
    assert 1 < len(bad.began) < 10  # then its circuit was open


@pytest.mark.parametrize("option", ["verify", "cert"])
@pytest.mark.parametrize("content", ["", NO_CERTIFICATE], ids=["empty", "garbage"])
def test_a_broken_file_of_the_callers_is_nobody_elses_fault(
    serve, certificate, door, tmp_path, option, content
):
    (tmp_path / "broken.pem").write_text(content)
    servers = [serve(certificate(NAME)) for _ in range(2)]
    session = door(*(Instance(server.host) for server in servers))
    for _ in range(9):
        with pytest.raises(requests.exceptions.SSLError, match=r"PEM lib|no certificate"):
            session.get(f"{URL}/x", **{option: str(tmp_path / "broken.pem")})
    assert servers[1].began == []
    assert session.get(f"{URL}/x").text == "ok"
    assert servers[0].paths == ["/x"]


class TestTheAuthority:
    """is named by `verify`, of the session or of the call, or by the environment."""

    def test_may_come_with_the_call(self, serve, certificate, door, ca_file):
        server = serve(certificate(NAME))
        session = door(Instance(server.host), verify=True)
        with pytest.raises(requests.exceptions.SSLError):
            session.get(f"{URL}/x")
        assert session.get(f"{URL}/x", verify=ca_file).text == "ok"

    @pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
    def test_may_come_from_the_environment(
        self, serve, certificate, door, ca_file, monkeypatch, variable
    ):
        server = serve(certificate(NAME))
        session = door(Instance(server.host), verify=True)
        monkeypatch.setenv(variable, ca_file)
        assert session.get(f"{URL}/x").text == "ok"
        session.trust_env = False
        with pytest.raises(requests.exceptions.SSLError):
            session.get(f"{URL}/x")

    def test_is_looked_up_for_each_call(self, serve, certificate, door, ca_file, monkeypatch):
        server = serve(certificate(NAME))
        session = door(Instance(server.host), verify=True)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", ca_file)
        assert session.get(f"{URL}/x").text == "ok"
        monkeypatch.delenv("REQUESTS_CA_BUNDLE")
        with pytest.raises(requests.exceptions.SSLError):  # on no connection of before
            session.get(f"{URL}/x")

    def test_that_does_not_exist_is_the_error_that_requests_raises(self, serve, certificate, door):
        server = serve(certificate(NAME))
        session = door(Instance(server.host))
        with pytest.raises(OSError, match=r"no-such\.pem"):
            session.get(f"{URL}/x", verify="/no-such.pem")
        assert server.began == []

    @KINDS
    def test_is_nobodys_where_nothing_is_verified(self, serve, bad_certificate, door, kind):
        server = serve(bad_certificate(kind, NAME))
        session = door(Instance(server.host))
        with pytest.warns(Warning, match="Unverified HTTPS"):
            assert session.get(f"{URL}/x", verify=False).text == "ok"
        session.verify = False
        with pytest.warns(Warning, match="Unverified HTTPS"):
            assert session.get(f"{URL}/x").text == "ok"
        assert set(server.names) == {NAME}

    def test_is_asked_again_after_a_call_that_verified_nothing(self, serve, bad_certificate, door):
        server = serve(bad_certificate("expired", NAME))
        session = door(Instance(server.host))
        with pytest.warns(Warning, match="Unverified HTTPS"):
            session.get(f"{URL}/free", verify=False)
        with pytest.raises(requests.exceptions.SSLError):
            session.get(f"{URL}/x")
        assert server.paths == ["/free"]


class TestACertificateOfOnesOwn:
    @pytest.fixture
    def own(self, own_authority, tmp_path):
        """A client's certificate: one file with everything, and two files."""
        leaf = own_authority.issue_cert("client.internal")
        whole, chain, key = (str(tmp_path / name) for name in ("whole", "chain", "key"))
        leaf.private_key_and_cert_chain_pem.write_to_path(whole)
        leaf.private_key_pem.write_to_path(key)
        leaf.cert_chain_pems[0].write_to_path(chain)
        return {"one file": whole, "two files": (chain, key)}

    @pytest.fixture
    def server(self, serve, certificate, ca_file):
        return serve(certificate(NAME), clients=ca_file)

    @pytest.mark.parametrize("files", ["one file", "two files"])
    @pytest.mark.parametrize("of", ["the session", "the call"])
    def test_is_shown_to_the_hosts(self, server, door, own, files, of):
        session = door(Instance(server.host))
        options = {}
        if of == "the session":
            session.cert = own[files]
        else:
            options["cert"] = own[files]
        assert session.get(f"{URL}/x", **options).text == "ok"
        assert session.get(f"{URL}/y", **options).text == "ok"
        assert (server.began, server.clients) == (["tls"], ["client.internal"])

    def test_is_not_shown_by_the_next_call(self, server, door, own):
        session = door(Instance(server.host))
        session.get(f"{URL}/with", cert=own["one file"])
        with pytest.raises(requests.ConnectionError):
            session.get(f"{URL}/without")
        assert server.paths == ["/with"]

    def test_is_missed_by_a_host_that_needs_one(self, server, door):
        session = door(Instance(server.host))
        with pytest.raises(requests.ConnectionError):
            session.post(f"{URL}/x", data=b"pay")
        assert server.requests == []

    def test_that_does_not_exist_is_the_error_that_requests_raises(self, server, door):
        session = door(Instance(server.host))
        with pytest.raises(OSError, match=r"no-such\.pem"):
            session.get(f"{URL}/x", cert="/no-such.pem")
        assert server.began == []
