"""The processes of a `Cluster`: stopped, killed, restarted, and their ends."""

import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress

import pytest
import requests

from ahoyhoy.testing.cluster import Cluster
from ahoyhoy.utils import Host
from integration.nodes import cluster, eventually, no_proxy, node, session, state, url  # noqa: F401

pytestmark = pytest.mark.usefixtures("no_proxy")


def test_a_stopped_server_takes_connections_and_answers_when_resumed(node, session):
    node.stop()
    assert state(node.pid) == "T"
    with pytest.raises(requests.ReadTimeout):
        session.get(url(node), timeout=(5, 0.2))
    assert node.count == 0  # readable all the same
    node.resume()
    assert session.get(url(node)).status_code == 200


def test_a_stopped_server_cannot_be_told_anything(node):
    node.stop()
    with pytest.raises(RuntimeError, match=r"stopped and hears nothing: resume\(\) it first"):
        node.set(status=500)


def test_a_killed_server_refuses_connections_and_comes_back_on_its_port(node, session):
    session.get(url(node, "/before"))
    pid = node.pid
    node.kill()
    assert state(pid) is None
    with pytest.raises(requests.ConnectionError, match="refused"):
        session.get(url(node))
    assert [r.path for r in node.requests] == ["/before"]
    node.restart()
    assert session.get(url(node, "/after")).json()["pid"] == node.pid != pid
    assert [r.path for r in node.requests] == ["/before", "/after"]


def test_what_was_set_on_a_killed_server_holds_after_its_restart(node, session):
    node.kill()
    node.set(status=418)
    node.restart()
    assert session.get(url(node)).status_code == 418


def test_a_stopped_server_can_be_killed_and_restarted(node, session):
    node.stop()
    node.restart()
    assert session.get(url(node)).status_code == 200


def test_a_killed_server_can_neither_stop_nor_resume(node):
    node.kill()
    for impossible in (node.stop, node.resume):
        with pytest.raises(RuntimeError, match=r"not running: restart\(\) it first"):
            impossible()


def test_the_port_of_a_killed_server_is_nobody_elses(node):
    node.kill()
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(node.host)


def test_a_server_under_load_can_be_killed_and_restarted_again_and_again(node):
    done = threading.Event()

    def load():
        while not done.is_set():
            with suppress(requests.ConnectionError):
                requests.get(url(node), timeout=5)

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(20):
            node.restart()
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert requests.get(url(node)).json()["pid"] == node.pid


def test_unknown_faults_and_sizes_are_refused(node):
    with pytest.raises(ValueError, match=r"fault must be one of 'reset', .*, None, not 'rest'"):
        node.set(fault="rest")
    with pytest.raises(ValueError, match="size must be at least 1, not 0"):
        Cluster(0)


def test_servers_listen_on_ipv6():
    with Cluster(1, address="::1") as cluster:
        host = Host("::1", cluster[0].port)
        assert cluster.hosts == (host,)
        assert requests.get(f"http://[::1]:{host.port}/").json()["port"] == host.port


def test_servers_speak_tls(tmp_path):
    certfile, keyfile = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
        f" -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 -out {certfile} -keyout {keyfile}",
        shell=True,
        check=True,
        capture_output=True,
    )
    with Cluster(1, certfile=certfile, keyfile=keyfile) as cluster:
        secure = f"https://127.0.0.1:{cluster[0].port}/"
        with requests.Session() as session:
            for _ in range(2):
                assert session.get(secure, verify=str(certfile)).status_code == 200
        with pytest.raises(requests.ConnectionError):
            requests.get(url(cluster[0]))  # plain HTTP
        cluster[0].set(fault="reset")
        with pytest.raises(requests.ConnectionError):
            requests.get(secure, verify=str(certfile))
        assert cluster[0].count == 3


def test_a_server_that_cannot_start_is_an_error_that_leaves_nothing_behind(tmp_path, capfd):
    with pytest.raises(RuntimeError, match="died"):
        Cluster(2, certfile=tmp_path / "missing.pem")
    assert "No such file" in capfd.readouterr().err


def test_closing_ends_stopped_and_killed_servers_and_keeps_what_they_received():
    with Cluster(3) as cluster:
        requests.get(url(cluster[0], "/kept"))
        cluster[1].stop()
        cluster[2].kill()
    assert [state(node.pid) for node in cluster] == [None] * 3
    assert [r.path for r in cluster[0].requests] == ["/kept"]
    cluster.close()


@pytest.mark.parametrize("stopped", [False, True])
def test_servers_end_with_their_parent_even_when_that_is_killed(stopped):
    program = (
        "from ahoyhoy.testing.cluster import Cluster; cluster = Cluster(2);"
        f"{'cluster[0].stop();' if stopped else ''}"
        "print(*(n.pid for n in cluster), flush=True); input()"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with parent:
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        parent.send_signal(signal.SIGKILL)
    assert len(pids) == 2
    eventually(lambda: all(state(pid) in (None, "Z") for pid in pids))
