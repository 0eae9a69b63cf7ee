"""A server whose farewell crosses the client's next request."""

import select
import socket
import threading
from contextlib import closing, contextmanager, suppress

from ahoyhoy import Host

_PATIENCE = 20  # seconds
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class FarewellServer:
    """Answers the first request of each connection, and closes it, unread, when a second arrives.

    Attributes:
        read: the first line of each request that was read.
        unread: how many requests came too late.
    """

    def __init__(self, context=None):
        self.read = []
        self.unread = 0
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads = []
        self._socks = []
        self.host = Host(*self._listener.getsockname())

    @contextmanager
    def running(self):
        acceptor = threading.Thread(target=self._accept)
        acceptor.start()
        try:
            yield self
        finally:
            for sock in (self._listener, *self._socks):
                with suppress(OSError):  # closed before
                    sock.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            for thread in [acceptor, *self._threads]:
                thread.join()

    def _accept(self):
        with suppress(OSError):  # closed at the end
            while True:
                sock, _ = self._listener.accept()
                self._threads.append(threading.Thread(target=self._serve, args=(sock,)))
                self._threads[-1].start()

    def _serve(self, sock):
        sock.settimeout(_PATIENCE)
        if self._context:
            sock = self._context.wrap_socket(sock, server_side=True)
        self._socks.append(sock)
        with closing(sock), suppress(OSError), sock.makefile("rb", buffering=0) as stream:
            head = _lines(stream)
            if not head:
                return
            length = [line for line in head if line.lower().startswith("content-length:")]
            _exactly(stream, int(length[0].partition(":")[2]) if length else 0)
            self.read.append(head[0])
            sock.sendall(_ANSWER)
            select.select([sock], [], [], _PATIENCE)
            # A client that leaves makes it readable, too; input that stays unread makes a reset.
            self.unread += _has_input(sock)


def _lines(stream):
    lines = []
    while line := _line(stream):
        lines.append(line)
    return lines


def _line(stream):
    line = b""
    while not line.endswith(b"\r\n"):
        byte = stream.read(1)
        if not byte:
            return ""
        line += byte
    return line.decode().strip()


def _exactly(stream, size):
    while size:
        size -= len(stream.read(size))


def _has_input(sock):
    with socket.socket(fileno=sock.fileno()) as plain:
        try:
            return bool(plain.recv(1, socket.MSG_PEEK))
        finally:
            plain.detach()
