"""Real HTTP servers on loopback, each a process of its own, that fail when a test tells them to."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, final

from ..utils import Host
from . import _server
from ._journal import Journal, ReceivedRequest

__all__ = ("Cluster", "Fault", "Node", "ReceivedRequest")

Fault = Literal["reset", "stall", "drip", "close", "half-body"]
_FAULTS = ("reset", "stall", "drip", "close", "half-body", None)
_PATIENCE = 30.0  # seconds: for a loaded machine; an answer takes a millisecond


@final
class Cluster:
    """Some HTTP/1.1 keep-alive servers on loopback, running until `close()` or the end of `with`.

        with Cluster(3) as cluster:
            provider = ListProvider(*cluster.hosts)
            cluster[0].set(status=503)
            cluster[1].kill()

    Every answer is JSON that names its server (`port`, `pid`) and the request (`method`, `path`).
    The servers end with this process, whatever ends it. Needs a POSIX system.

    Args:
        size: how many servers.
        address: where they listen, `"::1"` for IPv6. The ports are the system's choice.
        certfile: a PEM file with the certificate: the servers then speak TLS.
        keyfile: a PEM file with its key, when that is not in `certfile`.

    Raises:
        ValueError: for a size below 1.
        OSError: when the address is none of this machine's.
        RuntimeError: when a server did not start; its own message is on stderr.
    """

    def __init__(
        self,
        size: int = 3,
        *,
        address: str = "127.0.0.1",
        certfile: str | Path | None = None,
        keyfile: str | Path | None = None,
    ) -> None:
        if size < 1:
            raise ValueError(f"size must be at least 1, not {size}")
        tls = {
            "certfile": None if certfile is None else str(certfile),
            "keyfile": None if keyfile is None else str(keyfile),
        }
        self._nodes: list[Node] = []
        try:
            for _ in range(size):
                self._nodes.append(Node(address, tls))
            # Started above, all at once; ready here.
            for node in self._nodes:
                node._await_answer()
        except BaseException:
            self.close()
            raise

    @property
    def hosts(self) -> tuple[Host, ...]:
        """Where the servers listen, or listened: a killed one stays listed."""
        return tuple(node.host for node in self._nodes)

    def __getitem__(self, index: int) -> Node:
        return self._nodes[index]

    def __iter__(self) -> Iterator[Node]:
        return iter(self._nodes)

    def __len__(self) -> int:
        return len(self._nodes)

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the servers, stopped ones too. What they received stays readable. Repeatable."""
        for node in self._nodes:
            node._close()


class Node:
    """One server of a `Cluster`. May be used by several threads; every method waits for its effect.

    Attributes:
        host: where it listens; the port is kept for it while it is killed.
        pid: its process, another one after `restart()`.
    """

    host: Host
    pid: int

    def __init__(self, address: str, tls: dict[str, str | None]) -> None:
        self._address = address
        self._tls = tls
        self._answer: dict[str, Any] = {}
        self._stopped = False
        self._lock = threading.RLock()
        # Held as long as the node exists: no connection's local port, nor another server's, can be
        # this one while the server is killed.
        self._reservation = _server.reserve(address)
        self.port: int = self._reservation.getsockname()[1]
        self.host = Host(address, self.port)
        self._journal = Journal()
        self._process = self._start()

    def set(
        self,
        *,
        status: int = 200,
        delay: float = 0.0,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        fault: Fault | None = None,
        idle_close: float | None = None,
    ) -> None:
        """How the server answers from now on; what is left out is as at the start: `set()` heals.

        It holds for the next request on connections that are open already, and through `restart()`.

        Args:
            status: the status code.
            delay: seconds between the request's last byte and the answer's first (or the fault).
            body: the answer's body. Default: JSON that names the server.
            headers: added to the answer's own, or instead of them.
            fault: `"reset"` reads the request and resets the connection, `"close"` closes it,
                `"stall"` reads and never answers, `"drip"` sends the body one byte every 0.1 s,
                `"half-body"` closes the connection before the body is complete.
            idle_close: seconds after which a connection without a request is closed silently.

        Raises:
            ValueError: for an unknown fault.
            RuntimeError: on a stopped server, which hears nothing: `resume()` it first.
        """
        if fault not in _FAULTS:
            raise ValueError(f"fault must be one of {', '.join(map(repr, _FAULTS))}, not {fault!r}")
        if self._stopped:
            raise RuntimeError(f"{self._name} is stopped and hears nothing: resume() it first")
        answer = {
            "status": status,
            "delay": delay,
            "body": None if body is None else body.decode("latin-1"),
            "headers": dict(headers or {}),
            "fault": fault,
            "idle_close": idle_close,
        }
        with self._lock:  # One conversation at a time.
            self._answer = answer
            if self._process.poll() is None:
                self._say(answer)
                self._await_answer()

    @property
    def requests(self) -> list[ReceivedRequest]:
        """Requests read to their last byte so far, oldest first; also of a killed server."""
        return self._journal.requests()

    @property
    def count(self) -> int:
        """How many requests were read so far."""
        return len(self._journal.requests())

    @property
    def connections(self) -> int:
        """How many connections were accepted so far."""
        return self._journal.connections()

    def reset_counts(self) -> None:
        """Forgets the requests and connections so far."""
        self._journal.reset()

    def stop(self) -> None:
        """SIGSTOP: connections are still accepted (by the kernel), and nothing is answered."""
        with self._lock:
            self._check_alive()
            self._stopped = True
            os.kill(self.pid, signal.SIGSTOP)
            os.waitpid(self.pid, os.WUNTRACED)

    def resume(self) -> None:
        """SIGCONT: goes on where it was stopped."""
        with self._lock:
            self._check_alive()
            os.kill(self.pid, signal.SIGCONT)
            self._stopped = False

    def kill(self) -> None:
        """SIGKILL: open connections break, new ones are refused. Repeatable."""
        with self._lock:
            self._process.kill()
            self._process.wait()
            self._stopped = False
            self._control.close()

    def restart(self) -> None:
        """Kills the server if it runs, and starts a new process on the same port."""
        with self._lock:
            self.kill()
            self._process = self._start()
            self._await_answer()

    @property
    def _name(self) -> str:
        return f"server {self._address} port {self.port} (pid {self.pid})"

    def _close(self) -> None:
        self.kill()
        self._journal.close()
        self._reservation.close()

    def _check_alive(self) -> None:
        if self._process.poll() is not None:
            raise RuntimeError(f"{self._name} is not running: restart() it first")

    def _start(self) -> subprocess.Popen[bytes]:
        self._journal.end_torn_line()
        self._control, theirs = socket.socketpair()
        self._control.settimeout(_PATIENCE)
        with theirs:
            # -I and -S, and by path: what is installed, or lies in the current folder, plays no part.
            process = subprocess.Popen(  # noqa: S603 - our own interpreter and file
                [sys.executable, "-I", "-S", _server.__file__],
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
                pass_fds=[self._journal.fileno()],
            )
        self.pid = process.pid
        setup = {"address": self._address, "port": self.port, "journal": self._journal.fileno()}
        self._say(setup | self._tls | {"answer": self._answer})
        return process

    def _say(self, message: dict[str, Any]) -> None:
        # Words to a server that has just died: the missing answer will tell.
        with suppress(BrokenPipeError):
            self._control.sendall(json.dumps(message).encode() + b"\n")

    def _await_answer(self) -> None:
        try:
            answer = self._control.recv(16)
        except TimeoutError:
            raise RuntimeError(f"{self._name} does not answer") from None
        except ConnectionResetError:
            answer = b""
        if not answer:
            raise RuntimeError(f"{self._name} died")
