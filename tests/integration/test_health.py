"""Health checks of real servers."""

import socket

import pytest
import requests

from ahoyhoy import Host, Instance
from ahoyhoy.health import HealthMonitor
from ahoyhoy.testing.cluster import Cluster
from integration.calls import paths, pause, until
from integration.health_rig import Reports, names, quick


@pytest.fixture(autouse=True)
def no_thread_is_left():
    yield
    until(lambda: names() == [])


@pytest.fixture
def checked():
    """Probes the hosts of a balancer until the end of the test: `checked(balancer, check)`."""
    monitors = []

    def begin(balancer, check, **options):
        monitors.append(HealthMonitor(balancer, check, **options))
        monitors[-1].start()
        return monitors[-1]

    yield begin
    for monitor in monitors:
        monitor.close()


def test_healthy_hosts_are_found_healthy(cluster, checked):
    lb = Reports(*cluster.hosts)
    checked(lb, quick(headers={"X-Check": "1"}))
    until(lambda: lb.latest == dict.fromkeys(cluster.hosts, True))
    for node in cluster:
        request = node.requests[0]
        assert (request.method, request.path) == ("GET", "/health")
        assert request.headers["X-Check"] == "1"


def test_a_server_that_goes_down_is_found_and_one_that_comes_back_too(cluster, checked):
    lb = Reports(*cluster.hosts)
    checked(lb, quick(fall=2))
    until(lambda: len(lb.latest) == 3)
    gone = cluster.hosts[1]
    cluster[1].kill()
    until(lambda: lb.latest[gone] is False)
    assert lb.reasons(gone)[0].startswith("failed 2 health checks in a row: connection ")
    cluster[1].restart()
    until(lambda: lb.latest[gone] is True)
    assert [lb.latest[host] for host in cluster.hosts] == [True] * 3


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"status": 503}, "answered 503"),
        ({"status": 404}, "answered 404"),
        ({"delay": 30}, "no answer within 0.5 s|read timeout"),
        ({"fault": "stall"}, "no answer within 0.5 s|read timeout"),
        ({"fault": "drip"}, "no answer within 0.5 s|read timeout"),
        ({"fault": "reset"}, "connection reset"),
        ({"fault": "close"}, "closed without an answer"),
        ({"fault": "half-body"}, "answer cut short|connection failed"),
    ],
    ids=str,
)
def test_a_server_is_unhealthy_that_does_not_answer_well(cluster, checked, answer, reason):
    lb = Reports(*cluster.hosts)
    cluster[0].set(**answer)
    checked(lb, quick())
    until(lambda: lb.reasons(cluster.hosts[0]))
    ending = lb.reasons(cluster.hosts[0])[0].partition(": ")[2]
    assert ending in reason.split("|")
    until(lambda: [lb.latest.get(host) for host in cluster.hosts] == [False, True, True])
    cluster[0].set()
    until(lambda: lb.latest[cluster.hosts[0]])


def test_the_statuses_of_a_healthy_host_can_be_others(cluster, checked):
    lb = Reports(*cluster.hosts)
    cluster[0].set(status=429)
    checked(lb, quick(statuses=[429, 204]))
    until(lambda: [lb.latest.get(host) for host in cluster.hosts] == [True, False, False])


def test_a_redirect_is_an_answer_and_is_not_followed(cluster, checked):
    lb = Reports(cluster.hosts[0])
    cluster[0].set(status=302, headers={"Location": "/elsewhere"})
    checked(lb, quick())
    until(lambda: lb.latest)
    assert set(paths(cluster[0])) == {("GET", "/health")}
    assert lb.latest == {cluster.hosts[0]: True}


def test_an_endless_answer_is_read_no_further_than_its_beginning(cluster, checked):
    lb = Reports(cluster.hosts[0])
    cluster[0].set(body=b"x" * 3_000_000)
    checked(lb, quick())
    until(lambda: cluster[0].count == 2)
    assert lb.latest == {cluster.hosts[0]: True}
    assert cluster[0].connections == 2


def test_probes_of_small_answers_share_a_connection(cluster, checked):
    lb = Reports(cluster.hosts[0])
    checked(lb, quick())
    until(lambda: cluster[0].count == 3)
    assert cluster[0].connections == 1


def test_probes_begin_at_once_and_not_one_after_the_other(cluster, checked):
    lb = Reports(*cluster.hosts)
    for node in cluster:
        node.set(delay=0.5)
    checked(lb, quick(interval=3, timeout=3, jitter=0))
    until(lambda: len(lb.latest) == 3, seconds=1.4)


def test_probes_are_no_requests_of_a_circuit(cluster, checked):
    lb = Reports(*cluster.hosts)
    for node in cluster:
        node.kill()
    checked(lb, quick(interval=0.1, timeout=0.1))
    until(lambda: lb.latest == dict.fromkeys(cluster.hosts, False))
    pause(1)
    assert [e.breaker.current_state for e in lb.endpoints()] == ["closed"] * 3


