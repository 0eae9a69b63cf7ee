"""A proxy of plain HTTP got the name of an instance, and resolved it: the host that was picked played no part."""

from ahoyhoy import Host, Instance, ListProvider, RoundRobinLB


def test_a_proxy_is_asked_for_the_host_that_was_picked(serve, build, session):
    proxy = serve()
    session.proxies = {"http": proxy.url}
    instances = [Instance(Host(f"10.1.1.{n}", 8001), authority="svc.invalid") for n in (1, 2)]
    client = build(RoundRobinLB(ListProvider(*instances)), add_session=session)
    client.get("/a?b=c")
    client.get("/a?b=c")
    assert sorted(request.path for request in proxy.requests) == [
        "http://10.1.1.1:8001/a?b=c",
        "http://10.1.1.2:8001/a?b=c",
    ]
    assert {request.headers["host"] for request in proxy.requests} == {"svc.invalid:8001"}
