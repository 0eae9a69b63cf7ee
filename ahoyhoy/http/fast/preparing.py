"""Requests made ready to be sent, equal to what `Session.prepare_request` makes of the same.

What a session's requests share (its headers) is made once for as long as it stays the same. What is
plain (nearly every URL and header) is checked to be so, and used as it is. Bodies, parameters and
URLs that are not plain go through requests' own functions.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from operator import is_
from typing import Any, NamedTuple
from urllib.parse import urlparse

import requests
import requests.models
from requests import PreparedRequest
from requests.exceptions import InvalidJSONError
from requests.hooks import default_hooks
from requests.structures import CaseInsensitiveDict

from .spare import blank_request

_models: Any = requests.models

#: Whether requests makes its objects of what is known here.
IS_KNOWN = (
    vars(PreparedRequest()).keys()
    == {"method", "url", "headers", "_cookies", "body", "hooks", "_body_position"}
    and vars(CaseInsensitiveDict()) == {"_store": OrderedDict()}
    and type(CaseInsensitiveDict()._store) is OrderedDict
    and default_hooks() == {"response": []}
)

#: Exactly these, since what derives from them may do all in a way of its own.
_PARAMS = _BODIES = frozenset((type(None), dict, list, tuple, str, bytes))
_HEADERS = frozenset((type(None), dict, CaseInsensitiveDict))
_NUMBERS = frozenset((int, float, bool))

#: An origin, a path and a query that requests leaves as they are, if it leaves the origin.
_PLAIN_URL = re.compile(
    r"(https?://(?:[a-z0-9_][a-z0-9._-]*|\[[0-9a-f:.]+\])(?::[0-9]+)?)"
    r"/[\w.~!$&'()*+,;=:@/-]*(\?[\w.~!$&'()*+,;=:@/?-]+)?",
    re.ASCII,
)
_PLAIN_NAME = re.compile(r"[!-9;-~]+")
_PLAIN_VALUE = re.compile(r"(?:[!-~][ -~]*)?")

#: Origins that requests leaves as they are; cleared when full, since there may be any number.
_origins: set[str] = set()
_MAX_ORIGINS = 4096

_Store = OrderedDict[str, tuple[str, Any]]


class Shared(NamedTuple):
    """What the requests of a session have in common: headers.

    Args:
        values: the session's headers, as they were.
        merged: the same, to be merged with those of a request.
        alone: those of a request that brings none; the same object, if they do not differ.
    """

    values: tuple[tuple[str, Any], ...]
    merged: _Store
    alone: _Store


def shared_by(headers: Any, known: Shared | None) -> Shared | None:
    """What the requests of a session with such headers share; None: these are not plain.

    Args:
        headers: the session's.
        known: what was shared before; the same again, as long as the headers are the same.
    """
    if type(headers) is not CaseInsensitiveDict or type(headers._store) is not OrderedDict:
        return None
    store: Any = headers._store
    # By identity: what is equal may still be of another kind.
    if (
        known is not None
        and len(store) == len(known.values)
        and all(map(is_, store.values(), known.values))
    ):
        return known
    merged: _Store = store.copy()
    values = tuple(merged.values())
    if not all(_may_be_header(name, value) for name, value in values):
        return None
    alone = merged
    if any(value is None for _, value in values):
        alone = _without_none(merged.copy())
    return Shared(values, merged, alone)


def _may_be_header(name: Any, value: Any) -> bool:
    """Whether a header is one that requests has no objection to; None as a value removes it."""
    return (
        type(name) is str
        and _PLAIN_NAME.fullmatch(name) is not None
        and (value is None or type(value) is str)
        and (value is None or _PLAIN_VALUE.fullmatch(value) is not None)
    )


def _without_none(store: _Store) -> _Store:
    for key in [key for key, (_, value) in store.items() if value is None]:
        del store[key]
    return store


def prepared(
    shared: Shared, method: Any, url: Any, params: Any, data: Any, headers: Any, json: Any
) -> PreparedRequest | None:
    """A request that is ready to be sent, without auth and cookies; None: this is for requests.

    Args:
        shared: with the other requests of the session.
        method: as for `requests.Session.request`, and so the following.
        url: of the request.
        params: of the request.
        data: of the request.
        headers: of the request.
        json: of the request.

    Raises:
        What requests does, for the same.
    """
    if (
        type(method) is not str
        or type(url) is not str
        or not method.isascii()
        or type(params) not in _PARAMS
        or type(data) not in _BODIES
        or type(headers) not in _HEADERS
    ):
        return None
    store = _merged(shared, headers) if headers else shared.alone.copy()
    if store is None:
        return None
    request = blank_request()
    if not _set_url(request, url, params):
        return None
    request.method = method = method.upper()
    request.headers._store = store
    if data:
        _set_body(request, store, data)
    elif json is not None:
        _set_json(request, store, json)
    elif method not in ("GET", "HEAD") and "content-length" not in store:
        store["content-length"] = ("Content-Length", "0")
    return request


def _merged(shared: Shared, headers: Any) -> _Store | None:
    """The session's headers and those of a request; None: these are not plain."""
    store = shared.merged.copy()
    is_whole = shared.alone is shared.merged
    for name, value in headers.items():
        if not _may_be_header(name, value):
            return None
        store[name.lower()] = (name, value)
        is_whole = is_whole and value is not None
    return store if is_whole else _without_none(store)


