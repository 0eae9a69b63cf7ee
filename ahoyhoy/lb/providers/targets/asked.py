"""The URL of a registry, taken apart: the same for taking hosts from it as for registering there."""

from __future__ import annotations

from typing import Any, NamedTuple

from ....utils.host import Host
from ....utils.instance import checked_host
from ..hostport import split_host_port
from .query import Known, read_query, text, unquoted, variable
from .tls import settle

#: Who asks.
TOKEN: Known = {"token_env": ("token", variable)}
USER: Known = {"user": ("user", text), "password_env": ("password", variable)}


class Asked(NamedTuple):
    """A registry's addresses, what is asked for (after the first `/`), and the query."""

    addresses: list[str]
    path: str
    options: dict[str, Any]

    def take(self, name: str, default: Any = None) -> Any:
        """An option for which the registry has no argument of that name."""
        return self.options.pop(name, default)

    def over_http(self, base: str = "") -> dict[str, Any]:
        """The arguments of a registry that is spoken to over HTTP.

        Args:
            base: the path of its addresses, if that is not the usual one.
        """
        scheme = "https" if self.take("tls", default=False) else "http"
        if not self.addresses and scheme == "http" and not base:
            return self.options
        addresses = self.addresses or ["127.0.0.1"]
        return {"address": [f"{scheme}://{a}{base}" for a in addresses], **self.options}

    def over_tcp(self) -> dict[str, Any]:
        """The arguments of a registry that has a protocol of its own."""
        return {**({"address": self.addresses} if self.addresses else {}), **self.options}


def asked_of(rest: str, known: Known, *, tls: bool = False) -> Asked:
    """What a URL says.

    Args:
        rest: what follows `://`.
        known: what may stand in the query.
        tls: whether the scheme says that TLS is spoken to the registry.

    Raises:
        ValueError: for what cannot be; says which part is wrong.
    """
    before, _, query = rest.partition("?")
    authority, _, path = before.partition("/")
    options = read_query(query, known)
    if "user" in options and "password" not in options:
        raise ValueError("user= in the query goes with password_env=")
    settle(options, known, tls=tls)
    addresses = [_address(part) for part in authority.split(",")] if authority else []
    return Asked(addresses, unquoted("the part after the address", path), options)


def _address(part: str) -> str:
    """The address as it was written, once it is known to be one."""
    address, port = split_host_port(part)
    checked_host(Host(address, port or 1))
    return part
