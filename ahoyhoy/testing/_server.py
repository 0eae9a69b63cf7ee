"""One real HTTP/1.1 server with faults on demand: the process behind each node of a `Cluster`.

Stdin and stdout are its control channel, a JSON line each way, so that counts hold nothing but the
requests of whoever is being tested; it exits when stdin ends. It is run by its path and imports
only light modules of the standard library: it starts in less than a tenth of a second.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import sys
import threading
import time
from contextlib import suppress
from http import HTTPStatus
from typing import Any, NamedTuple

_DRIP_INTERVAL = 0.1  # seconds between two bytes
_BACKLOG = 512
_BODILESS = (204, 304)


class Answer(NamedTuple):
    """How every request is answered. Bodies are latin-1 text here: JSON has no bytes."""

    status: int = 200
    delay: float = 0.0
    body: str | None = None
    headers: dict[str, str] = {}
    fault: str | None = None
    idle_close: float | None = None


class Request(NamedTuple):
    """A request that was read to its last byte."""

    method: str
    path: str
    headers: list[tuple[str, str]]
    body: bytes
    keep_alive: bool


class Server:
    """Accepts connections, one thread each, and writes the journal of what came in."""

    def __init__(self, listener: socket.socket, journal: int, tls: Any) -> None:
        self.answer = Answer()
        self.port = listener.getsockname()[1]
        self._listener = listener
        self._journal = journal
        self._tls = tls
        self._idle: dict[Connection, float] = {}
        self._lock = threading.Lock()

    def change(self, answer: Answer) -> None:
        """Answers like this from now on, on connections that are open already, too."""
        self.answer = answer
        if answer.idle_close is not None:
            _start(self._close_idle, answer, answer.idle_close)

    def accept(self) -> None:
        """Takes connections for ever."""
        while True:
            sock, _ = self._listener.accept()
            self.record({"connection": True})
            _start(self._serve, sock)

    def record(self, entry: dict[str, Any]) -> None:
        """Writes one line to the journal, before anybody hears of what it tells."""
        # One write: lines of several threads do not mix.
        os.write(self._journal, json.dumps(entry).encode() + b"\n")

    def mark_idle(self, connection: Connection) -> None:
        """The connection waits for its next request from now on."""
        with self._lock:
            self._idle[connection] = time.monotonic()

    def mark_busy(self, connection: Connection) -> None:
        """The connection has something to read."""
        with self._lock:
            self._idle.pop(connection, None)

    def _serve(self, sock: socket.socket) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            # Here and not in accept(): a client that is slow to shake hands stops nobody else.
            connection = Connection(
                self._tls.wrap_socket(sock, server_side=True) if self._tls else sock, self
            )
        except OSError:
            sock.close()
            return
        connection.serve()

    def _close_idle(self, answer: Answer, limit: float) -> None:
        while self.answer is answer:
            oldest = time.monotonic() - limit
            with self._lock:
                late = [c for c, since in self._idle.items() if since <= oldest]
            for connection in late:
                self.mark_busy(connection)
                connection.hang_up()
            _pause(min(limit, 0.02))


class Connection:
    """One client's connection: reads requests and answers them, one after the other."""

    def __init__(self, sock: socket.socket, server: Server) -> None:
        self._sock = sock
        self._server = server
        self._buffer = b""

    def serve(self) -> None:
        """Until the client leaves, or the answer is one that ends the connection."""
        try:
            while self._reply(self._read()):
                pass
        except (OSError, EOFError):
            pass  # The client left, as clients do.
        except ValueError:
            self._sock.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        finally:
            self._server.mark_busy(self)
            self._sock.close()

    def hang_up(self) -> None:
        """Ends the connection under its own thread, which then sees the end of its input."""
        with suppress(OSError):  # The client was faster.
            self._sock.shutdown(socket.SHUT_RDWR)

    def _read(self) -> Request:
        if not self._buffer:
            self._server.mark_idle(self)
            self._more()
            self._server.mark_busy(self)
        start, *lines = self._until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        method, path, version = start.split(" ")
        headers = [(name, value.strip()) for name, _, value in (f.partition(":") for f in lines)]
        fields = {name.lower(): value.lower() for name, value in headers}
        if fields.get("expect") == "100-continue":
            self._sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = self._body(fields)
        keep_alive = version == "HTTP/1.1" and fields.get("connection") != "close"
        request = Request(method, path, headers, body, keep_alive)
        self._server.record(request._asdict() | {"body": body.decode("latin-1")})
        return request

    def _body(self, fields: dict[str, str]) -> bytes:
        if fields.get("transfer-encoding") != "chunked":
            return self._exactly(int(fields.get("content-length", "0")))
        chunks = []
        while size := int(self._until(b"\r\n").partition(b";")[0], 16):
            chunks.append(self._exactly(size))
            self._until(b"\r\n")
        while self._until(b"\r\n"):
            pass  # Trailers.
        return b"".join(chunks)

    def _until(self, mark: bytes) -> bytes:
        while mark not in self._buffer:
            self._more()
        found, _, self._buffer = self._buffer.partition(mark)
        return found

    def _exactly(self, size: int) -> bytes:
        while len(self._buffer) < size:
            self._more()
        found, self._buffer = self._buffer[:size], self._buffer[size:]
        return found

    def _more(self) -> None:
        received = self._sock.recv(65536)
        if not received:
            raise EOFError
        self._buffer += received

    def _reply(self, request: Request) -> bool:
        """Answers; whether the connection is good for another request."""
        answer = self._server.answer
        if answer.delay:
            _pause(answer.delay)
        if answer.fault in _SILENT_FAULTS:
            _SILENT_FAULTS[answer.fault](self._sock)
            return False
        body = self._answer_body(answer, request)
        promised = len(body) + (64 if answer.fault == "half-body" else 0)
        keep_alive = request.keep_alive and answer.fault is None
        head = _head(answer, promised, keep_alive)
        if request.method == "HEAD" or answer.status in _BODILESS:
            body = b""
        if answer.fault == "drip":
            self._sock.sendall(head)
            for byte in body:
                _pause(_DRIP_INTERVAL)
                self._sock.sendall(bytes([byte]))
        else:
            # One write: a head sent alone waits 40 ms for the client's delayed acknowledgement.
            self._sock.sendall(head + body)
        return keep_alive

    def _answer_body(self, answer: Answer, request: Request) -> bytes:
        if answer.body is not None:
            return answer.body.encode("latin-1")
        who = {"port": self._server.port, "pid": os.getpid()}
        return json.dumps(who | {"method": request.method, "path": request.path}).encode()


