"""Circuits that share by a real Redis, closed when a test ends; and a slow way to Redis."""

import contextlib
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import ahoyhoy
from ahoyhoy import RedisCircuits
from ahoyhoy._core import Judgement, Verdict
from integration.redis_server import Redis
from integration.server_process import pause, until

ACCEPTED = Judgement(Verdict.ACCEPTED)
REFUSED = Judgement(Verdict.UNSENT, "connection refused", refused=True)


@pytest.fixture(scope="module")
def server():
    with Redis() as server:
        yield server


@pytest.fixture
def circuits(server, request):
    """`RedisCircuits` with a key of the test's own, closed at the end."""
    made = []

    def make(url=server.url, **options):
        made.append(RedisCircuits(url, **{"key": request.node.name, **options}))
        return made[-1]

    yield make
    for one in made:
        one.close()


def listening(server, key, count):
    """Wait until so many processes hear what is told."""
    until(lambda: server.client.pubsub_numsub(key)[0][1] >= count)


def fail(breaker, times=3):
    for _ in range(times):
        with breaker.acquire() as permit:
            permit.record(REFUSED)


def threads():
    return [t for t in threading.enumerate() if t.name.startswith("ahoyhoy-circuits")]


def child(code, *arguments):
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", code, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(ahoyhoy.__file__).parent.parent,
    )


class SlowWay:
    """Passes on what comes, and answers only after a while. Use it in a `with` block.

    Args:
        port: of the server on this machine.
        delay: seconds until an answer is passed on.
    """

    def __init__(self, port, delay):
        self._port = port
        self.delay = delay
        self._door = socket.create_server(("127.0.0.1", 0))
        self.url = f"redis://127.0.0.1:{self._door.getsockname()[1]}/0"
        self._sockets = [self._door]
        self._threads = [threading.Thread(target=self._accept)]

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                here, _ = self._door.accept()
                there = socket.create_connection(("127.0.0.1", self._port))
                self._sockets += [here, there]
                for pair in ((here, there, 0.0), (there, here, self.delay)):
                    self._threads.append(threading.Thread(target=self._pass_on, args=pair))
                    self._threads[-1].start()

    def _pass_on(self, source, target, delay):
        with contextlib.suppress(OSError):
            while text := source.recv(65536):
                pause(delay)
                target.sendall(text)
            target.shutdown(socket.SHUT_RDWR)

    def __enter__(self):
        self._threads[0].start()
        return self

    def __exit__(self, *_):
        for one in list(self._sockets):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in list(self._threads):
            thread.join()
        for one in self._sockets:
            one.close()
