from unittest import mock

import pytest
import requests

from ahoyhoy.exceptions import InvalidHostError
from ahoyhoy.http import SessionProxy
from ahoyhoy.servicediscovery import ServiceDiscoveryAdapter, ServiceDiscoveryHttpClient
from ahoyhoy.utils import Host, Instance

HOST = Host("10.0.0.1", 8080)


def sent_to(host, path, stub, **options):
    session = stub("answer")
    result = ServiceDiscoveryHttpClient(host, session=session, **options).get(path)
    return session.calls[0][1], result


@pytest.mark.parametrize(
    ("host", "url"),
    [
        (HOST, "http://10.0.0.1:8080"),
        (Host("a", "80"), "http://a:80"),
        (Host("a", 443), "https://a:443"),
        (Host("a", "443"), "https://a:443"),
        (Host("::1", 80), "http://[::1]:80"),
        (("a", 81), "http://a:81"),
        (Instance(HOST, scheme="https"), "https://10.0.0.1:8080"),
        (Host("a", None), "http://a"),
    ],
)
def test_a_host_has_a_url(host, url):
    assert ServiceDiscoveryHttpClient(host).url == url


@pytest.mark.parametrize(
    ("host", "path", "url"),
    [
        (HOST, "/", "http://10.0.0.1:8080/"),
        (HOST, "/x?a=1#b", "http://10.0.0.1:8080/x?a=1#b"),
        (HOST, "//x", "http://10.0.0.1:8080//x"),
        (Instance(HOST, path="/api/"), "/x", "http://10.0.0.1:8080/api/x"),
        # A stand-in for a session would look the name up: it gets the address.
        (Instance(HOST, authority="users"), "/x", "http://10.0.0.1:8080/x"),
        (HOST, "http://other/y", "http://other/y"),
        (HOST, "https://other/y", "https://other/y"),
    ],
)
def test_a_path_becomes_a_url_and_a_url_stays(stub, host, path, url):
    assert sent_to(host, path, stub) == (url, "answer")


@pytest.mark.parametrize("path", ["x", "", "users/1?token=hunter2", "ftp://a/x"])
def test_a_path_without_a_slash_is_an_error_that_says_what_to_write(path):
    with pytest.raises(requests.exceptions.InvalidURL, match="must start with a slash") as caught:
        ServiceDiscoveryHttpClient(HOST, session=mock.Mock()).get(path)
    assert isinstance(caught.value, ValueError)
    assert "hunter2" not in str(caught.value)


def test_it_knows_its_host():
    client = ServiceDiscoveryHttpClient(Instance(HOST, zone="z"))
    assert (client.host, client.address, client.port) == (HOST, "10.0.0.1", 8080)
    assert (client.protocol, client._host, client.instance.zone) == ("http", HOST, "z")
    assert str(client) == "10.0.0.1:8080"


def test_it_is_equal_by_host():
    one, same = ServiceDiscoveryHttpClient(HOST), ServiceDiscoveryHttpClient(HOST)
    assert one == same
    assert len({one, same}) == 1
    assert one != ServiceDiscoveryHttpClient(Host("b", 1))
    assert one != "10.0.0.1:8080"


def test_a_host_that_cannot_be_is_an_error_at_once():
    with pytest.raises(InvalidHostError):
        ServiceDiscoveryHttpClient("a:80")


def test_callbacks_as_arguments_take_the_client_first(stub):
    url, result = sent_to(
        HOST,
        "/x",
        stub,
        pre_callback=lambda client, path: f"{client.url}/pre{path}",
        post_callback=lambda client, answer: f"{client.address} {answer}",
    )
    assert (url, result) == ("http://10.0.0.1:8080/pre/x", "10.0.0.1 answer")
    client = ServiceDiscoveryHttpClient(
        HOST,
        session=stub(ValueError("x")),
        exception_callback=lambda client, error: f"{client.port} {error}",
    )
    assert client.get("/") == "8080 x"


def test_without_an_exception_callback_the_error_is_raised(stub):
    with pytest.raises(ValueError, match="x"):
        ServiceDiscoveryHttpClient(HOST, session=stub(ValueError("x"))).get("/")


def test_a_protocol_of_ones_own(stub):
    class Mine(ServiceDiscoveryHttpClient):
        def calculate_protocol(self, port):
            return "https" if port == 8080 else "http"

    session = stub("answer")
    Mine(HOST, session=session).get("/")
    assert session.calls[0][1] == "https://10.0.0.1:8080/"


def test_the_adapter_can_be_mixed_into_a_proxy_of_ones_own(stub):
    class Mine(ServiceDiscoveryAdapter, SessionProxy):
        pass

    session = stub("answer")
    assert Mine(HOST, session=session).get("/x") == "answer"
    assert session.calls[0][1] == "http://10.0.0.1:8080/x"


def test_another_session_or_instance_makes_another_client(stub):
    client = ServiceDiscoveryHttpClient(HOST, session=stub("one"))
    other = client.refitted(session=stub("two"))
    moved = client.refitted(instance=Instance(HOST, path="/v2"))
    assert (client.get("/"), other.get("/"), moved.get("/")) == ("one", "two", "one")
    assert moved._session.calls[-1][1] == "http://10.0.0.1:8080/v2/"
    assert client.instance.path == ""


def test_a_session_with_a_send_of_its_own_is_told_the_name_as_a_header():
    session = requests.Session()
    seen = []
    session.send = lambda request, **_: seen.append(request) or requests.Response()
    client = ServiceDiscoveryHttpClient(Instance(HOST, authority="users"), session=session)
    client.get("/x")
    client.get("/x", headers={"Host": "mine"})
    assert [request.url for request in seen] == ["http://10.0.0.1:8080/x"] * 2
    assert [request.headers["Host"] for request in seen] == ["users:8080", "mine"]
