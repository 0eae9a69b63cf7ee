"""The answer of a scripted host, as a transport adapter returns it."""

from __future__ import annotations

import io
from collections.abc import Callable
from email.message import Message
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse

from .replies import Reply

_BODILESS = (204, 304)


class Stream(io.RawIOBase):
    """A body that is read as from a connection, which is given back when it was read.

    Args:
        body: all of it.
        headers: the answer's.
        await_byte: waits for the next one; None: the body is there.
    """

    def __init__(
        self, body: bytes, headers: Any, await_byte: Callable[[], object] | None = None
    ) -> None:
        super().__init__()
        self._rest = memoryview(body)
        self._await_byte = await_byte
        #: what requests reads cookies from
        self.msg = Message()
        for name, value in headers.items():
            self.msg[name] = value

    def readinto(self, buffer: Any) -> int:
        """Read what is there, or one byte after waiting for it."""
        if not self._rest:
            return 0
        size = len(buffer)
        if self._await_byte is not None:
            self._await_byte()
            size = 1
        part = self._rest[:size]
        buffer[: len(part)] = part
        self._rest = self._rest[len(part) :]
        return len(part)

    def isclosed(self) -> bool:
        """Whether nothing more comes: asked in place of http.client's response."""
        return self.closed or not self._rest


def response_of(
    reply: Reply, request: requests.PreparedRequest, await_byte: Callable[[], object]
) -> requests.Response:
    """The response to a request, its body still to be read."""
    bodiless = request.method == "HEAD" or reply.status in _BODILESS
    stream = Stream(
        b"" if bodiless else reply.body,
        reply.headers,
        await_byte if reply.fault == "drip" else None,
    )
    raw = HTTPResponse(
        stream,
        headers=reply.headers,
        status=reply.status,
        preload_content=False,
        original_response=stream,  # type: ignore[arg-type]
    )
    return HTTPAdapter().build_response(request, raw)
