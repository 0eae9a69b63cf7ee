"""Answers that came as a whole, in one piece: most are short, and most servers send them so.

Then there is nothing to wait for, and no need of the objects that read from a socket bit by bit. What is
left of them is `response.raw`, which is made when somebody looks at it, from the same bytes, in the way
in which it would have been made.
"""

from __future__ import annotations

import io
from collections import OrderedDict
from collections.abc import Callable, Generator
from typing import Any, NamedTuple

import requests
from urllib3 import HTTPResponse

from .answers import Head, is_compound, plain_head

#: Bytes that are asked for at once.
PIECE = 65536

#: What urllib3 or requests would have to look at.
_NOT_PLAIN = frozenset(("transfer-encoding", "content-encoding", "set-cookie", "set-cookie2"))
#: What says, of a connection, what is so anyway.
_KEPT = ("keep-alive", "Keep-Alive")

#: Of a field that is not there: name and value.
_NOTHING = ("", "")
_USUAL = ("connection", "keep-alive")

#: What a `CaseInsensitiveDict` of requests keeps its items in.
Store = OrderedDict[str, tuple[str, str]]


class Whole(NamedTuple):
    """An answer that is there as a whole.

    Args:
        head: of it.
        store: its fields, by their names in lower case.
        body: as it came.
    """

    head: Head
    store: Store
    body: bytes


def whole_answer(received: bytes, method: str | None) -> Whole | None:
    """The answer, if the bytes are one and no more; None: more is to come, or it is not plain.

    Args:
        received: the first bytes of the answer.
        method: of the request.
    """
    end = received.find(b"\r\n\r\n")
    if end < 0 or method == "HEAD":
        return None
    head = plain_head(received[: end + 2].decode("latin-1"))
    if head is None or head.version != 11 or head.status in (204, 304):
        return None
    store = _stored(head.found)
    body = received[end + 4 :]
    is_whole = (
        _NOT_PLAIN.isdisjoint(store)
        and store.get("content-length", _NOTHING)[1] == str(len(body))
        and store.get("connection", _USUAL)[1] in _KEPT
        and not is_compound(store.get("content-type", _NOTHING)[1])
    )
    return Whole(head, store, body) if is_whole else None


def _stored(found: list[tuple[str, str]]) -> Store:
    store = OrderedDict(zip([name.lower() for name, _ in found], found, strict=True))
    if len(store) < len(found):  # of several by one name, requests makes one
        store.clear()
        for name, value in found:
            first = store.get(name.lower())
            item = (name, value) if first is None else (first[0], f"{first[1]}, {value}")
            store[name.lower()] = item
    return store


class WholeResponse(HTTPResponse):
    """`response.raw` of an answer that came as a whole: becomes urllib3's own when it is looked at.

    It is made without the constructor, so that whatever the constructor sets is missing, and is
    asked of `__getattr__`.
    """

    #: makes it urllib3's own answer, unread or read, of the same bytes; missing once it is
    _ahoyhoy_make: Callable[..., None]
    #: gives the connection back
    _ahoyhoy_free: Callable[[], None]
    #: None once it was read
    _ahoyhoy_body: bytes | None

    @property
    def closed(self) -> bool:
        """Whether it can be read no more."""
        return vars(self)["_ahoyhoy_body"] is None

    def take(self) -> bytes | None:
        """The body, read to its end without becoming anything; None: somebody was here before."""
        state = vars(self)
        body: bytes | None = state.get("_ahoyhoy_body")
        if body is not None:
            state["_ahoyhoy_body"] = None
            state["_ahoyhoy_free"]()
        return body

    def stream(
        self, amt: int | None = 2**16, decode_content: bool | None = None
    ) -> Generator[bytes, None, None]:
        """The body in pieces."""
        body = vars(self).get("_ahoyhoy_body")
        if body is not None and amt and len(body) < amt:
            self.take()
            if body:
                yield body
            return
        self._become()
        yield from self.stream(amt, decode_content)

    def release_conn(self) -> None:
        """Give the connection back."""
        if vars(self)["_ahoyhoy_body"] is not None:
            self._become()
            self.release_conn()

    def close(self) -> None:
        """Let go of the body."""
        if vars(self)["_ahoyhoy_body"] is not None:
            self._become()
            self.close()

    def _become(self) -> None:
        state = vars(self)
        make, body = state.pop("_ahoyhoy_make"), state.pop("_ahoyhoy_body")
        del state["_ahoyhoy_free"]
        make(self, is_read=body is None)
        if body is None:
            for _ in self.stream(decode_content=True):  # as requests does
                pass

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        self._become()
        return getattr(self, name)


def blank_raw(free: Callable[[], None]) -> WholeResponse:
    """The raw answer before there is one: closed.

    Args:
        free: gives the connection back.
    """
    raw = WholeResponse.__new__(WholeResponse)
    vars(raw).update(_ahoyhoy_body=None, _ahoyhoy_free=free)
    return raw


def fill_raw(raw: WholeResponse, body: bytes, make: Callable[..., None]) -> None:
    """Give a blank raw answer its body.

    Args:
        raw: the blank one.
        body: of the answer.
        make: makes it urllib3's own: `make(raw, is_read=…)`.
    """
    state = vars(raw)
    state["_ahoyhoy_make"], state["_ahoyhoy_body"] = make, body


def read_content(response: requests.Response) -> None:
    """Have `response.content` read, as reading the attribute does."""
    raw = response.raw
    if type(raw) is WholeResponse and response._content is False:
        body = raw.take()
        if body is not None:
            response._content = body
            response._content_consumed = True
            return
    _ = response.content


class Replayed:
    """A socket whose first bytes were received before, where http.client makes a file of it.

    Args:
        sock: the socket; None: there are no more bytes.
        received: the first bytes.
    """

    def __init__(self, sock: Any, received: bytes) -> None:
        self._sock = sock
        self._received = received

    def makefile(self, _mode: str) -> io.BufferedReader:
        """What http.client reads from."""
        # So that a head that was seen as a whole is seen so again.
        size = max(io.DEFAULT_BUFFER_SIZE, len(self._received))
        if self._sock is None:
            return io.BufferedReader(io.BytesIO(self._received), size)
        rest = _Rest(self._sock.makefile("rb", buffering=0), self._received)
        return io.BufferedReader(rest, size)


class _Rest(io.RawIOBase):
    """The first bytes, and then what comes from the socket."""

    def __init__(self, raw: Any, received: bytes) -> None:
        self._raw = raw
        self._received = received

    def readable(self) -> bool:
        """It is."""
        return True

    def fileno(self) -> int:
        """The socket's."""
        number: int = self._raw.fileno()
        return number

    def readinto(self, buffer: Any) -> int | None:
        """Read what was received, and then what comes."""
        if self._received:
            count = min(len(buffer), len(self._received))
            buffer[:count] = self._received[:count]
            self._received = self._received[count:]
            return count
        read: int | None = self._raw.readinto(buffer)
        return read

    def close(self) -> None:
        """Let go of the socket."""
        if not self.closed:
            super().close()
            self._raw.close()
