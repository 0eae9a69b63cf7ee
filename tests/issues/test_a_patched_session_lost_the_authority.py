"""With a session whose methods were replaced, the name was resolved instead of the host called."""

import pytest
import requests

from ahoyhoy import Instance, ListProvider, RoundRobinLB

HEADERS = [None, {}, {"X-A": "1"}, requests.structures.CaseInsensitiveDict({"x-a": "1"})]


def patched(session, name):
    original = getattr(session, name)
    setattr(session, name, lambda *args, **kwargs: original(*args, **kwargs))


@pytest.fixture(params=[None, "send", "get_adapter", "request", "get"])
def named(request, serve, build, session):
    """A server, and a client of it that knows it by a name nobody resolves."""
    if request.param:
        patched(session, request.param)
    server = serve()
    instance = Instance(server.host, authority="nowhere.invalid")
    return server, build(RoundRobinLB(ListProvider(instance)), add_session=session)


@pytest.mark.parametrize("headers", HEADERS, ids=str)
def test_the_host_is_called_by_its_address_and_told_its_name(named, headers):
    server, client = named
    kwargs = {} if headers is None else {"headers": headers}
    assert client.get("/", **kwargs).status_code == 200
    (request,) = server.requests
    assert request.headers["host"].partition(":")[0] == "nowhere.invalid"
    assert ("x-a" in request.headers) == bool(headers)


def test_the_callers_own_host_header_is_the_one_that_is_sent(named):
    server, client = named
    assert client.get("/", headers={"host": "me"}).status_code == 200
    assert server.requests[0].headers["host"] == "me"
