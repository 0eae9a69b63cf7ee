"""Connections that a server closed while they were idle, kept from the caller.

urllib3 looks whether a pooled connection was dropped before it uses it. The server may still close
it in the moment after that look, so a request goes out on a connection that is gone. Whether the
server read it nobody knows. Two measures, both inside stock `send`:

* A request that may be sent twice is, on a fresh connection, when a *reused* one died before the
  first byte of an answer.
* A request that may not be sent twice does not go out on a connection idle for longer than
  `MAX_IDLE`: servers close idle connections after whole seconds, so one used just now is safe.
"""

from __future__ import annotations

import queue
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, poolmanager

from .._core import IDEMPOTENT_METHODS, Call
from .._fork import renew_after_fork
from .connection import POOL_CLASSES, IdleConnections, KeepAlivePool, KeepAliveTLSPool, under_way
from .fast.exchange import exchange
from .inheritance import drop_connections


class KeepAliveAdapter(HTTPAdapter):
    """The transport of the library's own sessions: stock `HTTPAdapter`, and the measures above.

    For a session of your own: `session.mount("http://", KeepAliveAdapter())`.

    Args:
        settings: as for `HTTPAdapter`.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        renew_after_fork(self)

    def _after_fork(self) -> None:
        drop_connections(self)

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        renew_after_fork(self)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools, of connections that know their age."""
        super().init_poolmanager(*args, **kwargs)
        equip(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **proxy_kwargs: Any) -> Any:
        """Make the pools behind a proxy likewise."""
        return equip(super().proxy_manager_for(proxy, **proxy_kwargs))

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> Any:
        """Send the request; once more for each stale connection in the pool, where that is safe."""
        return send_past_stale(self, super().send, request, *args, **kwargs)


def equip(pools: Any) -> Any:
    """Have an adapter's pools make connections of the library, if they are stock pools; the pools."""
    # Not isinstance: what else has this attribute (SOCKS) has pool classes of its own.
    stock = poolmanager.pool_classes_by_scheme
    if getattr(pools, "pool_classes_by_scheme", None) is stock:
        pools.pool_classes_by_scheme = POOL_CLASSES
        for key in pools.pools.keys():  # noqa: SIM118 - no dict: a copy, made with its lock
            _convert(pools.pools.get(key))
    return pools


def _convert(pool: Any) -> None:
    """Have a stock pool that other threads may be using make such connections too."""
    own = {HTTPConnectionPool: KeepAlivePool, HTTPSConnectionPool: KeepAliveTLSPool}
    if type(pool) not in own:
        return
    pool.__class__ = own[type(pool)]
    if type(pool.pool) is queue.LifoQueue:
        pool.pool.__class__ = IdleConnections
    # Not close(): whoever is about to take a connection would find no pool.
    idle = []
    with suppress(queue.Empty, AttributeError):  # empty; or closed meanwhile
        while True:
            idle.append(pool.pool.get_nowait())
    for connection in idle:
        if connection is not None:
            connection.close()
        with suppress(queue.Full, AttributeError):
            pool.pool.put_nowait(None)


def send_past_stale(
    adapter: HTTPAdapter,
    send: Callable[..., Any],
    request: requests.PreparedRequest,
    *args: Any,
    **kwargs: Any,
) -> Any:
    """Send the request by an adapter's own `send`; once more for each stale connection, where safe."""
    if "verify" in kwargs and not kwargs["verify"]:
        # requests has the pool of `verify=True` for what verifies nothing, but for False itself.
        kwargs["verify"] = False
    # A file or an iterator has been read by then.
    again = isinstance(request.body, (str, bytes, type(None))) and _is_repeatable(request)
    under_way.once_only = not again
    while True:
        under_way.stale = False
        try:
            response = None if args else exchange(adapter, send, request, kwargs)
            return send(request, *args, **kwargs) if response is None else response
        except requests.ConnectionError:
            # Ends: each stale connection leaves the pool, and a fresh one is never stale.
            if not (again and under_way.stale):
                raise
        finally:
            under_way.once_only = False


def _is_repeatable(request: requests.PreparedRequest) -> bool:
    if request.method in IDEMPOTENT_METHODS:
        return True
    options = {"headers": request.headers}
    return Call(request.method or "", request.url or "", options=options).repeatable
