"""What a hook or an auth function could not reach was taken for the host that was called."""

import socket

import pytest
import requests

from ahoyhoy import LBClientBuilder, ListProvider, RoundRobinLB
from integration.calls import circuits


class TokenError(requests.RequestException):
    pass


def asks(host):
    requests.post(f"http://127.0.0.1:{host.port}/audit")


def wraps_in_its_own(host):
    try:
        asks(host)
    except requests.RequestException as error:
        raise TokenError("audit") from error


def wraps_in_one_of_requests(host):
    try:
        asks(host)
    except requests.RequestException as error:
        raise requests.ConnectionError(error) from None


def times_out(_host):
    raise requests.ConnectTimeout("audit")


def connects(host):
    socket.create_connection(host)


def asks_another_client(host):
    LBClientBuilder().add_lb(RoundRobinLB(ListProvider(host))).build().post("/audit")


@pytest.fixture(
    params=[
        asks,
        wraps_in_its_own,
        wraps_in_one_of_requests,
        times_out,
        connects,
        asks_another_client,
    ],
    ids=lambda trouble: trouble.__name__,
)
def trouble(request, refused):
    """A function of the user's that fails."""

    def fails(asked_or_answer=None, **_):
        # An answer that is dropped unread would leave its connection to the garbage collector.
        getattr(asked_or_answer, "content", None)
        request.param(refused)

    return fails


@pytest.fixture
def servers(serve):
    return [serve() for _ in range(3)]


def client_of(build, servers, **steps):
    return build(RoundRobinLB(ListProvider(*(server.host for server in servers))), **steps)


def assert_healthy(client):
    assert circuits(client) == ["closed"] * 3
    assert [host.failures for host in client.hosts()] == [0, 0, 0]


@pytest.mark.parametrize("verb", ["post", "get"])
def test_a_hook_that_fails_after_the_answer_makes_no_second_request(servers, build, trouble, verb):
    client = client_of(build, servers)
    with pytest.raises((requests.RequestException, OSError)):
        getattr(client, verb)("/pay", hooks={"response": trouble})
    assert sum(server.count for server in servers) == 1
    assert_healthy(client)


def test_a_sessions_hook_that_fails_makes_no_second_request(servers, build, session, trouble):
    session.hooks["response"].append(trouble)
    client = client_of(build, servers, add_session=session)
    with pytest.raises((requests.RequestException, OSError)):
        client.post("/pay", data="x")
    assert sum(server.count for server in servers) == 1
    assert_healthy(client)


def test_a_sessions_class_that_fails_after_the_answer_makes_no_second_request(
    servers, build, trouble
):
    class Audited(requests.Session):
        def request(self, *args, **kwargs):
            response = super().request(*args, **kwargs)
            trouble()
            return response

    with Audited() as session:
        client = client_of(build, servers, add_session=session)
        with pytest.raises((requests.RequestException, OSError)):
            client.post("/pay", data="x")
    assert sum(server.count for server in servers) == 1
    assert_healthy(client)


def test_an_auth_function_that_fails_opens_no_circuit(servers, build, trouble):
    client = client_of(build, servers)
    for _ in range(8):
        with pytest.raises((requests.RequestException, OSError)):
            client.get("/x", auth=trouble)
    assert [server.count for server in servers] == [0, 0, 0]
    assert_healthy(client)
