"""Headers and cookies of a Django request, to send along with calls made for it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

#: CGI's own names, which Django leaves as they are (PEP 3333).
_WSGI_NAMES = frozenset(
    {
        "CONTENT_LENGTH", "CONTENT_TYPE", "PATH_INFO", "QUERY_STRING", "REMOTE_ADDR", "REMOTE_HOST",
        "REMOTE_USER", "REQUEST_METHOD", "SCRIPT_NAME", "SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL",
    }
)  # fmt: skip


def get_headers(request: Any, headers_names_lst: Iterable[str]) -> dict[str, str]:
    """The named headers of a Django `HttpRequest`, those that it has and that are not empty.

    Args:
        request: the request; its `META` is read.
        headers_names_lst: names as in HTTP (`"X-Request-Id"`).
    """
    found = ((name, request.META.get(_meta_name(name))) for name in headers_names_lst)
    return {name: value for name, value in found if value}


def get_cookies(request: Any, cookies_names_lst: Iterable[str]) -> dict[str, str]:
    """The named cookies of a Django `HttpRequest`, those that it has and that are not empty.

    Args:
        request: the request; its `COOKIES` is read.
        cookies_names_lst: the cookies' names.
    """
    found = ((name, request.COOKIES.get(name)) for name in cookies_names_lst)
    return {name: value for name, value in found if value}


def _meta_name(header: str) -> str:
    name = header.upper().replace("-", "_")
    return name if name in _WSGI_NAMES else f"HTTP_{name}"
