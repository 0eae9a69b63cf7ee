"""Health checks in forked children, in copies, and at the end of the interpreter."""

import json
import os
import pickle
import subprocess
import sys

import pytest

from ahoyhoy.health import HealthMonitor
from integration.calls import until
from integration.health_rig import Reports, names, quick


@pytest.fixture(autouse=True)
def no_thread_is_left():
    yield
    until(lambda: names() == [])


@pytest.fixture
def lb(cluster):
    return Reports(*cluster.hosts)


@pytest.fixture
def monitor(lb):
    monitor = HealthMonitor(lb, quick())
    yield monitor
    monitor.close()


def test_a_pickled_monitor_has_its_settings_and_its_balancer(cluster):
    lb = Reports(*cluster.hosts)
    monitor = HealthMonitor(lb, quick("/alive"))
    monitor.start()
    other_lb, other = pickle.loads(pickle.dumps((lb, monitor)))
    monitor.close()
    assert repr(other) == "<HealthMonitor /alive every 0.5 s>"
    other_lb.log.clear()
    other_lb.latest.clear()
    other.start()
    until(lambda: len(other_lb.latest) == 3)
    other.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
def test_a_forked_child_has_no_thread_until_it_starts_one(cluster, lb, monitor):
    cluster[0].set(status=500)
    monitor.start()
    until(lambda: len(lb.latest) == 3)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            said = [names()]
            lb.latest.clear()
            monitor.start()
            until(lambda: len(lb.latest) == 3)
            said.append(sorted(lb.latest.values()))
            monitor.close()
            said.append(sorted(lb.latest.values()))
        except BaseException as error:
            said = repr(error)
        os.write(writer, json.dumps(said).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        assert json.loads(pipe.read()) == [[], [False, True, True], [True, True, True]]
    os.waitpid(child, 0)
    assert lb.latest[cluster.hosts[0]] is False, "the parent's checks go on"
    cluster[0].set()
    until(lambda: lb.latest[cluster.hosts[0]])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
def test_a_child_that_checks_no_more_uses_what_its_parent_found_unhealthy(cluster, lb, monitor):
    cluster[0].set(status=500)
    monitor.start()
    until(lambda: lb.latest.get(cluster.hosts[0]) is False)
    until(lambda: cluster[0].count >= 4)
    child = os.fork()
    if child == 0:
        monitor.start()
        monitor.close()
        os._exit(7 if lb.latest[cluster.hosts[0]] else 8)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
def test_a_child_forked_while_the_lock_is_held_can_start(lb, monitor):
    with monitor._lock:
        child = os.fork()
        if child == 0:
            monitor.start()
            os._exit(7 if "ahoyhoy-health" in names() else 8)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


def test_the_interpreter_ends_while_probes_are_under_way(cluster):
    for node in cluster:
        node.set(fault="stall")
    code = """
import sys
from ahoyhoy import Endpoint, Host
from ahoyhoy.health import HealthCheck, HealthMonitor

class Lb:
    def endpoints(self):
        return [Endpoint(Host("127.0.0.1", int(port))) for port in sys.argv[1:]]

lb = Lb()
monitor = HealthMonitor(lb, HealthCheck("/", interval=600, timeout=600, jitter=0))
monitor.start()
sys.stdin.read()
"""
    ports = [str(node.port) for node in cluster]
    command = [sys.executable, "-c", code, *ports]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen(command, **pipes) as process:
        until(lambda: [node.count for node in cluster] == [1, 1, 1])
        said, _ = process.communicate(timeout=20)
    assert (process.returncode, said) == (0, b"")
