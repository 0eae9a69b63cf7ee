"""Keeps secrets out of messages: query strings and credentials in URLs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def without_query(url: str) -> str:
    """The URL without query, fragment, user and password."""
    bare = url.partition("?")[0].partition("#")[0]
    scheme, separator, rest = bare.partition("://")
    if not separator:
        return bare
    netloc, slash, path = rest.partition("/")
    return f"{scheme}://{netloc.rpartition('@')[2]}{slash}{path}"


def redact(error: BaseException, url: object = None) -> None:
    """Take query strings and credentials out of an error's text and of every error inside it.

    urllib3 and requests put the whole URL into theirs; a traceback would print it.

    Args:
        error: its `request` tells the URL that was sent.
        url: the URL that was asked for; an invalid one never becomes a request.
    """
    request = getattr(error, "request", None)
    urls = (getattr(request, "url", None), url)
    found = {secret for u in urls if isinstance(u, str) for secret in _secrets(u)}
    secrets = sorted(found, key=len, reverse=True)  # the longer one contains the shorter
    for inner in _all_errors(error) if secrets else ():
        for secret in secrets:
            inner.args = tuple(_cut(arg, secret) for arg in inner.args)


def _secrets(url: str) -> Iterator[str]:
    # Not urlsplit: what brought us here may be that it cannot be split.
    before, mark, query = url.partition("?")
    for secret in {query, query.partition("#")[0]} - {""}:
        yield mark + secret
    netloc = before.partition("://")[2].partition("/")[0]
    credentials, mark, _ = netloc.rpartition("@")
    if credentials:
        yield credentials + mark


def _cut(arg: Any, secret: str) -> Any:
    return arg.replace(secret, "") if isinstance(arg, str) else arg


def _all_errors(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    todo: list[Any] = [error]
    while todo:
        item = todo.pop()
        if not isinstance(item, BaseException) or id(item) in seen:
            continue
        seen.add(id(item))
        yield item
        todo += [*item.args, item.__cause__, item.__context__, getattr(item, "reason", None)]
