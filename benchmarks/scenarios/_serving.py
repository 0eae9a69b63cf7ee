"""One process with many small HTTP servers: the hosts of a scenario.

Eleven processes would take the two cores a scenario is measured on; this one needs some 60 µs for a
request. It keeps time to a tenth of a millisecond, which epoll (whole milliseconds) would not.
Control is a JSON line each way on stdin and stdout, and it exits when stdin ends. It is run by its
path and imports nothing but the standard library.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import selectors
import socket
import sys
import threading
from http import HTTPStatus
from typing import Any, NamedTuple

_BACKLOG = 512
_HEAD_END = b"\r\n\r\n"


class Behaviour(NamedTuple):
    """How a server answers.

    Attributes:
        delay: seconds between a request and its answer.
        status: the status code.
        stall_share: the share of requests, drawn at random, that get `stall` seconds more.
        stall: seconds.
        drip: seconds between two of the last bytes.
        dripping: how many bytes at the end of an answer drip; 0 sends it at once.
        refuses: connections are refused and open ones broken.
    """

    delay: float = 0.0
    status: int = 200
    stall_share: float = 0.0
    stall: float = 1.0
    drip: float = 1.0
    dripping: int = 0
    refuses: bool = False


class Server:
    """One port."""

    def __init__(self, loop: asyncio.AbstractEventLoop, rng: random.Random) -> None:
        self.loop = loop
        self.rng = rng
        self.behaviour = Behaviour()
        #: when each request came, by the clock that all processes share
        self.arrivals: list[float] = []
        self.connections: set[Connection] = set()
        # Keeps the port while nobody listens on it.
        self._reservation = _bind(0)
        self.port: int = self._reservation.getsockname()[1]
        self._listening: asyncio.Server | None = None

    async def behave(self, behaviour: Behaviour) -> None:
        """Answers like this from the next request on, on open connections, too."""
        self.behaviour = behaviour
        if not behaviour.refuses and self._listening is None:
            self._listening = await self.loop.create_server(
                lambda: Connection(self), sock=_bind(self.port), backlog=_BACKLOG
            )
        elif behaviour.refuses and self._listening is not None:
            self._listening.close()
            self._listening = None
            for connection in list(self.connections):
                connection.transport.abort()

    def pause(self) -> float:
        """Seconds until the next answer."""
        stalls = self.behaviour.stall_share and self.rng.random() < self.behaviour.stall_share
        return self.behaviour.delay + (self.behaviour.stall if stalls else 0.0)


class Connection(asyncio.Protocol):
    """One client's connection. Requests have no bodies; each waits for the answer before it."""

    transport: asyncio.Transport

    def __init__(self, server: Server) -> None:
        self._server = server
        self._buffer = b""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self._server.connections.add(self)

    def connection_lost(self, _: Exception | None) -> None:
        self._server.connections.discard(self)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while _HEAD_END in self._buffer:
            _, _, self._buffer = self._buffer.partition(_HEAD_END)
            self._server.arrivals.append(self._server.loop.time())
            self._server.loop.call_later(self._server.pause(), self._answer)

    def _answer(self) -> None:
        behaviour = self._server.behaviour
        answer = _answer(behaviour.status)
        at_once = len(answer) - behaviour.dripping
        self.transport.write(answer[:at_once])
        self._drip(answer[at_once:], behaviour.drip)

    def _drip(self, rest: bytes, interval: float) -> None:
        if rest and not self.transport.is_closing():
            self.transport.write(rest[:1])
            self._server.loop.call_later(interval, self._drip, rest[1:], interval)


def _answer(status: int) -> bytes:
    body = b'"good"' if status < 400 else b'"bad"'
    head = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode("latin-1") + body


def _bind(port: int) -> socket.socket:
    sock = socket.socket()
    for option in ("SO_REUSEADDR", "SO_REUSEPORT"):
        sock.setsockopt(socket.SOL_SOCKET, getattr(socket, option), 1)
    sock.bind(("127.0.0.1", port))
    return sock


class Control:
    """Does what the lines on stdin ask."""

    def __init__(self, loop: asyncio.AbstractEventLoop, size: int, seed: int) -> None:
        self._seed = seed
        self._rng = random.Random(seed)
        self.servers = [Server(loop, self._rng) for _ in range(size)]

    async def perform(self, request: dict[str, Any]) -> Any:
        """One request: `set` the servers of some numbers, read `arrivals`, or `reset`."""
        if "set" in request:
            for number in request["set"]:
                await self.servers[number].behave(Behaviour(**request["behaviour"]))
        elif "reset" in request:
            self._rng.seed(self._seed)
            for server in self.servers:
                server.arrivals.clear()
        return [server.arrivals for server in self.servers] if "arrivals" in request else "done"


def _serve_control(loop: asyncio.AbstractEventLoop, control: Control) -> None:
    for line in sys.stdin:
        done = asyncio.run_coroutine_threadsafe(control.perform(json.loads(line)), loop)
        print(json.dumps(done.result()), flush=True)
    os._exit(0)


def main() -> None:
    """Serves until stdin ends."""
    os.setpgid(0, 0)  # Ctrl-C in a terminal is for the parent only.
    # select() is the one call of them that waits for microseconds.
    loop = asyncio.SelectorEventLoop(selectors.SelectSelector())
    control = Control(loop, **json.loads(sys.stdin.readline()))
    for server in control.servers:
        loop.run_until_complete(server.behave(Behaviour()))
    print(json.dumps([server.port for server in control.servers]), flush=True)
    threading.Thread(target=_serve_control, args=(loop, control), daemon=True).start()
    loop.run_forever()


if __name__ == "__main__":
    main()
