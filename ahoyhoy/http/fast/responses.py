"""What a caller of requests gets for an answer: made from its fields as urllib3 and requests do."""

from __future__ import annotations

import functools
import http.client
import inspect
from collections import OrderedDict
from collections.abc import Generator
from datetime import timedelta
from typing import Any

import requests
from requests.cookies import RequestsCookieJar, extract_cookies_to_jar
from requests.structures import CaseInsensitiveDict
from requests.utils import get_encoding_from_headers
from urllib3 import HTTPHeaderDict, HTTPResponse

from .answers import Answer, Fields
from .whole import Store

_KNOWN = inspect.signature(HTTPResponse.__init__).parameters
# What some versions of urllib3 are told, or remember, besides.
_HAS_VERSION = "version_string" in _KNOWN
_COUNTS_READS = "_uncached_read_occurred" in vars(HTTPResponse(preload_content=False))
_HAS_SHUTDOWN = "sock_shutdown" in _KNOWN


#: A response as its constructor leaves it.
_BLANK = vars(requests.Response())
_OWN = ("headers", "history", "cookies", "elapsed")


def _is_known(blank: dict[str, Any]) -> bool:
    """Whether a response has nothing for itself but what is known."""
    kinds = tuple(type(blank.get(name)) for name in _OWN)
    others = [value for name, value in blank.items() if name not in _OWN]
    shared = all(value is None or value is False for value in others)
    return shared and kinds == (CaseInsensitiveDict, list, RequestsCookieJar, timedelta)


def _understood() -> bool:
    """Whether requests, urllib3 and http.client keep what is filled in here where it is known to be."""
    headers = HTTPHeaderDict([("A", "b"), ("a", "c")])
    connection = vars(http.client.HTTPConnection("a"))
    return (
        _is_known(_BLANK)
        and vars(headers) == {"_container": {"a": ["A", "b", "c"]}}
        and vars(CaseInsensitiveDict(A="b")) == {"_store": OrderedDict(a=("A", "b"))}
        and connection.get("_HTTPConnection__state") == "Idle"
        and connection.get("_HTTPConnection__response", "") is None
    )


#: In a version where this is not so, all goes the stock way.
UNDERSTOOD = _understood()


class QuickResponse(HTTPResponse):
    """A urllib3 answer that gives a short body in one piece; once it is asked for it, a stock one."""

    def stream(
        self, amt: int | None = 2**16, decode_content: bool | None = None
    ) -> Generator[bytes, None, None]:
        """The body in pieces."""
        self.__class__ = HTTPResponse  # type: ignore[assignment]
        left = self.length_remaining
        # Where it is not to be decoded, urllib3 gives what came before an early end.
        plain = decode_content and _is_plain(self)
        if not plain or not amt or left is None or left >= amt:
            yield from self.stream(amt, decode_content)
            return
        self._init_decoder()
        piece = _read(self, left, amt)
        if _COUNTS_READS:
            self._uncached_read_occurred = True
        self._original_response.close()  # type: ignore[union-attr]
        if piece:
            yield piece


def _is_plain(raw: HTTPResponse) -> bool:
    """Whether the body is unread, may still be read, and comes as it is."""
    unread = not (raw._fp_bytes_read or raw.closed)
    return unread and not (raw.chunked or "content-encoding" in raw.headers)


def _read(raw: HTTPResponse, left: int, amt: int) -> bytes:
    """The whole body, of fewer bytes than `amt`."""
    answer: Any = raw._original_response
    if left == answer.length and left <= answer.arrived:
        # No wait, hence no error.
        body: bytes = answer.read(left or amt)
        raw._fp_bytes_read = left
        raw.length_remaining = 0
        raw.release_conn()
        return body
    # In urllib3's own way, hence with its errors.
    body = raw._raw_read(amt)
    if raw.length_remaining:
        raw._decoded_buffer.put(body)  # what is left there makes it an error to ask again, too
        raw._raw_read(amt)  # finds that the end came too early
    return body


def raw_response(
    answer: Answer, fields: Fields, sock: Any, *, into: Any = None, **settings: Any
) -> HTTPResponse:
    """The urllib3 answer.

    Args:
        answer: of http.client.
        fields: of its head.
        sock: from which it is read.
        into: what is to become the answer; default a new object.
        settings: more that urllib3's class takes.
    """
    headers = HTTPHeaderDict()
    headers._container = fields
    if _HAS_SHUTDOWN:
        settings["sock_shutdown"] = sock.shutdown
    if _HAS_VERSION:
        settings["version_string"] = "HTTP/1.1"
    raw: Any = QuickResponse.__new__(QuickResponse) if into is None else into
    raw.__class__ = QuickResponse
    QuickResponse.__init__(
        raw,
        body=answer,
        headers=headers,
        status=answer.status,
        version=answer.version,
        reason=answer.reason,
        preload_content=False,
        decode_content=False,
        original_response=answer,
        **settings,
    )
    response: HTTPResponse = raw
    return response


@functools.lru_cache(maxsize=256)
def _encoding_in(content_type: str) -> str | None:
    return get_encoding_from_headers(CaseInsensitiveDict({"content-type": content_type}))


def blank_response(adapter: Any, request: requests.PreparedRequest) -> requests.Response:
    """What `HTTPAdapter.build_response` gives, before anything is known of the answer."""
    response: requests.Response = object.__new__(requests.Response)
    state = vars(response)
    state.update(_BLANK)
    # What a response has for itself.
    state["headers"] = CaseInsensitiveDict.__new__(CaseInsensitiveDict)
    state["history"] = []
    state["cookies"] = RequestsCookieJar()
    response.url = request.url  # type: ignore[assignment]
    response.request = request
    response.connection = adapter
    return response


def stored(fields: Fields) -> Store:
    """What a response's headers keep the fields of an answer in."""
    return OrderedDict((key, (name, ", ".join(values))) for key, (name, *values) in fields.items())


def fill(
    response: requests.Response, raw: HTTPResponse, store: Store, status: int, reason: str
) -> None:
    """Give a blank response what the answer says.

    Args:
        response: the blank one.
        raw: of urllib3.
        store: what the response's headers keep their items in.
        status: of the answer.
        reason: beside it.
    """
    response.status_code = status
    response.headers._store = store
    if "content-type" in store:
        response.encoding = _encoding_in(store["content-type"][1])
    response.raw = raw
    response.reason = reason
    if "set-cookie" in store or "set-cookie2" in store:
        extract_cookies_to_jar(response.cookies, response.request, raw)
