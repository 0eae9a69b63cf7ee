"""IPv6 hosts, in every spelling."""

import pytest

from ahoyhoy import (
    ClientNoEndpointsException,
    Endpoint,
    Host,
    Instance,
    ListProvider,
    RoundRobinLB,
)
from ahoyhoy.servicediscovery import ServiceDiscoveryHttpClient
from ahoyhoy.testing.cluster import Cluster
from integration.calls import counts, in_order


@pytest.fixture
def cluster6():
    with Cluster(2, address="::1") as cluster:
        yield cluster


@pytest.mark.parametrize("spelling", ["::1", "[::1]", "0:0:0:0:0:0:0:1"])
def test_every_spelling_of_an_address_works(cluster6, build, spelling):
    port = cluster6[0].port
    client = build(in_order(Host(spelling, port)))
    answer = client.get("/x", params={"a": 1})
    assert answer.url == f"http://[{spelling.strip('[]')}]:{port}/x?a=1"
    assert cluster6[0].requests[0].headers["Host"] == f"[{spelling.strip('[]')}]:{port}"


def test_a_client_balances_and_fails_over(cluster6, build):
    client = build(RoundRobinLB(ListProvider(*cluster6.hosts)))
    for _ in range(4):
        client.get("/x")
    assert counts(cluster6) == [2, 2]
    cluster6[0].kill()
    for _ in range(4):
        assert client.post("/x", b"pay").status_code == 200
    assert counts(cluster6) == [2, 6]


def test_an_error_names_the_host_in_brackets(cluster6, build):
    for node in cluster6:
        node.kill()
    client = build(in_order(*cluster6.hosts))
    with pytest.raises(ClientNoEndpointsException, match="connection refused") as raised:
        client.get("/x")
    assert f"[::1]:{cluster6[0].port} connection refused" in str(raised.value)


def test_endpoints_and_discovery_clients_speak_ipv6(cluster6):
    port = cluster6[0].port
    endpoint = Endpoint(Host("::1", port))
    discovered = ServiceDiscoveryHttpClient(Host("::1", port))
    assert discovered.url == f"http://[::1]:{port}"
    assert [endpoint.get("/x").status_code, discovered.get("/x").status_code] == [200, 200]
    endpoint.close_connections()
    discovered.close()


def test_a_name_may_stand_for_an_ipv6_address(cluster6, build):
    instance = Instance(cluster6.hosts[0], authority="users.internal")
    client = build(in_order(instance))
    assert client.get("/x").url == f"http://users.internal:{cluster6[0].port}/x"
    assert cluster6[0].count == 1


def test_tls_checks_the_address(certificate, ca_file, build):
    with Cluster(1, address="::1", certfile=certificate("::1")) as cluster:
        client = build(in_order(Instance(cluster.hosts[0], scheme="https")))
        assert client.get("/x", verify=ca_file).status_code == 200


def test_tls_checks_the_name_of_an_ipv6_address(certificate, ca_file, build):
    with Cluster(1, address="::1", certfile=certificate("users.internal")) as cluster:
        named = Instance(cluster.hosts[0], scheme="https", authority="users.internal")
        assert build(in_order(named)).get("/x", verify=ca_file).status_code == 200
