"""A service under a real gunicorn: registered once, by the process that has the workers."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

import ahoyhoy
from integration.etcd_server import encoded
from integration.registering import ConsulDesk, EtcdDesk
from integration.server_process import free_port, until

pytest.importorskip("gunicorn")

# As in the how-to guide. The TTL is longer than the tests: what is gone was deregistered.
CONFIGURATION = """
from ahoyhoy.registration import Registration

bind = "127.0.0.1:{port}"
workers = 3
control_socket_disable = True
registration = Registration("{registry}", "users", ("10.0.0.1", {port}), ttl=120)


def when_ready(server):
    registration.start()


def on_exit(server):
    registration.close()
"""

APPLICATION = """
import os, threading
import gunicorn_settings as settings


def application(environ, start_response):
    names = [t.name for t in threading.enumerate() if t.name.startswith("ahoyhoy")]
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{os.getpid()} {len(names)}".encode()]
"""


class ConsulMarks(ConsulDesk):
    """Tells by which registration a host is there."""

    def mark(self, port):
        found = self.hosts("users")
        return found[port]["Meta"]["registration"] if port in found else None


class EtcdMarks(EtcdDesk):
    """Tells by which registration a host is there: each has a lease of its own."""

    def mark(self, port):
        found = self.ask("kv/range", key=encoded(f"services/users/10.0.0.1:{port}"))
        return found["kvs"][0]["lease"] if "kvs" in found else None


@pytest.fixture(scope="module", params=[ConsulMarks, EtcdMarks], ids=["Consul", "Etcd"])
def desk(request):
    with request.param() as desk:
        yield desk


@pytest.fixture
def served(desk, tmp_path):
    """The process of gunicorn, and its port."""
    port = free_port()
    settings = CONFIGURATION.format(port=port, registry=desk.registry.name)
    (tmp_path / "gunicorn_settings.py").write_text(settings)
    (tmp_path / "application.py").write_text(APPLICATION)
    places = [str(tmp_path), str(Path(ahoyhoy.__file__).parent.parent)]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "-c", "gunicorn_settings.py", "application"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(places)},
            stdout=log,
            stderr=log,
        )
    try:
        until(lambda: process.poll() is not None or desk.mark(port))
        assert process.poll() is None, (tmp_path / "log").read_text()
        yield process, port
    finally:
        process.kill()
        process.wait()


def workers(port, count=3):
    """The processes that answer, and that none of them has a thread of ours."""
    found = set()

    def all_of_them():
        with contextlib.suppress(requests.RequestException):
            pid, threads = requests.get(f"http://127.0.0.1:{port}/", timeout=5).text.split()
            assert threads == "0"
            found.add(int(pid))
        return len(found) >= count

    until(all_of_them)
    return found


def test_it_is_registered_once_and_not_by_its_workers(desk, served):
    process, port = served
    mark = desk.mark(port)
    for worker in workers(port):
        os.kill(worker, signal.SIGTERM)  # they end as programs do, and others take their places
    until(lambda: workers(port))
    assert desk.mark(port) == mark
    process.send_signal(signal.SIGHUP)
    until(lambda: workers(port))
    assert desk.mark(port) == mark


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT])
def test_it_deregisters_when_gunicorn_ends(desk, served, end):
    process, port = served
    workers(port)  # which take no notice of signals before they have begun
    process.send_signal(end)
    assert process.wait(30) == 0
    assert desk.mark(port) is None


def test_at_sigterm_it_deregisters_before_the_workers_end(desk, served):
    process, port = served
    (first, *_) = workers(port)
    os.kill(first, signal.SIGSTOP)  # it will not end for the time that gunicorn gives it
    try:
        process.terminate()
        until(lambda: desk.mark(port) is None, within=10)
        assert process.poll() is None
    finally:
        os.kill(first, signal.SIGCONT)
    process.wait(60)
