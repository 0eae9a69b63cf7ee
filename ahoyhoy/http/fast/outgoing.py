"""The bytes of a request, as urllib3 and http.client would send them."""

from __future__ import annotations

import re
from collections.abc import Collection
from operator import is_
from typing import Any

import requests
from requests.structures import CaseInsensitiveDict
from urllib3.util import SKIP_HEADER

#: Methods of which urllib3 says no length where there is no body.
_BODILESS = frozenset(("GET", "HEAD", "DELETE", "OPTIONS"))
_METHODS = _BODILESS | {"POST", "PUT", "PATCH"}

# What urllib3 leaves as it is; not two slashes first, of which versions of requests make different things.
_TARGET = re.compile(r"/(?!/)[\w.~!$&'()*+,;=:@/-]*(?:\?[\w.~!$&'()*+,;=:@/?-]+)?", re.ASCII)
_ENCODED = re.compile(r"%[0-9A-F]{2}")
_NAME = re.compile(r"[!#$%&'*+.^`|~\w-]+", re.ASCII)
_HOST = re.compile(r"[\w.-]+", re.ASCII)

#: Bytes of a body that is cheaper copied than sent by itself.
_ONE_PIECE = 16384

#: Names of headers that are legal. Programs use few, but may make up any number.
_legal: set[str] = set()
_MOST_LEGAL = 1024


def host_line(host: str, port: int, default_port: int) -> str | None:
    """The line that http.client adds to a request without a `Host`; None: only http.client knows."""
    host = host.rstrip(".")
    if not _HOST.fullmatch(host):
        return None
    return f"Host: {host}\r\n" if port == default_port else f"Host: {host}:{port}\r\n"


def is_plain(target: str) -> bool:
    """Whether urllib3 sends this path and query as it is."""
    if "%" in target:
        target = _ENCODED.sub("-", target)
    return _TARGET.fullmatch(target) is not None


class Lines:
    """The lines of headers; those of one request are mostly those of the one before.

    Threading: any thread may ask.
    """

    __slots__ = ("_last",)

    def __init__(self) -> None:
        # Replaced as a whole.
        self._last: tuple[Collection[Any], str | None] = (), ""

    def of(self, fields: Collection[Any]) -> str | None:
        """The lines of names and values; None: these are not plain."""
        known, text = self._last
        # By identity: what is equal may still be of another kind.
        if len(known) != len(fields) or not all(map(is_, fields, known)):
            text = _lines(fields)
            self._last = tuple(fields), text
        return text


def outgoing(
    request: requests.PreparedRequest, target: str, host: str | None, known: Lines
) -> tuple[bytes, ...] | None:
    """What goes over the wire for a request, in one piece or two; None: whatever stock code sends.

    Args:
        request: the request.
        target: its path and query, plain.
        host: the line for a request without a `Host`.
        known: the lines of the headers of requests that go the same way.
    """
    headers, method = request.headers, request.method
    if type(headers) is not CaseInsensitiveDict or method not in _METHODS:
        return None
    store = headers._store
    body = _body(request.body)
    is_framed = "content-length" in store or (request.body is None and method in _BODILESS)
    if body is None or not is_framed or "transfer-encoding" in store or "user-agent" not in store:
        return None
    first = "" if "host" in store else host
    lines = known.of(store.values())
    if lines is None or first is None:
        return None
    coding = "" if "accept-encoding" in store else "Accept-Encoding: identity\r\n"
    return _pieces(f"{method} {target} HTTP/1.1\r\n{first}{coding}{lines}\r\n", body)


def _pieces(head: str, body: bytes) -> tuple[bytes, ...] | None:
    try:
        first = head.encode("latin-1")
    except UnicodeEncodeError:
        return None
    if not body:
        return (first,)
    return (first + body,) if len(body) <= _ONE_PIECE else (first, body)


def _lines(fields: Collection[tuple[object, object]]) -> str | None:
    lines = []
    for name, value in fields:
        if type(value) is not str or (name not in _legal and not _is_legal(name)):
            return None
        lines.append(f"{name}: {value}\r\n")
    text = "".join(lines)
    # Those that were put there, and no other.
    count = len(lines)
    if text.count("\r") != count or text.count("\n") != count or SKIP_HEADER in text:
        return None
    return text


def _is_legal(name: object) -> bool:
    if type(name) is not str or not _NAME.fullmatch(name):
        return False
    if len(_legal) >= _MOST_LEGAL:
        _legal.clear()
    _legal.add(name)
    return True


def _body(body: object) -> bytes | None:
    if body is None:
        return b""
    if type(body) is bytes:
        return body
    if type(body) is str:
        try:
            return body.encode()
        except UnicodeEncodeError:
            return None
    return None
