"""TLS to the hosts of a target: what the string says, the session does."""

import json

import pytest
import requests

import ahoyhoy
from integration.tls_servers import NAME, URL, serve  # noqa: F401 - fixtures among them


@pytest.fixture
def open_session(ca_file):
    sessions = []

    def make(target, **options):
        sessions.append(ahoyhoy.Session(target, **options))
        sessions[-1].verify = ca_file
        return sessions[-1]

    yield make
    for session in sessions:
        session.close()


@pytest.mark.parametrize("url", [f"http://{NAME}/x", f"{URL}/x"])
def test_https_in_the_target_is_tls_whatever_the_url_says(serve, certificate, open_session, url):
    server = serve(certificate(NAME))
    session = open_session(f"https://127.0.0.1:{server.port}/api/", name=NAME)
    assert session.get(url).url == url
    assert (server.began, server.names, server.paths) == (["tls"], [NAME], ["/api/x"])


def test_a_target_without_a_scheme_is_spoken_to_as_the_url_says(serve, certificate, open_session):
    plain, secure = serve(), serve(certificate(NAME))
    services = {"plain": f"127.0.0.1:{plain.port}", NAME: f"127.0.0.1:{secure.port}"}
    session = open_session(services)
    assert session.get("http://plain/x").text == "ok"
    assert session.get(f"{URL}/x").text == "ok"
    assert (plain.began, secure.began) == (["clear"], ["tls"])


def test_http_in_the_target_refuses_secure_urls(serve, open_session):
    server = serve()
    session = open_session(f"http://127.0.0.1:{server.port}", name=NAME)
    with pytest.raises(requests.exceptions.InvalidURL, match="never sent in clear text"):
        session.post(f"{URL}/x", data=b"pay")
    assert server.began == []


def test_a_target_in_the_environment_is_as_good(serve, certificate, open_session, monkeypatch):
    server = serve(certificate(NAME))
    monkeypatch.setenv("USERS_HOSTS", f"https://127.0.0.1:{server.port}")
    assert open_session({NAME: "env:USERS_HOSTS"}).get(f"{URL}/x").text == "ok"
    assert server.names == [NAME]


def test_relative_urls_to_hosts_without_a_name_check_their_addresses(
    serve, certificate, open_session
):
    server = serve(certificate("127.0.0.1"))
    session = open_session(f"https://127.0.0.1:{server.port}")
    assert session.get("/x").text == "ok"
    assert (server.began, server.names) == (["tls"], [None])


def test_relative_urls_to_a_named_service_check_its_name(serve, certificate, open_session):
    server = serve(certificate(NAME))
    session = open_session(f"https://127.0.0.1:{server.port}", name=NAME)
    assert session.get("/x").text == "ok"
    assert server.names == [NAME]


def test_hosts_in_a_file_may_each_have_a_name(serve, certificate, open_session, tmp_path):
    server = serve(certificate("replica1.internal"))
    entry = {"address": "127.0.0.1", "port": server.port, "authority": "replica1.internal"}
    (tmp_path / "hosts.json").write_text(json.dumps([entry]))
    session = open_session({NAME: f"file://{tmp_path}/hosts.json"}, server_name="endpoint")
    assert session.get(f"{URL}/x").text == "ok"
    assert server.names == ["replica1.internal"]
