"""An adapter that the user had configured was replaced by one without its configuration."""

import sys

import pytest
import requests
from requests.adapters import HTTPAdapter, Retry

from ahoyhoy import Instance, ListProvider, RoundRobinLB
from integration.calls import until
from issues.raw_server import answer


class Counting(HTTPAdapter):
    calls = 0

    def send(self, *args, **kwargs):
        self.calls += 1
        return super().send(*args, **kwargs)


@pytest.fixture(params=["by address", "by name"])
def named(request):
    """How a client knows the host."""
    if request.param == "by address":
        return lambda host: host
    return lambda host: Instance(host, authority="svc.invalid")


def adapter_of(session):
    return session.get_adapter("http://")


@pytest.mark.skipif(sys.platform != "linux", reason="has one loopback address")
@pytest.mark.parametrize("how", ["init_poolmanager", "connection_pool_kw"])
def test_settings_of_the_pools_hold(serve, build, session, named, how):
    if how == "init_poolmanager":
        adapter_of(session).init_poolmanager(4, 4, source_address=("127.0.0.9", 0))
    else:
        adapter_of(session).poolmanager.connection_pool_kw["source_address"] = ("127.0.0.9", 0)
    server = serve()
    build(RoundRobinLB(ListProvider(named(server.host))), add_session=session).get("/")
    assert [request.peer for request in server.requests] == ["127.0.0.9"]


def test_methods_that_were_replaced_on_the_adapter_are_called(serve, build, session, named):
    adapter = adapter_of(session)
    build_response = adapter.build_response
    built = []
    adapter.add_headers = lambda request, **_: request.headers.update({"X-Signed": "yes"})
    adapter.build_response = lambda *args: built.append(args) or build_response(*args)
    server = serve()
    build(RoundRobinLB(ListProvider(named(server.host))), add_session=session).get("/")
    assert server.requests[0].headers["x-signed"] == "yes"
    assert len(built) == 1


def test_what_is_assigned_after_the_first_call_holds(serve, build, session, named):
    server = serve(lambda _: answer(200 if server.count == 1 else 503))
    client = build(RoundRobinLB(ListProvider(named(server.host))), add_session=session)
    client.get("/")
    adapter_of(session).max_retries = Retry(
        3, status_forcelist=[503], backoff_factor=0, allowed_methods=None
    )
    with pytest.raises(requests.RequestException):
        client.post("/")
    assert server.count == 1 + 4


def test_what_an_adapter_notes_on_itself_stays(serve, build, session, named):
    session.mount("http://", Counting())
    server = serve()
    client = build(RoundRobinLB(ListProvider(named(server.host))), add_session=session)
    client.get("/")
    client.get("/")
    assert adapter_of(session).calls == 2


def test_closing_the_session_closes_its_connections(serve, build, session, named):
    server = serve()
    build(RoundRobinLB(ListProvider(named(server.host))), add_session=session).get("/")
    assert server.open == 1
    session.close()
    until(lambda: server.open == 0)
