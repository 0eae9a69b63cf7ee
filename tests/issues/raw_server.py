"""A server in this process that answers each request with the bytes a function says."""

import http.client
import socket
import struct
import threading
from contextlib import closing, suppress
from typing import NamedTuple

from ahoyhoy import Host

#: Instead of an answer: the request is read, then the connection ends.
CLOSE = b""
RESET = None


class Request(NamedTuple):
    """What was read; the names of headers are in lower case."""

    method: str
    path: str
    headers: dict
    body: bytes
    peer: str


def answer(status=200, *headers, body=b"ok"):
    """The bytes of an answer: `answer(302, "Location: /")`."""
    reason = http.client.responses[status]
    lines = (f"HTTP/1.1 {status} {reason}", *headers, f"Content-Length: {len(body)}", "", "")
    return "\r\n".join(lines).encode() + body


class RawServer:
    """Answers with `answer(request)`, and closes the connection if that says so.

    Attributes:
        host: where it listens.
        requests: what it read, oldest first.
        open: how many connections it has now.
    """

    def __init__(self, answer_of=None):
        self._answer_of = answer_of or (lambda _: answer())
        self.requests = []
        self.open = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._socks = []
        self.host = Host(*self._listener.getsockname())
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.host.port}"

    @property
    def count(self):
        return len(self.requests)

    def leave(self):
        """Accepts no more connections; the ones that are open go on."""
        with suppress(OSError):  # left before
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def close(self):
        self.leave()
        self._threads[0].join()
        for sock in self._socks:
            with suppress(OSError):  # ended before
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads[1:]:
            thread.join()

    def _accept(self):
        with suppress(OSError):  # left
            while True:
                sock, (peer, _) = self._listener.accept()
                self.open += 1
                self._socks.append(sock)
                self._threads.append(threading.Thread(target=self._serve, args=(sock, peer)))
                self._threads[-1].start()

    def _serve(self, sock, peer):
        with closing(sock), suppress(OSError), sock.makefile("rb") as stream:
            while request := _read(stream, peer):
                self.requests.append(request)
                said = self._answer_of(request)
                if said is RESET:
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    break
                sock.sendall(said)
                if not said or b"Connection: close" in said:
                    break
        self.open -= 1


def _read(stream, peer):
    line = stream.readline()
    if not line.isascii() or not line.strip():  # TLS, or the end
        return None
    line = line.decode().split()
    headers = {name.lower(): value for name, value in http.client.parse_headers(stream).items()}
    if headers.get("transfer-encoding") == "chunked":
        body = b"".join(iter(lambda: _chunk(stream), b""))
    else:
        body = stream.read(int(headers.get("content-length", 0)))
    return Request(line[0], line[1], headers, body, peer)


def _chunk(stream):
    size = int(stream.readline(), 16)
    return stream.read(size + 2)[:size]
