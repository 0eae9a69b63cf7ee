"""An open circuit of something that a hook called was taken for the host's own."""

import pytest

from ahoyhoy import (
    Endpoint,
    ListProvider,
    Retry,
    RetryPolicy,
    RoundRobinLB,
    SessionClientBuilder,
)
from ahoyhoy.exceptions import CircuitOpenError
from integration.calls import circuits


@pytest.fixture
def hooks(refused):
    """A hook that calls an endpoint whose circuit is open."""
    audit = Endpoint(refused)
    audit.open()

    def ask(response, **_):
        assert response.content == b"ok"
        audit.get("/")

    return {"response": ask}


@pytest.mark.parametrize("steps", [{}, {"add_retries": Retry(tries=3)}], ids=["policy", "Retry"])
def test_a_client_sends_the_post_once(serve, build, hooks, steps):
    servers = [serve() for _ in range(3)]
    client = build(RoundRobinLB(ListProvider(*(server.host for server in servers))), **steps)
    with pytest.raises(CircuitOpenError):
        client.post("/pay", data="x", hooks=hooks)
    assert sum(server.count for server in servers) == 1
    assert circuits(client) == ["closed"] * 3


@pytest.mark.parametrize(
    "retries", [Retry(tries=3), RetryPolicy(attempts=3)], ids=["Retry", "policy"]
)
def test_an_endpoint_sends_the_post_once(serve, session, hooks, retries):
    server = serve()
    client = SessionClientBuilder().add_session(session).add_retries(retries).build()
    with pytest.raises(CircuitOpenError):
        client.post(f"{server.url}/pay", hooks=hooks)
    assert server.count == 1
