"""Which name a session announces and checks when it speaks TLS, and that it never speaks without."""

import pytest
import requests

from ahoyhoy import Instance
from integration.tls_servers import NAME, URL, door, serve  # noqa: F401 - fixtures among them


def at(server, **more):
    """The server, of which nobody said how it is spoken to."""
    return Instance(server.host, **more)


def test_the_logical_name_is_announced_and_checked_while_the_address_is_used(
    serve, certificate, door
):
    server = serve(certificate(NAME))
    session = door(at(server))
    answer = session.get(f"{URL}/x?a=1")
    assert (answer.text, answer.url) == ("ok", f"{URL}/x?a=1")
    assert (server.began, server.names) == (["tls"], [NAME])
    (_, path, headers) = server.requests[0]
    assert (path, headers["host"]) == ("/x?a=1", NAME)
    assert "Host" not in answer.request.headers


def test_the_logical_name_comes_before_the_name_of_the_instance(serve, certificate, door):
    server = serve(certificate(NAME))
    door(at(server, authority="replica1.internal")).get(f"{URL}/x")
    assert server.names == [NAME]
    assert server.requests[0][2]["host"] == NAME


@pytest.mark.parametrize("name", [f"{NAME}:8443", "127.0.0.2:8443", "[::1]:8443"])
def test_a_name_may_have_a_port_or_be_an_address(serve, certificate, door, name):
    host = name.rpartition(":")[0].strip("[]")
    server = serve(certificate(host))
    session = door(at(server), name=name)
    assert session.get(f"https://{name}/x").text == "ok"
    assert server.names == [NAME if host == NAME else None]  # an address is not announced
    assert server.requests[0][2]["host"] == name


def test_connections_are_kept_for_the_next_requests_under_the_same_name(serve, certificate, door):
    server = serve(certificate(NAME))
    session = door(at(server))
    for number in range(5):
        session.get(f"{URL}/{number}")
        session.post(f"{URL}/{number}", data=b"pay")
    assert server.began == ["tls"]
    assert len(server.requests) == 10


def test_two_services_on_one_server_are_two_names(serve, certificate, door):
    server = serve(certificate("a.internal", "b.internal"))
    for name in ("a.internal", "b.internal"):
        assert door(at(server), name=name).get(f"https://{name}/").text == "ok"
    assert server.names == ["a.internal", "b.internal"]


class TestTheNameOfTheEndpoint:
    def test_is_announced_and_checked_where_that_is_wanted(self, serve, certificate, door):
        server = serve(certificate("replica1.internal"))
        instance = at(server, authority="replica1.internal")
        answer = door(instance, server_name="endpoint").get(f"{URL}/x")
        assert (answer.text, answer.url) == ("ok", f"{URL}/x")
        assert server.names == ["replica1.internal"]

    def test_is_its_address_if_it_has_no_other(self, serve, certificate, door):
        server = serve(certificate("127.0.0.1"))
        assert door(at(server), server_name="endpoint").get(f"{URL}/x").text == "ok"
        assert server.names == [None]

    @pytest.mark.parametrize("authority", [None, "replica1.internal"])
    def test_is_checked_instead_of_the_logical_one(self, serve, certificate, door, authority):
        server = serve(certificate(NAME))
        session = door(at(server, authority=authority), server_name="endpoint")
        with pytest.raises(requests.exceptions.SSLError, match=r"mismatch|not valid for"):
            session.get(f"{URL}/x")
        assert (set(server.began), server.requests) == ({"tls"}, [])

    def test_is_another_one_on_each_host(self, serve, certificate, door):
        names = ["replica1.internal", "replica2.internal"]
        servers = [serve(certificate(name)) for name in names]
        servers[0].answer = b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n"
        instances = [at(s, authority=n) for s, n in zip(servers, names, strict=True)]
        assert door(*instances, server_name="endpoint").get(f"{URL}/x").text == "ok"
        assert [server.names for server in servers] == [[name] for name in names]


def test_hosts_that_say_https_are_spoken_to_so_under_a_plain_url(serve, certificate, door):
    server = serve(certificate(NAME))
    session = door(at(server, scheme="https"))
    answer = session.get(f"http://{NAME}/x")
    assert (answer.text, answer.url) == ("ok", f"http://{NAME}/x")
    assert (server.began, server.names) == (["tls"], [NAME])
    assert server.requests[0][2]["host"] == NAME


def test_a_plain_url_to_hosts_that_say_nothing_is_sent_in_clear(serve, door):
    server = serve()
    assert door(at(server)).get(f"http://{NAME}/x").text == "ok"
    assert server.began == ["clear"]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_secure_url_is_refused_by_hosts_that_say_http(serve, door, method):
    server = serve()
    session = door(at(server, scheme="http"))
    with pytest.raises(requests.RequestException, match="http"):
        session.request(method, f"{URL}/x", data=b"pay")
    assert (server.began, server.requests) == ([], [])
    assert session.get(f"http://{NAME}/x").text == "ok"


def test_a_secure_url_is_never_sent_in_clear_to_a_host_without_tls(serve, door):
    server = serve()
    session = door(at(server))
    with pytest.raises(requests.exceptions.SSLError):
        session.post(f"{URL}/x", data=b"pay")
    assert (set(server.began), server.requests) == ({"tls"}, [])


def test_a_secure_url_goes_on_to_a_host_that_speaks_tls(serve, certificate, door):
    plain, secure = serve(), serve(certificate(NAME))
    session = door(at(plain, scheme="http"), at(secure, scheme="https"))
    assert session.post(f"{URL}/x", data=b"pay").text == "ok"
    assert (plain.began, secure.began) == ([], ["tls"])


def test_a_redirect_from_plain_to_secure_is_secure(serve, certificate, door):
    plain = serve(answer=_redirect(f"{URL}/next"))
    secure = serve(certificate(NAME))
    session = door(at(plain, scheme="http"), at(secure, scheme="https"))
    answer = session.get(f"http://{NAME}/x")
    assert (answer.url, answer.text) == (f"{URL}/next", "ok")
    assert (plain.paths, secure.paths) == (["/x"], ["/next"])
    assert secure.names == [NAME]


def _redirect(url):
    return f"HTTP/1.1 302 Found\r\nLocation: {url}\r\nContent-Length: 0\r\n\r\n".encode()


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_host_without_tls_is_passed_over_since_nothing_was_sent(serve, certificate, door, method):
    plain, secure = serve(), serve(certificate(NAME))
    session = door(at(plain), at(secure))
    assert session.request(method, f"{URL}/x", data=b"pay").text == "ok"
    assert (plain.began, plain.requests, secure.paths) == (["tls"], [], ["/x"])


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("fault", ["reset", "close", "stall"])
def test_a_handshake_that_fails_or_hangs_is_passed_over_too(
    serve, certificate, door, method, fault
):
    bad, secure = serve(certificate(NAME), fault=fault), serve(certificate(NAME))
    session = door(at(bad), at(secure), timeout=(1, 5) if fault == "stall" else 5)
    assert session.request(method, f"{URL}/x", data=b"pay").text == "ok"
    assert (bad.began, bad.names, secure.paths) == (["tls"], [], ["/x"])
