"""The servers of requests' test suite: httpbin on loopback, plain and TLS, whose connections stay open.

pytest-httpbin closes each connection after one answer and serves one request at a time. A session
that keeps connections would then never use a kept one, which is where it differs most from stock.
"""

import io
import socket
import threading
from contextlib import suppress
from socketserver import ThreadingMixIn
from urllib.parse import urljoin
from wsgiref.handlers import SimpleHandler
from wsgiref.simple_server import WSGIServer

from httpbin import app as httpbin
from pytest_httpbin import serve

ADDRESS = "127.0.0.1"


class _Answer(serve.ServerHandler):
    """Lets the connection live where the end of the answer can be told from its length."""

    def cleanup_headers(self):
        SimpleHandler.cleanup_headers(self)
        bodiless = self.status[:3] in ("204", "304")
        self.lasting = bodiless or "Content-Length" in self.headers
        # A chunked request is not read to its end by httpbin.
        self.lasting &= "HTTP_TRANSFER_ENCODING" not in self.environ
        self.lasting &= self.environ.get("HTTP_CONNECTION", "").lower() != "close"
        self.headers["Connection"] = "keep-alive" if self.lasting else "close"


class _Connection(serve.Handler):
    """Serves the requests of one connection."""

    def setup(self):
        super().setup()
        self.connection.settimeout(30)

    def handle(self):
        with suppress(OSError):  # the client left, or said nothing for long
            while self._serve_one():
                pass

    def _serve_one(self):
        self.raw_requestline = self.rfile.readline()
        if not self.raw_requestline or not self.parse_request():
            return False
        body = self.rfile
        if "Transfer-Encoding" not in self.headers:
            # Read to its end, whatever the application makes of it: the next request follows.
            body = io.BytesIO(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        answer = _Answer(body, self.wfile, self.get_stderr(), self.get_environ())
        answer.request_handler = self  # it logs
        answer.lasting = False
        self.server.count_request(self.headers["Host"])
        answer.run(self.server.get_app())
        return answer.lasting

    def log_message(self, *args):
        pass


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.lock = threading.Lock()
        self.hosts = []

    def count_request(self, host):
        with self.lock:
            self.hosts.append(host)

    def handle_error(self, *args):
        pass  # a client that does not trust the certificate


class _SecureServer(_Server, serve.SecureWSGIServer):
    pass


class Service:
    """Some replicas of httpbin, and the one URL that a client knows.

    Nothing listens at that URL, and nothing else can: what is not balanced is refused. With one
    replica only, the URL is the replica's own.

    Attributes:
        url: what the suite's fixtures are given; `join(path)` adds to it.
        authority: its address and port.
        replicas: the addresses and ports where httpbin listens.
    """

    def __init__(self, scheme, replicas):
        server_class = _SecureServer if scheme == "https" else _Server
        self._servers = [server_class((ADDRESS, 0), _Connection) for _ in range(replicas)]
        for server in self._servers:
            server.set_app(httpbin)
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        self.scheme = scheme
        self.replicas = [f"{ADDRESS}:{server.server_port}" for server in self._servers]
        self.authority = self.replicas[0]
        self._name = socket.socket()
        if replicas > 1:
            self._name.bind((ADDRESS, 0))
            self.authority = f"{ADDRESS}:{self._name.getsockname()[1]}"
        self.url = f"{scheme}://{self.authority}"

    def join(self, url):
        """As the fixtures of pytest-httpbin have it."""
        return urljoin(self.url, url)

    def __add__(self, path):
        return self.url + path

    @property
    def target(self):
        """Where the replicas are, as a session is told."""
        return f"{self.scheme}://{','.join(self.replicas)}"

    @property
    def served(self):
        """How many requests each replica was sent."""
        return [len(server.hosts) for server in self._servers]

    @property
    def strangers(self):
        """`Host` headers that are not the service's own, which a few tests send on purpose."""
        return {host for server in self._servers for host in server.hosts} - {self.authority}

    def close(self):
        """Stops the replicas."""
        self._name.close()
        for server in self._servers:
            server.shutdown()
            server.server_close()


class Tarpit:
    """A port of this machine where a connection is never made: its queue is full."""

    def __init__(self):
        self._listener = socket.socket()
        self._listener.bind((ADDRESS, 0))
        self._listener.listen(0)
        where = self._listener.getsockname()
        self.url = f"http://{ADDRESS}:{where[1]}"
        self._waiting = []
        for _ in range(16):
            self._waiting.append(socket.socket())
            self._waiting[-1].settimeout(0.2)
            try:
                self._waiting[-1].connect(where)
            except TimeoutError:
                return
        raise RuntimeError("this system's queues of connections have no end")

    def close(self):
        """Gives the port back."""
        for sock in (self._listener, *self._waiting):
            sock.close()
