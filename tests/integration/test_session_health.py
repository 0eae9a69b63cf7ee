"""Health checks of a session's services."""

import threading

import pytest

from ahoyhoy import HealthCheck, Instance, Session
from ahoyhoy.testing import Cluster
from integration.calls import in_order, until

CHECK = HealthCheck("/health", interval=0.2, timeout=0.2, jitter=0, rise=1, fall=1)


def probes(node):
    return [r for r in node.requests if r.path == "/health"]


def test_a_host_that_its_check_fails_gets_no_requests(cluster):
    with Session(in_order(*cluster.hosts), name="users", health_check=CHECK) as session:
        session.get("/x")
        cluster[0].set(status=404)
        until(lambda: [host.healthy for host in session.hosts()] == [False, True, True])
        assert session.get("/x").json()["port"] == cluster[1].port
        cluster[0].set()
        until(lambda: session.hosts()[0].healthy)
        assert {r.headers["Host"] for r in probes(cluster[0])} == {"users"}


def test_without_a_name_hosts_are_asked_by_their_own(cluster):
    with Session(in_order(*cluster.hosts), health_check=CHECK) as session:
        session.get("/x")
        until(lambda: probes(cluster[0]))
    assert probes(cluster[0])[0].headers["Host"] == f"127.0.0.1:{cluster[0].port}"


def test_checks_end_when_the_session_is_closed(cluster):
    session = Session(in_order(*cluster.hosts), name="users", health_check=CHECK)
    session.get("/x")
    until(lambda: probes(cluster[0]))
    session.close()
    service = session.get_adapter("http://users/").service
    assert "every 0.2 s" in repr(service._monitor)
    until(lambda: not any(t.name.startswith("ahoyhoy-health") for t in threading.enumerate()))


@pytest.mark.parametrize("naming", ["service", "endpoint"])
def test_checks_verify_the_name_that_requests_do_and_trust_whom_the_session_trusts(
    certificate, ca_file, naming
):
    name = "users.internal" if naming == "service" else "127.0.0.1"
    with Cluster(2, certfile=certificate(name)) as cluster:
        hosts = [Instance(host, scheme="https") for host in cluster.hosts]
        options = {"name": "users.internal", "server_name": naming, "health_check": CHECK}
        with Session(in_order(*hosts), **options) as session:
            session.verify = ca_file
            assert session.get("/x").status_code == 200
            until(lambda: probes(cluster[0]))
            cluster[0].set(status=404)
            until(lambda: [host.healthy for host in session.hosts()] == [False, True])
