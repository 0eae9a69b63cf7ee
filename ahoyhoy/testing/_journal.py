"""What a server of a `Cluster` has received, readable even after the server was killed."""

from __future__ import annotations

import json
import os
import tempfile
import threading
from dataclasses import dataclass
from typing import Any

from requests.structures import CaseInsensitiveDict


@dataclass(frozen=True)
class ReceivedRequest:
    """One request as a server read it, complete with its body.

    Args:
        method: `"GET"`, `"POST"` …
        path: the request's target, with its query.
        headers: by name, in any case; a repeated header's values are joined by `", "`.
        body: the bytes, empty when there was none.
    """

    method: str
    path: str
    headers: CaseInsensitiveDict[str]
    body: bytes


class Journal:
    """A nameless file to which servers write a line per request, and from which their parent reads.

    A file and not a pipe: the server never waits for its reader, an answered request has been
    written, and what a stopped or killed server received stays readable.
    """

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close()
        self._lock = threading.Lock()
        self._offset = 0
        self._rest = b""
        self._requests: list[ReceivedRequest] = []
        self._connections = 0

    def fileno(self) -> int:
        """The descriptor which a server process inherits."""
        return self._file.fileno()

    def end_torn_line(self) -> None:
        """To be called between two servers: a killed one may have left half a line."""
        os.write(self.fileno(), b"\n")

    def requests(self) -> list[ReceivedRequest]:
        """Requests since the start or the last reset, oldest first."""
        with self._lock:
            self._read_locked()
            return list(self._requests)

    def connections(self) -> int:
        """Connections accepted since the start or the last reset."""
        with self._lock:
            self._read_locked()
            return self._connections

    def reset(self) -> None:
        """Forgets what was received so far."""
        with self._lock:
            self._read_locked()
            self._requests.clear()
            self._connections = 0

    def close(self) -> None:
        """What was received stays readable."""
        with self._lock:
            self._read_locked()
            self._file.close()

    def _read_locked(self) -> None:
        # Reading a file that is in memory: the lock is held no longer than for a list.
        while not self._file.closed and (block := os.pread(self.fileno(), 1 << 20, self._offset)):
            self._offset += len(block)
            *lines, self._rest = (self._rest + block).split(b"\n")
            for line in lines:
                self._take_locked(line)

    def _take_locked(self, line: bytes) -> None:
        try:
            entry: dict[str, Any] = json.loads(line)
        except ValueError:
            return  # Torn by a kill -9: that request was never read to its end.
        if "connection" in entry:
            self._connections += 1
            return
        headers: CaseInsensitiveDict[str] = CaseInsensitiveDict()
        for name, value in entry["headers"]:
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        body = entry["body"].encode("latin-1")
        self._requests.append(ReceivedRequest(entry["method"], entry["path"], headers, body))