def _set_url(request: PreparedRequest, url: str, params: Any) -> bool:
    """Give the request its URL, if it is of a kind that holds no user."""
    plain = _PLAIN_URL.fullmatch(url)
    if plain is None or "/." in url or not _is_kept(plain[1]):
        if "@" in url:  # perhaps with a user, who would be the request's auth
            return False
        request.prepare_url(url, params or {})
        urlparse(request.url)  # which raises ValueError, as it does where requests has it
        return True
    query = _form(params) if params else ""
    if query is None:
        request.prepare_url(url, params)
    elif query:
        request.url = f"{url}{'?' if plain[2] is None else '&'}{query}"
    else:
        request.url = url
    return True


def _is_kept(origin: str) -> bool:
    """Whether requests leaves an origin as it is."""
    if origin in _origins:
        return True
    request = PreparedRequest()
    try:
        request.prepare_url(f"{origin}/", {})
        urlparse(request.url)
    except ValueError:
        return False
    if request.url != f"{origin}/":
        return False
    if len(_origins) >= _MAX_ORIGINS:
        _origins.clear()
    _origins.add(origin)
    return True


def _form(fields: Any) -> str | None:
    """A dict of plain values as a form has it; None: requests is to make it."""
    if type(fields) is not dict:
        return None
    pairs: list[tuple[bytes, Any]] = []
    for name, value in fields.items():
        if type(name) is not str:
            return None
        if type(value) is str:
            pairs.append((name.encode(), value.encode()))
        elif type(value) in _NUMBERS:
            pairs.append((name.encode(), value))
        elif value is not None:
            return None
    form: str = _models.urlencode(pairs, doseq=True)
    return form


def _set_body(request: PreparedRequest, store: _Store, data: Any) -> None:
    is_form = type(data) is dict
    body = _form(data) if is_form else data
    if body is None or not isinstance(body, (str, bytes)):
        request.prepare_body(data, [])
        return
    length = len(body.encode() if isinstance(body, str) else body)
    if length:
        store["content-length"] = ("Content-Length", str(length))
    if is_form and "content-type" not in store:
        store["content-type"] = ("Content-Type", "application/x-www-form-urlencoded")
    request.body = body


def _set_json(request: PreparedRequest, store: _Store, json: Any) -> None:
    try:
        body = _models.complexjson.dumps(json, allow_nan=False)
    except ValueError as error:
        raise InvalidJSONError(error, request=request)  # noqa: B904 - as requests raises it
    if not isinstance(body, bytes):
        body = body.encode("utf-8")
    store["content-length"] = ("Content-Length", str(len(body)))
    if "content-type" not in store:
        store["content-type"] = ("Content-Type", "application/json")
    request.body = body
