"""A client that is there before a fork works on both sides of it."""

import json
import os
import threading

import pytest

from ahoyhoy import Endpoint, ListProvider, RandomLB, RoundRobinLB
from integration.calls import counts, in_order

# Python 3.12 warns of every fork of a process with threads; what happens then is tested here.
pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here"),
    pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning"),
]


def fork(function):
    """Runs the function in a child; returns how to get its result, which is JSON."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            result = {"result": function()}
        except BaseException as error:
            result = {"error": repr(error)}
        os.write(writer, json.dumps(result).encode())
        os._exit(0)
    os.close(writer)

    def join():
        with os.fdopen(reader) as pipe:
            said = pipe.read()
        os.waitpid(child, 0)
        return json.loads(said)["result"]

    return join


@pytest.fixture(params=["own session", "user's session"])
def client(request, cluster, build, session):
    steps = {} if request.param == "own session" else {"add_session": session}
    return build(in_order(*cluster.hosts), **steps)


def test_parent_and_child_use_connections_of_their_own(cluster, client):
    client.get("/before")
    joined = fork(lambda: [client.get(f"/child{n}").status_code for n in range(5)])
    for number in range(5):
        assert client.get(f"/parent{number}").status_code == 200
    assert joined() == [200] * 5
    assert client.get("/after").status_code == 200
    assert (cluster[0].count, cluster[0].connections) == (12, 2)


def test_the_childs_end_leaves_the_parents_connections_alone(cluster, client):
    client.get("/before")
    for _ in range(3):
        fork(lambda: client.get("/child").status_code)()
        assert client.post("/parent", b"pay").status_code == 200
    assert cluster[0].connections == 4


def test_a_client_that_was_never_used_works_in_four_children(cluster, build):
    client = build(RoundRobinLB(ListProvider(*cluster.hosts)))
    joins = [
        fork(lambda: [client.get("/x").status_code for _ in range(6)] and client.stats().calls)
        for _ in range(4)
    ]
    assert [join() for join in joins] == [6] * 4
    assert counts(cluster) == [8, 8, 8]


def test_children_do_not_all_begin_with_the_same_host(cluster, build):
    for balancer in (RoundRobinLB, RandomLB):
        client = build(balancer(ListProvider(*cluster.hosts)))
        client.get("/x")
        # 14 times the same of three: once in 1.6 million runs
        joins = [fork(lambda c=client: c.get("/x").json()["port"]) for _ in range(14)]
        assert len({join() for join in joins}) > 1


def test_a_fork_in_the_middle_of_other_threads_calls_leaves_a_working_child(cluster, build):
    client = build(RoundRobinLB(ListProvider(*cluster.hosts)))
    stop = threading.Event()

    def load():
        while not stop.is_set():
            client.get("/x")

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(15):
            join = fork(
                lambda: [client.get("/child").status_code, *(h.in_flight for h in client.hosts())]
            )
            assert join() == [200, 0, 0, 0]
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert client.stats().failures == 0


def test_a_session_client_works_in_the_child(cluster):
    endpoint = Endpoint(cluster.hosts[0])
    endpoint.get("/before")
    assert fork(lambda: endpoint.get("/child").status_code)() == 200
    assert endpoint.get("/after").status_code == 200
    assert cluster[0].connections == 2
    endpoint.close_connections()


def test_the_circuits_of_the_parent_are_known_to_the_child(cluster, build):
    cluster[0].kill()
    client = build(in_order(*cluster.hosts), add_breaker={"break_duration": 50})
    while client.hosts()[0].circuit == "closed":
        client.get("/x")

    def child():
        client.get("/x")
        return [client.hosts()[0].circuit, client.hosts()[0].requests]

    assert fork(child)() == ["open", client.hosts()[0].requests]
