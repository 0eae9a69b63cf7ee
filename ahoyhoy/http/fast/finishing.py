"""What a session does with an answer: cookies, redirects and the body, as `Session.send` does it."""

from __future__ import annotations

import http.client
from contextlib import suppress
from typing import Any

import requests
import requests.sessions
from requests.cookies import RequestsCookieJar
from requests.models import REDIRECT_STATI

from .whole import WholeResponse, read_content

_sessions: Any = requests.sessions

#: Set-Cookie and Set-Cookie2, by their lengths: names of other lengths need not be looked at.
_LENGTHS = (10, 11)
_COOKIES = ("set-cookie", "set-cookie2")


def finished(
    session: requests.Session,
    request: requests.PreparedRequest,
    hooks: dict[str, Any],
    response: requests.Response,
    allow_redirects: bool,
    options: dict[str, Any],
) -> requests.Response:
    """The response of the call, as `Session.send` makes it of the adapter's.

    Args:
        session: whose cookies these are, and which follows redirects.
        request: what was sent.
        hooks: of the request, before it was sent.
        response: the adapter's, with the time it took.
        allow_redirects: as for `Session.request`.
        options: what the adapter's `send` was given.
    """
    if hooks.get("response"):  # an adapter's own
        response = _sessions.dispatch_hook("response", hooks, response, **options)
    for earlier in response.history:
        _sessions.extract_cookies_to_jar(session.cookies, earlier.request, earlier.raw)
    if type(session.cookies) is not RequestsCookieJar or _may_set_cookies(response.raw):
        _sessions.extract_cookies_to_jar(session.cookies, request, response.raw)
    if may_be_redirect(response) and response.is_redirect:
        response = _redirected(session, request, response, allow_redirects, options)
    if not options["stream"]:
        read_content(response)
    return response


def may_be_redirect(response: requests.Response) -> bool:
    """Whether to ask; most answers say no by their status, and need not be searched for a Location."""
    return response.status_code in REDIRECT_STATI or type(response) is not requests.Response


def _may_set_cookies(raw: Any) -> bool:
    if type(raw) is WholeResponse:  # not one that sets any
        return False
    original = getattr(raw, "_original_response", None)
    if not original:
        return False
    message = original.msg
    if type(message) is not http.client.HTTPMessage:
        return True
    for name, _ in message._headers:  # type: ignore[attr-defined]  # noqa: SIM110 - faster
        if len(name) in _LENGTHS and name.lower() in _COOKIES:
            return True
    return False


def _redirected(
    session: requests.Session,
    request: requests.PreparedRequest,
    response: requests.Response,
    allow_redirects: bool,
    options: dict[str, Any],
) -> requests.Response:
    if not allow_redirects:
        with suppress(StopIteration):
            following: Any = session.resolve_redirects(
                response, request, yield_requests=True, **options
            )
            response._next = next(following)
        return response
    history = list(session.resolve_redirects(response, request, **options))
    if not history:
        return response
    history.insert(0, response)
    response = history.pop()
    response.history = history
    return response
