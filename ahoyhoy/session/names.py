"""Origins of URLs, and the names of services that own them."""

from __future__ import annotations

import functools
import ipaddress
import re
from typing import NamedTuple

from ..lb.providers.hostport import split_host_port

#: The host in the URLs of a service without a name.
NAMELESS = "service.ahoyhoy"

_URL = re.compile(r"(https?)://([^/?#\\]*)(.*)", re.IGNORECASE | re.DOTALL)
_PORTS = {"http": 80, "https": 443}
_NAME = re.compile(r"[a-z0-9._-]+|\[[0-9a-f:.]+\]")


class Origin(NamedTuple):
    """Where a URL goes: scheme, host (lower case, IPv6 in brackets) and port."""

    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """As a `Host` header has it: without a port that is the scheme's own."""
        return self.host if self.port == _PORTS[self.scheme] else f"{self.host}:{self.port}"

    @property
    def prefixes(self) -> tuple[str, ...]:
        """How URLs of this origin begin; the shortest first."""
        return _prefixes_of(self)

    @property
    def server(self) -> str:
        """The host as TLS knows it."""
        return self.host.strip("[]")


@functools.lru_cache(maxsize=1024)
def _prefixes_of(origin: Origin) -> tuple[str, ...]:
    plain = f"{origin.scheme}://{origin.authority}/"
    if origin.authority == origin.host:
        return plain, f"{origin.scheme}://{origin.host}:{origin.port}/"
    return (plain,)


class Place(NamedTuple):
    """A URL taken apart: its origin, and what comes after."""

    origin: Origin
    rest: str

    @property
    def url(self) -> str:
        """The URL again, without user and password."""
        rest = self.rest if self.rest.startswith("/") else f"/{self.rest}"
        return f"{self.origin.scheme}://{self.origin.authority}{rest}"


@functools.lru_cache(maxsize=256)
def place_of(url: str) -> Place | None:
    """The parts of an `http://` or `https://` URL; None for any other text."""
    match = _URL.match(url)
    if match is None:
        return None
    scheme, authority, rest = match.groups()
    origin = _origin(scheme.lower(), authority.rpartition("@")[2].lower())
    return None if origin is None else Place(origin, rest)


@functools.lru_cache(maxsize=1024)
def _origin(scheme: str, authority: str) -> Origin | None:
    try:
        host, port = split_host_port(authority.removesuffix(":"))
    except ValueError:
        return None
    return Origin(scheme, _bracketed(host), int(port) if port else _PORTS[scheme])


def _bracketed(host: str) -> str:
    if ":" not in host:
        return host
    try:
        return f"[{ipaddress.IPv6Address(host)}]"
    except ValueError:
        return f"[{host}]"


def origins_of(name: str) -> tuple[Origin, Origin]:
    """The origins that a service owns: of the name's port, or of both schemes' own ports.

    Raises:
        ValueError: for what cannot stand between `//` and the path of a URL.
        TypeError: when it is no string.
    """
    wanted = "a service's name is as in a URL, for example 'users' or 'orders.test:8080'"
    if not isinstance(name, str):
        raise TypeError(f"{wanted}; not {name!r}")
    try:
        host, port = split_host_port(name.lower())
    except ValueError as error:
        raise ValueError(f"{wanted}: {error}") from None
    host = _bracketed(host)
    if not _NAME.fullmatch(host):
        raise ValueError(f"{wanted} (ASCII; xn--… for others); not {name!r}")
    http, https = (Origin(s, host, int(port) if port else _PORTS[s]) for s in ("http", "https"))
    return http, https
