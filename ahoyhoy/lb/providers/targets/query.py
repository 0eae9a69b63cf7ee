"""The query of a URL of a registry: `?tag=v2&token_env=USERS_TOKEN`."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import unquote

from ..cached import seconds

_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")
_YES_OR_NO = {"1": True, "true": True, "0": False, "false": False}
#: What must not stand in a URL, and what to write instead.
_SECRETS = {"token": "token_env", "password": "password_env"}

#: From a name and its value to the argument, or a ValueError.
Reading: TypeAlias = Callable[[str, str], Any]
#: By name in the query: which argument it is, and how it is read.
Known: TypeAlias = "Mapping[str, tuple[str, Reading]]"


class NotThereError(ValueError):
    """The URL is right, but a variable or file that it names is not there, or not what it must be."""


def text(_: str, value: str) -> str:
    """The value as it is."""
    return value


def flag(name: str, value: str) -> bool:
    """Yes or no."""
    if value.lower() not in _YES_OR_NO:
        raise ValueError(f"{name}= in the query is 1, true, 0 or false, not {value!r}")
    return _YES_OR_NO[value.lower()]


def duration(name: str, value: str) -> float:
    """Seconds."""
    try:
        return seconds(name, float(value))
    except ValueError:
        raise ValueError(f"{name}= in the query is seconds above 0, not {value!r}") from None


def grace(name: str, value: str) -> float:
    """Seconds, from none to for ever."""
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not number >= 0:
        raise ValueError(f"{name}= in the query is seconds from 0 up, not {value!r}")
    return number


def variable(name: str, value: str) -> str:
    """What the environment variable holds: a secret, which is not repeated."""
    if os.environ.get(value):
        return os.environ[value]
    if not _VARIABLE.fullmatch(value):  # perhaps the secret itself
        raise ValueError(f"{name}= in the query takes the name of an environment variable")
    raise NotThereError(
        f"{name}={value} in the query: the environment variable is not set, or empty"
    )


def file(name: str, value: str) -> str:
    """The path of a file or folder that is there."""
    if not Path(value).exists():
        raise NotThereError(f"{name}={value} in the query: there is no such file")
    return value


def read_query(query: str, known: Known) -> dict[str, Any]:
    """The arguments that a query stands for.

    Args:
        query: what follows the question mark.
        known: what may stand there.

    Raises:
        ValueError: for a name that is not known or comes twice, and a value that cannot be. The
            value of a name that is not known is not repeated: it may be a secret.
    """
    found: dict[str, Any] = {}
    for field in query.split("&") if query else ():
        name, equals, value = field.partition("=")
        if name not in known:
            raise ValueError(_unknown(name if equals else "", known))
        argument, reading = known[name]
        if argument in found:
            raise ValueError(f"{name}= in the query says again what was said before it")
        if not value:
            raise ValueError(f"{name}= in the query has no value")
        found[argument] = reading(name, unquoted(f"{name}= in the query", value))
    return found


def unquoted(where: str, value: str) -> str:
    """The text with its %XX forms read.

    Raises:
        ValueError: for a `%` that begins none, and for what is no UTF-8.
    """
    if _ESCAPE.search(value):
        raise ValueError(f"{where}: a % is written %25")
    try:
        return unquote(value, errors="strict")
    except UnicodeDecodeError:
        raise ValueError(f"{where} is no UTF-8 in %XX form") from None


def _unknown(name: str, known: Known) -> str:
    instead = _SECRETS.get(name)
    if instead in known:
        return (
            f"{name}= in the query: a secret does not stand in a URL: name an environment variable"
            f" that holds it, {instead}=NAME"
        )
    names = ", ".join(sorted(known))
    if not re.fullmatch(r"[a-z_]{1,30}", name):  # perhaps a value with an & in it
        return f"the query is name=value, between & signs, with the names {names}"
    near = get_close_matches(name, known, 1)
    meant = f" ({near[0]}= perhaps?)" if near else ""
    return f"{name}= in the query is not known{meant}; there are {names}"
