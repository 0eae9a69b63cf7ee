"""From the words of the command line to what they mean; what cannot be is wrong usage, exit code 2."""

from __future__ import annotations

import math
import re
import sys
from argparse import ArgumentTypeError
from pathlib import Path
from urllib.parse import urlsplit

from ..lb.providers.hostport import required_host_port, split_host_port
from ..lb.providers.iprovider import IProvider
from ..lb.providers.targets.target import provider_of
from ..registration import Registry, registry_of
from ..session import Session
from ..utils import Host
from ..utils.instance import checked_host

MINIMUM_SHOW = 5.0  # seconds
#: What can stand in a header: of RFC 9110, section 5, but for characters that nobody types.
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


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
    if text.startswith("//"):
        raise ArgumentTypeError(f"a path starts with one '/': '/{text.lstrip('/')}' perhaps?")
    return text


def header(text: str) -> tuple[str, str]:
    """A request header."""
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise ArgumentTypeError(f"a header is written 'Name: value', not {text!r}")
    name, value = name.strip(), value.strip()
    if not _HEADER.fullmatch(name):
        raise ArgumentTypeError("a header's name has letters, digits and '-', as in 'X-Time'")
    # Not repeated: it may be a token.
    if not _VALUE.fullmatch(value):
        raise ArgumentTypeError(f"the value of {name} is one line of characters of Latin-1")
    return name, value


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


def pause(text: str) -> float:
    """A length of time that may be none."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise ArgumentTypeError(f"seconds are a number from 0 up, not {text!r}")
    return value


def registry(text: str) -> Registry:
    """Where a service is registered."""
    try:
        return registry_of(text)
    except (ValueError, ImportError) as error:
        raise ArgumentTypeError(str(error)) from None


def host(text: str) -> tuple[str | None, Host]:
    """Where a service is reached: how it is spoken to, if that is said, and its address and port."""
    scheme, separator, rest = text.rpartition("://")
    if separator and scheme not in ("http", "https"):
        raise ArgumentTypeError(f"a host is HOST:PORT or https://HOST:PORT, not {text!r}")
    try:
        return scheme or None, checked_host(Host(*required_host_port(rest)))
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None


def check_url(text: str) -> str:
    """A URL that a service answers."""
    scheme, separator, _ = text.partition("://")
    form = "a check is a URL such as http://127.0.0.1:8080/health"
    if not separator or scheme not in ("http", "https"):
        raise ArgumentTypeError(f"{form}, not {text!r}")
    try:
        where = urlsplit(text).netloc
        if "@" in where:  # not repeated: it is shown in lines and registries
            raise ArgumentTypeError(f"{form}, without a user name or password")
        address, port = split_host_port(where)
        checked_host(Host(address, port or 80))
    except ValueError as error:
        raise ArgumentTypeError(f"{form}: {error}") from None
    return text


def show_seconds(text: str) -> float:
    """The length of the demo: short ones leave its circuits no time to open."""
    if (value := seconds(text)) < MINIMUM_SHOW:
        raise ArgumentTypeError(f"the demo takes at least {MINIMUM_SHOW:g} seconds, not {text}")
    return value
