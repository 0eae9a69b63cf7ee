"""Where a registry is, as people write it."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from ....utils.host import Host
from ....utils.instance import checked_host, netloc
from ..hostport import split_host_port


def base_of(text: str, port: int, path: str = "") -> str:
    """The address as the beginning of a URL.

    Args:
        text: `"host:port"` (http), or `"https://host:port/base"`.
        port: of an address that has none.
        path: of an address that has none.

    Raises:
        ValueError: for what is none.
    """
    if "://" not in text:
        text = f"http://{text}"
    parts = urlsplit(text)
    if (
        "@" in text  # wherever: a password may have a slash
        or parts.query
        or parts.fragment
        or parts.scheme not in ("http", "https")
    ):
        # Not repeated: it may hold a password.
        raise ValueError("an address is 'host:port', or 'https://host:port', and has nothing else")
    address, given = split_host_port(parts.netloc)
    where = netloc(checked_host(Host(address, int(given or port))))
    return f"{parts.scheme}://{where}{parts.path.rstrip('/') or path}"


def is_of_this_machine(base: str) -> bool:
    """Whether the address is one of the machine's own: a loopback address, or `localhost`."""
    name = urlsplit(base).hostname or ""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"
