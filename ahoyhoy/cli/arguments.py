"""From the words of the command line to what they mean; what cannot be is wrong usage, exit code 2."""

from __future__ import annotations

import math
import sys
from argparse import ArgumentTypeError
from pathlib import Path

from ..lb.providers.iprovider import IProvider
from ..lb.providers.targets.target import provider_of
from ..session import Session

MINIMUM_SHOW = 5.0  # seconds


def target(text: str) -> IProvider:
    """Where the hosts come from."""
    return provider_of(target_text(text))


def service(text: str) -> Session:
    """A session with the service of a target."""
    try:
        return Session(text)
    except (ValueError, ImportError) as error:
        raise ArgumentTypeError(str(error)) from None


def target_text(text: str) -> str:
    """The target itself, once it is known to be one."""
    service(text).close()
    return text


def path(text: str) -> str:
    """The path of a URL, with its query."""
    if not text.startswith("/"):
        raise ArgumentTypeError(f"a path starts with '/': '/{text}' perhaps? Hosts go into TARGET")
    return text


def header(text: str) -> tuple[str, str]:
    """A request header."""
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise ArgumentTypeError(f"a header is written 'Name: value', not {text!r}")
    return name.strip(), value.strip()


def body(text: str) -> bytes:
    """A body as it stands, or a file's content after `@`, or stdin's for `@-`."""
    if not text.startswith("@"):
        return text.encode()
    if text == "@-":
        return sys.stdin.buffer.read()
    try:
        return Path(text[1:]).read_bytes()
    except OSError as error:
        raise ArgumentTypeError(f"cannot read {text[1:]!r}: {error.strerror}") from None


def seconds(text: str) -> float:
    """A length of time."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise ArgumentTypeError(f"seconds are a number above 0, not {text!r}")
    return value


def show_seconds(text: str) -> float:
    """The length of the demo: short ones leave its circuits no time to open."""
    if (value := seconds(text)) < MINIMUM_SHOW:
        raise ArgumentTypeError(f"the demo takes at least {MINIMUM_SHOW:g} seconds, not {text}")
    return value
