"""Ten hosts that register, drain and deregister themselves are restarted one by one, under load."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import ahoyhoy
from ahoyhoy import PeakEwmaLB
from integration.registering import desk  # noqa: F401 - a fixture
from integration.server_process import until

# As in the how-to guide: leave, let clients hear of it, then stop.
SERVER = """
import signal, sys, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ahoyhoy.registration import Registration


class Users(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self):
        time.sleep(0.005)
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, *_):
        pass


# No Event: its lock may be held by the thread that the signal interrupts.
ends = []
signal.signal(signal.SIGTERM, lambda *_: ends.append(True))
ThreadingHTTPServer.request_queue_size = 128
server = ThreadingHTTPServer(("127.0.0.1", 0), Users)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
with Registration(sys.argv[1], "users", server.server_address) as registration:
    while not ends:
        time.sleep(0.02)
time.sleep(0.5)
server.shutdown()
"""

HOSTS = 10
SECONDS = 60 if os.environ.get("AHOYHOY_LONG") else 15


class Service:
    """Processes of one service."""

    def __init__(self, desk):
        self._desk = desk
        self._processes = []
        self.restarts = 0

    def start(self):
        place = Path(ahoyhoy.__file__).parent.parent
        command = [sys.executable, "-c", SERVER, self._desk.registry.name]
        self._processes.append(subprocess.Popen(command, cwd=place))

    def restart_one(self):
        """The oldest one ends; before that another has begun."""
        self.start()
        oldest = self._processes.pop(0)
        oldest.send_signal(signal.SIGTERM)
        assert oldest.wait(30) == 0
        self.restarts += 1

    def __enter__(self):
        for _ in range(HOSTS):
            self.start()
        return self

    def __exit__(self, *_):
        for process in self._processes:
            process.kill()
            process.wait()


class Load:
    """Eight threads that call, two thirds of it what may not be repeated."""

    def __init__(self, client):
        self._client = client
        self._end = threading.Event()
        self._threads = [threading.Thread(target=self._call) for _ in range(8)]
        self.calls = 0
        self.errors = []

    def _call(self):
        while not self._end.is_set():
            try:
                assert self._client.get("/users/1").text == "ok"
                assert self._client.post("/users", data="a").text == "ok"
                assert self._client.post("/users", data="b").text == "ok"
                self.calls += 3
            except Exception as error:
                self.errors.append(error)

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        for thread in self._threads:
            thread.join()


@pytest.mark.slow
def test_no_call_fails_while_all_hosts_are_restarted(desk, build, record_property):
    with Service(desk) as service:
        source = desk.source("users")
        with contextlib.closing(source):
            until(lambda: len(desk.hosts("users")) == HOSTS, within=60)
            client = build(PeakEwmaLB(source))
            end = time.monotonic() + SECONDS
            with Load(client) as load:
                while time.monotonic() < end or service.restarts < HOSTS:
                    service.restart_one()
            record_property("calls", load.calls)
            record_property("restarts", service.restarts)
            assert load.errors == []
            assert load.calls > 100
            assert service.restarts >= HOSTS
