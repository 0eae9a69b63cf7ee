"""What discovery knows of one host besides its address and port."""

from __future__ import annotations

import ipaddress
import math
import re
from dataclasses import dataclass

from ..exceptions import InvalidHostError
from .host import Host

_SCHEMES = ("http", "https")
#: Labels of a name, or an IPv4 address. Underscores are no host name's, but container names have them.
_NAME = re.compile(r"[\w-]{1,63}(\.[\w-]{1,63})*\.?")
_AUTHORITY = re.compile(r"[A-Za-z0-9._-]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?")


@dataclass(frozen=True)
class Instance:
    """One running copy of a service: a `Host`, and how to speak to it.

    Args:
        host: a `Host` or any `(address, port)` tuple.
        scheme: `"http"` or `"https"`. Default: https on port 443, http elsewhere.
        weight: its share of the calls relative to others, for balancers that weigh. Default 1.
        zone: where it runs, for balancers that prefer near hosts.
        authority: the service's name (`"users.internal"`, with a port if that differs from the
            host's), used in the URL, hence for the `Host` header, cookies, SNI and certificate
            checks, while the connection goes to the host's address.
        path: a base path put before the path of every call (`"/api"`).
        priority: lower goes first; hosts of a higher number are used when none of the lower
            can be (as in SRV records, RFC 2782). Default 0.

    Raises:
        InvalidHostError: (a ValueError) for a host, scheme, weight, zone, authority, path or priority
            that cannot be used.
    """

    host: Host
    scheme: str | None = None
    weight: float = 1.0
    zone: str | None = None
    authority: str | None = None
    path: str = ""
    priority: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "host", checked_host(self.host))
        if self.scheme is not None and self.scheme not in _SCHEMES:
            raise InvalidHostError(
                f"scheme of {self.host} must be 'http' or 'https', not {self.scheme!r}"
            )
        if not _is_number(self.weight) or not (self.weight >= 0 and math.isfinite(self.weight)):
            raise InvalidHostError(
                f"weight of {self.host} must be a number from 0 up, not {self.weight!r}"
            )
        if self.zone is not None and not isinstance(self.zone, str):
            raise InvalidHostError(f"zone of {self.host} must be a string, not {self.zone!r}")
        if self.authority and not _AUTHORITY.fullmatch(self.authority):
            raise InvalidHostError(
                f"authority of {self.host} must be a name as in a URL (ASCII; xn--… for others),"
                f" perhaps with a port, not {self.authority!r}"
            )
        if isinstance(self.priority, bool) or not isinstance(self.priority, int):
            raise InvalidHostError(
                f"priority of {self.host} must be a whole number, not {self.priority!r}"
            )
        if self.path and (not self.path.startswith("/") or "?" in self.path or "#" in self.path):
            raise InvalidHostError(
                f"path of {self.host} must start with '/' and carry no query, not {self.path!r}"
            )
        object.__setattr__(self, "path", self.path.rstrip("/"))

    def __hash__(self) -> int:
        # The rest rarely tells two apart, and takes several times as long.
        return hash(self.host)

    @property
    def protocol(self) -> str:
        """`"http"` or `"https"`: the scheme, or what the port says."""
        return self.scheme or protocol_of(self.host.port)

    @property
    def netloc(self) -> str:
        """What stands between `//` and the path in this instance's URLs: name or address, and port."""
        if not self.authority:
            return netloc(self.host)
        if ":" in self.authority or self.host.port in (None, ""):
            return self.authority
        return f"{self.authority}:{self.host.port}"


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def protocol_of(port: object) -> str:
    """https for port 443, int or str; http for every other."""
    return "https" if str(port) == "443" else "http"


def netloc(host: Host) -> str:
    """`address:port` as a URL spells it: IPv6 in brackets, nothing after the address without a port."""
    address, port = host
    shown = f"[{address}]" if ":" in address and not address.startswith("[") else address
    return f"{shown}:{port}" if port not in (None, "") else shown


def as_instance(item: object) -> Instance:
    """An `Instance` of what a provider returned: an `Instance`, a `Host` or a plain pair.

    Raises:
        InvalidHostError: when the item is none of these, or its address or port cannot be.
    """
    return item if isinstance(item, Instance) else Instance(checked_host(item))


def checked_host(item: object) -> Host:
    """The `Host` of a pair, when its address and port can be used."""
    advice = "a host is Host(address, port), for example Host('10.0.0.1', 8080)"
    if not isinstance(item, tuple) or len(item) != 2:
        raise InvalidHostError(f"{item!r} is not a host: {advice}")
    address, port = item
    if not isinstance(address, str) or not address or any(c in address for c in "/@?#\\ \t\r\n"):
        raise InvalidHostError(f"{address!r} is not an address: {advice}")
    if ":" in address:
        _check_ipv6(address, advice)
    elif len(address) > 253 or not _NAME.fullmatch(address):
        raise InvalidHostError(f"{address!r} is not an address: {advice}")
    if port in (None, ""):  # 4.x: no port, the scheme's own
        return Host(address, port)
    if isinstance(port, bool) or not isinstance(port, (int, str)):
        raise InvalidHostError(f"{port!r} is not a port: {advice}")
    if not str(port).isascii() or not str(port).isdigit() or not 0 < int(port) < 65536:
        raise InvalidHostError(f"{port!r} is not a port from 1 to 65535: {advice}")
    return item if isinstance(item, Host) else Host(address, port)


def _check_ipv6(address: str, advice: str) -> None:
    try:
        # Without a zone (fe80::1%eth0): requests would look that up as a name.
        if ipaddress.IPv6Address(address.strip("[]")).scope_id is not None:
            raise ValueError
    except ValueError:
        raise InvalidHostError(
            f"{address!r} is not an address (a port goes into the second field): {advice}"
        ) from None
