"""What the next request will need anyway, made while nobody can do anything but wait for an answer."""

from __future__ import annotations

from requests import PreparedRequest
from requests.cookies import RequestsCookieJar
from requests.structures import CaseInsensitiveDict

#: As many as threads of a busy program take before one of them waits again.
_MOST = 8

# Without a lock: appending and popping are one step each.
_requests: list[PreparedRequest] = []


def provide_request() -> None:
    """Have one more request at hand, unless there are enough."""
    if len(_requests) < _MOST:
        _requests.append(_blank_request())


def blank_request() -> PreparedRequest:
    """A request with nothing in it, for its taker alone: without headers, with an empty jar."""
    try:
        return _requests.pop()
    except IndexError:
        return _blank_request()


def _blank_request() -> PreparedRequest:
    request = PreparedRequest()
    request.headers = CaseInsensitiveDict.__new__(CaseInsensitiveDict)
    request._cookies = RequestsCookieJar()
    return request
