"""A server read nothing of a body and answered: the next request waited as long as the last might.

The connection's buffers are full then, and even a short request does not go into them at once.
"""

import socket
import threading
import time
from contextlib import closing, suppress

import pytest
import requests

from ahoyhoy.http import fast
from ahoyhoy.http.sessions import new_session

ANSWER = b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno"


class Server:
    """Reads heads alone, of two requests of a connection, and answers these."""

    def __init__(self):
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen()
        self.url = "http://127.0.0.1:{1}/".format(*self._listener.getsockname())
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self):
        sock, _ = self._listener.accept()
        with closing(sock), suppress(OSError):
            for _ in range(2):
                head = b""
                while not head.endswith(b"\r\n\r\n"):
                    head += sock.recv(1)
                sock.sendall(ANSWER)
            self._over.wait()

    def close(self):
        self._over.set()
        self._thread.join()
        self._listener.close()


@pytest.fixture
def server():
    with closing(Server()) as server:
        yield server


def fill(sock):
    """Have the buffers take no more; what is in them is the rest of a body."""
    sock.setblocking(False)
    with suppress(BlockingIOError):
        while True:
            sock.send(b"x" * 65536)


@pytest.mark.parametrize("is_fast", [True, False])
def test_the_timeout_is_its_own(server, monkeypatch, is_fast):
    monkeypatch.setattr(fast, "ENABLED", is_fast)
    with new_session() as session:
        session.get(server.url, timeout=60)
        assert session.get(server.url, timeout=60).status_code == 413
        (pool,) = session.get_adapter(server.url).poolmanager.pools._container.values()
        sock = next(it for it in pool.pool.queue if it is not None).sock
        fill(sock)
        sock.settimeout(60)  # as the last request had left it
        began = time.monotonic()
        with pytest.raises(requests.ConnectionError, match="timed out"):
            session.get(server.url, timeout=0.2)
        assert time.monotonic() - began < 30