def _head(answer: Answer, length: int, keep_alive: bool) -> bytes:
    try:
        reason = HTTPStatus(answer.status).phrase
    except ValueError:
        reason = "Unknown"
    own = {"Content-Type": "text/plain" if answer.body is not None else "application/json"}
    if answer.status not in _BODILESS:
        own["Content-Length"] = str(length)
    if not keep_alive:
        own["Connection"] = "close"
    given = {name.lower() for name in answer.headers}
    fields = {k: v for k, v in own.items() if k.lower() not in given} | answer.headers
    lines = [f"HTTP/1.1 {answer.status} {reason}", *(f"{k}: {v}" for k, v in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def _reset(sock: socket.socket) -> None:
    # Lingering for zero seconds: close() then sends RST instead of FIN.
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _stall(sock: socket.socket) -> None:
    while sock.recv(65536):
        pass  # Until the client gives up.


_SILENT_FAULTS: dict[str | None, Any] = {"reset": _reset, "stall": _stall, "close": lambda _: None}


def _start(target: Any, *arguments: Any) -> None:
    threading.Thread(target=target, args=arguments, daemon=True).start()


def _pause(seconds: float) -> None:
    threading.Event().wait(seconds)


def reserve(address: str, port: int = 0) -> socket.socket:
    """A socket bound to the port and not listening: connections to it are refused."""
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    # Both, for the systems where either alone does not let two sockets hold one port.
    for option in ("SO_REUSEADDR", "SO_REUSEPORT"):
        sock.setsockopt(socket.SOL_SOCKET, getattr(socket, option), 1)
    try:
        sock.bind((address, port))
    except OSError:
        sock.close()
        raise
    return sock


def _tls_context(certfile: str | None, keyfile: str | None) -> Any:
    if certfile is None:
        return None
    import ssl  # noqa: PLC0415 - slow to import, and most servers speak plain HTTP

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certfile, keyfile)
    return context


def main() -> None:
    """Serves what the first line of stdin describes; later lines change how it answers."""
    # A group of its own: Ctrl-C in a terminal is for the parent only, and a server left stopped by
    # a parent that died is woken by the kernel, as every stopped orphan group is, to see its end.
    os.setpgid(0, 0)
    lines = iter(sys.stdin.readline, "")
    setup = json.loads(next(lines))
    tls = _tls_context(setup["certfile"], setup["keyfile"])
    listener = reserve(setup["address"], setup["port"])
    listener.listen(_BACKLOG)
    server = Server(listener, setup["journal"], tls)
    server.change(Answer(**setup["answer"]))
    _start(server.accept)
    acknowledgement = b"ok\n"
    os.write(1, acknowledgement)
    for line in lines:
        server.change(Answer(**json.loads(line)))
        os.write(1, acknowledgement)
    os._exit(0)  # Not sys.exit(): connections in progress keep nobody alive.


if __name__ == "__main__":
    main()
