"""An answer with two different lengths was blamed on the caller: no failover, no failure counted."""

import pytest
import requests

from integration.calls import in_order
from issues.raw_server import answer

TWO_LENGTHS = answer(200, "Content-Length: 5")


def test_a_get_goes_on_to_another_host(serve, build):
    servers = [serve(lambda _: TWO_LENGTHS), serve()]
    client = build(in_order(*(server.host for server in servers)))
    response = client.get("/")
    assert response.content == b"ok"
    assert response.url.startswith(servers[1].url)
    assert [host.failures for host in client.hosts()] == [1, 0]


def test_a_post_does_not(serve, build):
    servers = [serve(lambda _: TWO_LENGTHS), serve()]
    client = build(in_order(*(server.host for server in servers)))
    with pytest.raises(requests.RequestException):
        client.post("/")
    assert [server.count for server in servers] == [1, 0]
    assert [host.failures for host in client.hosts()] == [1, 0]


def test_the_callers_own_bad_header_is_still_his(serve, build):
    server = serve()
    client = build(in_order(server.host))
    with pytest.raises(requests.exceptions.InvalidHeader):
        client.get("/", headers={"X-A": "1\r\nX-B: 2"})
    assert server.count == 0
    assert [host.failures for host in client.hosts()] == [0]
