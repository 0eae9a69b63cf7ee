"""A server in this process that takes its time: each connection is served by a function."""

import socket
import ssl
import threading
from contextlib import closing, contextmanager, suppress

from ahoyhoy import Host

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
ENDLESS = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

INTERVAL = 0.05  # seconds between two drops: far less than any timeout here


class SlowServer:
    """Calls `serve(server, sock)` in a thread for each connection.

    Attributes:
        host: where it listens.
        connections: how many it accepted.
        requests: heads of what it read, oldest first.
        left: how many clients were seen to leave.
    """

    def __init__(self, serve, context=None):
        self._serve = serve
        self._context = context
        self.connections = 0
        self.requests = []
        self.left = 0
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host = Host(*self._listener.getsockname())
        self._socks = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def pause(self, seconds=INTERVAL):
        """Whether the server still runs after so many seconds."""
        return not self._stop.wait(seconds)

    def read_request(self, sock):
        """Read up to the end of a head; whether there was one."""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            byte = sock.recv(1)
            if not byte:
                return False
            head += byte
        self.requests.append(head.decode())
        return True

    def drip(self, sock, data):
        """Send it byte by byte, again and again."""
        while True:
            for byte in data:
                sock.sendall(bytes([byte]))
                if not self.pause():
                    return

    def close(self):
        self._stop.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._threads[0].join()
        for sock in self._socks:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads[1:]:
            thread.join()

    def _accept(self):
        with suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                self.connections += 1
                twin = sock.dup()  # TLS takes the socket out of its object
                self._socks.append(twin)
                self._threads.append(threading.Thread(target=self._attend, args=(sock, twin)))
                self._threads[-1].start()

    def _attend(self, sock, twin):
        with closing(sock), closing(twin), suppress(OSError):
            if self._context is not None:
                sock = self._context.wrap_socket(sock, server_side=True)
            with closing(sock):
                self._serve(self, sock)
        with self._lock:
            self.left += 1


def context_of(certfile):
    """TLS for a server."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certfile)
    return context


@contextmanager
def running(serve, context=None):
    """A server for the time of `with`."""
    server = SlowServer(serve, context)
    try:
        yield server
    finally:
        server.close()


def silent(server, sock):
    """Reads, and never answers."""
    while server.read_request(sock):
        pass


def deaf(server, _sock):
    """Accepts, and never reads."""
    while server.pause():
        pass


def answering(server, sock):
    """Answers at once."""
    while server.read_request(sock):
        sock.sendall(WHOLE)


def dripping(before, drops):
    """Answers with the first bytes at once, and goes on drop by drop for ever; None: not at all."""

    def serve(server, sock):
        if server.read_request(sock):
            sock.sendall(before)
            server.drip(sock, drops) if drops else silent(server, sock)

    return serve


#: Where an answer that never ends may be when time is up.
SLOW = {
    "silent": silent,
    "drips its head": dripping(b"", b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000),
    "stalls before its body": dripping(HEAD, None),
    "drips its body": dripping(HEAD, b"x"),
    "drips a chunked body": dripping(CHUNKED, b"1\r\nx\r\n"),
    "drips the size of a chunk": dripping(CHUNKED, b"0"),
    "drips an endless body": dripping(ENDLESS, b"x"),
}
SLOW_BODIES = {name: serve for name, serve in SLOW.items() if "body" in name}
