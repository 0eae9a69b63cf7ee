"""Schemes of targets that installed packages bring: the entry points of the group `ahoyhoy.providers`."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator
from importlib import metadata
from urllib.parse import unquote_plus

from ..iprovider import IProvider
from .schemes import SchemeError

GROUP = "ahoyhoy.providers"

#: A shorter secret may be a part of any word, so it is only looked for as a word.
_LONG = 6


def registered(scheme: str, url: str) -> IProvider | None:
    """What the package that registered the scheme makes of the URL; None if none did.

    Args:
        scheme: in lower case, without `http+` or `https+`.
        url: the whole target, as it was written.

    Raises:
        SchemeError: two packages claim the scheme, or the one that does cannot be imported,
            raises, or returns something else. Repeats nothing of the URL that may be secret.
    """
    found = metadata.entry_points(group=GROUP)
    claims = {
        (_package(point), point.value): point for point in found if point.name.lower() == scheme
    }
    if not claims:
        return None
    if len(claims) > 1:
        named = " and ".join(f"{package} ({value})" for package, value in sorted(claims))
        raise SchemeError(f"'{scheme}://' is claimed by {named}: only one may be installed")
    (((package, value), point),) = claims.items()
    whose = f"'{scheme}://' of the package {package} ({value})"
    try:
        provider = point.load()(url)
    except Exception as error:
        told = masked(f"{type(error).__name__}: {error}".removesuffix(": "), url)
        raise SchemeError(f"{whose}: {told}") from (error if _is_clean(error, url) else None)
    if not isinstance(provider, IProvider):
        raise SchemeError(f"{whose} returned {type(provider).__name__}, which is no IProvider")
    return provider


def _package(point: metadata.EntryPoint) -> str:
    return point.dist.name if point.dist else point.module


def _is_clean(error: Exception, url: str) -> bool:
    text = "".join(traceback.format_exception(error))
    return masked(text, url) == text


def masked(text: str, url: str) -> str:
    """The text without what may be secret in the URL."""
    for secret in sorted(_secrets(url), key=len, reverse=True):  # the longer contains the shorter
        pattern = re.escape(secret)
        text = re.sub(pattern if len(secret) >= _LONG else rf"(?<!\w){pattern}(?!\w)", "***", text)
    return text


def _secrets(url: str) -> set[str]:
    """User, password, the values in the query and the fragment, as written and decoded."""
    return {secret for part in _parts(url) for secret in (part, unquote_plus(part)) if secret}


def _parts(url: str) -> Iterator[str]:
    # Not urlsplit: what brought us here may be that it cannot be split.
    before, _, fragment = url.partition("://")[2].partition("#")
    before, _, query = before.partition("?")
    yield fragment
    yield from before.partition("/")[0].rpartition("@")[0].split(":", 1)
    for field in re.split("[&;]", query):
        yield field.partition("=")[2] or field
