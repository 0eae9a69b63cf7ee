"""Where a service listens: an address and a port."""

from __future__ import annotations

from typing import NamedTuple


class Host(NamedTuple):
    """An address (name or IP, IPv6 without brackets) and a port (int or str).

    Compares equal to a plain `(address, port)` tuple. Two fields for ever: whatever else is
    known of a host (scheme, weight, zone …) is in `Instance`. Nothing is checked here; a
    balancer checks a host when it picks it.
    """

    address: str
    port: int | str
