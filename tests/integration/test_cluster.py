"""Every fault of a `Cluster`, seen with nothing but requests and plain sockets."""

import os
import socket
import threading
import time

import pytest
import requests

from ahoyhoy.utils import Host
from integration.nodes import cluster, eventually, no_proxy, node, session, state, url  # noqa: F401

pytestmark = pytest.mark.usefixtures("no_proxy")


def test_every_server_is_a_process_of_its_own_and_says_who_it_is(cluster, session):
    told = [session.get(url(node, "/x?y=1")).json() for node in cluster]
    assert told == [
        {"port": node.port, "pid": node.pid, "method": "GET", "path": "/x?y=1"} for node in cluster
    ]
    assert len({node.pid for node in cluster} | {os.getpid()}) == 3
    assert cluster.hosts == tuple(Host("127.0.0.1", node.port) for node in cluster)
    assert len(cluster) == 2


def test_requests_are_recorded_whole(node, session):
    session.post(url(node, "/a?b"), data=b"\xffbody", headers={"X-Name": "value"})
    (received,) = node.requests
    assert (received.method, received.path, received.body) == ("POST", "/a?b", b"\xffbody")
    assert received.headers["x-name"] == "value"


def test_chunked_bodies_are_recorded_whole(node, session):
    session.put(url(node), data=iter([b"one", b"two"]))
    session.get(url(node, "/next"))
    assert [r.body for r in node.requests] == [b"onetwo", b""]


def test_connections_are_kept_alive_and_counted(node, session):
    for _ in range(5):
        session.get(url(node))
    assert (node.count, node.connections) == (5, 1)
    requests.get(url(node))
    assert (node.count, node.connections) == (6, 2)


def test_counts_can_be_reset(node, session):
    session.get(url(node, "/old"))
    node.reset_counts()
    assert (node.count, node.connections) == (0, 0)
    session.get(url(node, "/new"))
    assert [r.path for r in node.requests] == ["/new"]


def test_requests_of_many_threads_are_all_counted(node):
    def call():
        with requests.Session() as session:
            for _ in range(50):
                session.post(url(node), data=b"x" * 5000)

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(r.body) for r in node.requests] == [5000] * 400
    assert node.connections == 8


def test_the_answer_is_set_for_open_connections_too(node, session):
    session.get(url(node))
    node.set(status=503, body=b"\x00tired", headers={"Retry-After": "3", "content-type": "x/y"})
    answer = session.get(url(node))
    assert (answer.status_code, answer.reason) == (503, "Service Unavailable")
    assert answer.content == b"\x00tired"
    assert (answer.headers["Retry-After"], answer.headers["Content-Type"]) == ("3", "x/y")
    assert node.connections == 1


def test_set_without_arguments_heals(node, session):
    node.set(status=500, fault="close")
    node.set()
    assert session.get(url(node)).status_code == 200


def test_an_unknown_status_is_sent_as_it_is(node, session):
    node.set(status=599)
    assert session.get(url(node)).status_code == 599


def test_answers_without_a_body_leave_the_connection_in_step(node, session):
    assert session.head(url(node)).headers["Content-Length"] != "0"
    node.set(status=204)
    assert session.get(url(node)).content == b""
    node.set()
    assert session.get(url(node)).json()["pid"] == node.pid
    assert node.connections == 1


def test_an_answer_can_be_delayed(node, session):
    node.set(delay=0.2)
    began = time.monotonic()
    session.get(url(node))
    assert time.monotonic() - began >= 0.2


def test_a_hundred_answers_do_not_wait_for_acknowledgements(node, session):
    began = time.monotonic()
    for _ in range(100):
        session.get(url(node))
    assert time.monotonic() - began < 2  # 4 s and more when head and body are written apart


def test_reset_reads_the_request_and_resets_the_connection(node, session):
    node.set(fault="reset")
    with pytest.raises(requests.ConnectionError, match="reset by peer"):
        session.post(url(node), data=b"paid")
    assert [r.body for r in node.requests] == [b"paid"]


def test_close_reads_the_request_and_closes_the_connection(node):
    node.set(fault="close")
    with socket.create_connection(node.host) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert client.recv(100) == b""
    assert node.count == 1


def test_stall_reads_the_request_and_never_answers(node, session):
    node.set(fault="stall")
    with pytest.raises(requests.ReadTimeout):
        session.get(url(node), timeout=0.3)
    assert node.count == 1


def test_drip_sends_the_head_and_then_a_byte_every_tenth_of_a_second(node):
    node.set(fault="drip", body=b"abc")
    began = time.monotonic()
    answer = requests.get(url(node), timeout=0.2 * 10)
    assert answer.content == b"abc"
    assert time.monotonic() - began >= 0.3


def test_half_a_body_is_noticed(node, session):
    node.set(fault="half-body", body=b"abc")
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        session.get(url(node))


def test_idle_connections_are_closed_silently(node):
    with socket.create_connection(node.host) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"200 OK" in client.recv(1000)
        node.set(idle_close=0.1)  # also for those that wait already
        client.settimeout(10)
        assert client.recv(1000) == b""


def test_a_request_in_progress_is_not_idle(node, session):
    node.set(idle_close=0.1, delay=0.4)
    assert session.get(url(node)).status_code == 200


def test_old_clients_get_their_connection_closed(node):
    with socket.create_connection(node.host) as client:
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        with client.makefile("rb") as lines:
            assert b"Connection: close\r\n" in lines.readlines()


def test_nonsense_is_a_bad_request(node):
    with socket.create_connection(node.host) as client:
        client.sendall(b"nonsense\r\n\r\n")
        assert client.recv(1000).startswith(b"HTTP/1.1 400")
    assert node.count == 0


def test_a_client_that_waits_for_permission_to_send_its_body_gets_it(node):
    with socket.create_connection(node.host) as client:
        client.sendall(b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        assert client.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"ok")
        assert b"200 OK" in client.recv(1000)
