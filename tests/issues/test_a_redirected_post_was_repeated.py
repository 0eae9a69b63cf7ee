"""A redirect to where nobody listens counted as a request that was never sent."""

import pytest
import requests

from ahoyhoy import ListProvider, RoundRobinLB
from issues.raw_server import answer


def patched(name):
    def make():
        session = requests.Session()
        original = getattr(session, name)
        setattr(session, name, lambda *args, **kwargs: original(*args, **kwargs))
        return session

    return make


class Around:
    """A session by its verbs only."""

    def __init__(self):
        self.inner = requests.Session()
        self.close = self.inner.close

    def post(self, *args, **kwargs):
        return self.inner.post(*args, **kwargs)


class Delegating(requests.Session):
    def __init__(self):
        super().__init__()
        self.inner = requests.Session()

    def request(self, *args, **kwargs):
        return self.inner.request(*args, **kwargs)

    def close(self):
        super().close()
        self.inner.close()


SESSIONS = {
    "its own": lambda: None,
    "plain": requests.Session,
    **{f"patched {name}": patched(name) for name in ("send", "get_adapter", "request", "post")},
    "around a session": Around,
    "delegating": Delegating,
}


@pytest.fixture
def client_with(build):
    sessions = []

    def make(servers, kind):
        session = SESSIONS[kind]()
        balancer = RoundRobinLB(ListProvider(*(server.host for server in servers)))
        if session is None:
            return build(balancer)
        sessions.append(session)
        return build(balancer, add_session=session)

    yield make
    for session in sessions:
        session.close()


@pytest.mark.parametrize("kind", SESSIONS)
@pytest.mark.parametrize("status", [303, 307])
def test_a_post_that_was_redirected_is_sent_once(serve, refused, client_with, kind, status):
    location = f"Location: http://127.0.0.1:{refused.port}/done"
    servers = [serve(lambda _: answer(status, location)) for _ in range(3)]
    with pytest.raises(requests.ConnectionError):
        client_with(servers, kind).post("/pay", data="x")
    assert sum(server.count for server in servers) == 1


def leaving(serve, count, *headers, status=307):
    """Servers that answer one request with a redirect, and are gone when it is followed."""

    def leaves(number):
        def leave(_):
            servers[number].leave()
            return answer(status, *headers, "Connection: close")

        return leave

    servers = [serve(leaves(number)) for number in range(count)]
    return servers


@pytest.mark.parametrize("kind", ["its own", "plain"])
@pytest.mark.parametrize("location", ["/pay", "/pay?step=2"])
@pytest.mark.parametrize("status", [307, 308])
def test_a_post_that_was_redirected_to_itself_by_a_server_that_left_is_sent_once(
    serve, client_with, kind, location, status
):
    servers = leaving(serve, 3, f"Location: {location}", status=status)
    with pytest.raises(requests.ConnectionError):
        client_with(servers, kind).post("/pay", data="x")
    assert sum(server.count for server in servers) == 1
