"""What a forked child does with connections it inherited: the parent still uses them."""

from __future__ import annotations

from typing import Any

from requests.adapters import HTTPAdapter

#: Pools of the parent. Letting go of one would take locks that a lost thread may hold for ever.
_inherited: list[Any] = []


def drop_connections(adapter: HTTPAdapter) -> None:
    """Have the adapter start with new pools; the sockets it inherited are closed on this side."""
    managers = [adapter.poolmanager, *adapter.proxy_manager.values()]
    _inherited.extend(managers)
    adapter.__setstate__(adapter.__getstate__())
    for manager in managers:
        # urllib3's own way to close would wait for its locks.
        for pool in list(getattr(manager.pools, "_container", {}).values()):
            for connection in list(getattr(pool.pool, "queue", ())):
                if connection is not None and connection.sock is not None:
                    connection.sock.close()