def test_a_tcp_check_only_connects(cluster, checked):
    lb = Reports(*cluster.hosts)
    cluster[1].set(status=500)
    cluster[2].kill()
    checked(lb, quick(None))
    until(lambda: [lb.latest.get(host) for host in cluster.hosts] == [True, True, False])
    assert lb.reasons(cluster.hosts[2])[0].endswith("cannot connect: Connection refused")
    assert cluster[0].count == 0


def test_a_tcp_check_of_an_address_that_does_not_answer_takes_no_longer_than_its_timeout(checked):
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        host = Host(*full.getsockname())
        waiting = [socket.socket() for _ in range(3)]
        for sock in waiting:
            sock.setblocking(False)
            sock.connect_ex(tuple(host))
        lb = Reports(host)
        checked(lb, quick(None))
        until(lambda: lb.latest == {host: False})
        for sock in waiting:
            sock.close()
    assert lb.reasons(host)[0].partition(": ")[2] in ("connect timeout", "no answer within 0.5 s")


def test_ipv6_hosts_are_probed_by_http_and_tcp(checked):
    with Cluster(1, address="::1") as cluster:
        (host,) = cluster.hosts
        for check in (quick(), quick(None)):
            lb = Reports(Instance(Host("[::1]", host.port)))
            checked(lb, check)
            until(lambda lb=lb: list(lb.latest.values()) == [True])


def test_a_base_path_is_put_before_the_checks_path(cluster, checked):
    lb = Reports(Instance(cluster.hosts[0], path="/api"))
    checked(lb, quick())
    until(lambda: cluster[0].count)
    assert paths(cluster[0])[0] == ("GET", "/api/health")


def test_tls_is_checked_under_the_name_of_the_instance(certificate, ca_file, checked, session):
    session.verify = ca_file
    with (
        Cluster(1, certfile=certificate("users.internal")) as right,
        Cluster(1, certfile=certificate("other.internal")) as wrong,
    ):
        hosts = (*right.hosts, *wrong.hosts)
        lb = Reports(*(Instance(h, scheme="https", authority="users.internal") for h in hosts))
        checked(lb, quick(timeout=3, interval=3), session=session)
        until(lambda: [lb.latest.get(host) for host in hosts] == [True, False])
        assert lb.reasons(hosts[1])[0].endswith("certificate rejected")
        host, port = right[0].requests[0].headers["Host"].split(":")
        assert (host, port) == ("users.internal", str(right[0].port))


def test_the_balancers_session_is_used_where_no_other_is_given(cluster, checked, session):
    session.headers["Authorization"] = "Bearer 7"
    lb = Reports(cluster.hosts[0], session=session)
    checked(lb, quick())
    until(lambda: cluster[0].count)
    assert cluster[0].requests[0].headers["Authorization"] == "Bearer 7"
    with requests.Session() as other:
        other.headers["Authorization"] = "Bearer 8"
        cluster[0].reset_counts()
        monitor = checked(lb, quick(), session=other)
        until(lambda: "Bearer 8" in {r.headers["Authorization"] for r in cluster[0].requests})
        monitor.close()


def test_hosts_come_and_go_with_the_balancers_list(cluster, checked):
    lb = Reports(cluster.hosts[0])
    cluster[1].set(status=500)
    checked(lb, quick())
    until(lambda: lb.latest == {cluster.hosts[0]: True})
    lb.name(cluster.hosts[1], cluster.hosts[2])
    until(lambda: set(lb.latest) == set(cluster.hosts))
    seen = cluster[0].count
    until(lambda: cluster[2].count >= 3)
    assert cluster[0].count - seen <= 1, "perhaps one was under way"


def test_a_slow_host_does_not_keep_the_others_waiting(cluster, checked):
    lb = Reports(*cluster.hosts)
    cluster[0].set(fault="drip", body=b"x" * 2000)
    checked(lb, quick(interval=1, timeout=1, jitter=0))
    until(lambda: [lb.latest.get(host) for host in cluster.hosts] == [False, True, True])
    for node in cluster:
        node.reset_counts()
    until(lambda: cluster[1].count >= 3)
    assert cluster[2].count >= 2


def test_the_thread_of_a_probe_of_a_dripping_server_ends(cluster, checked):
    cluster[0].set(fault="drip", body=b"x" * 2000)
    lb = Reports(cluster.hosts[0])
    monitor = checked(lb, quick())
    until(lambda: cluster[0].count == 2)
    monitor.close()
    until(lambda: names() == [])


def test_closing_ends_the_probes_under_way(cluster, checked):
    cluster[0].set(fault="stall")
    lb = Reports(cluster.hosts[0])
    monitor = checked(lb, quick(interval=600, timeout=600, jitter=0))
    until(lambda: cluster[0].count == 1)
    assert len(names()) == 2
    monitor.close()
    until(lambda: names() == [])
    assert lb.log == []
