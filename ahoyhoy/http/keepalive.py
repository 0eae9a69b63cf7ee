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

import ssl
import threading
import time
from collections.abc import Callable
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, poolmanager
from urllib3.connection import HTTPConnection, HTTPSConnection

from .._core import Call
from .._fork import renew_after_fork
from .inheritance import drop_connections

#: Seconds a connection may have been idle to carry a request that must not be repeated.
MAX_IDLE = 0.5

#: Reset, broken pipe, closed without an answer; and the same as TLS says it.
_DIED = (ConnectionError, ssl.SSLError)

_thread = threading.local()


class KeepAliveConnection(HTTPConnection):
    """A connection that knows when it was last used, and whether it was used before."""

    _answers = 0
    _used_at = 0.0

    @property
    def is_connected(self) -> bool:
        """Whether the connection is fit to be used again."""
        if getattr(_thread, "once_only", False) and time.monotonic() - self._used_at > MAX_IDLE:
            return False
        return super().is_connected

    def connect(self) -> None:
        """Connect; nothing was answered here yet."""
        self._answers = 0
        super().connect()

    def getresponse(self, *args: Any, **kwargs: Any) -> Any:
        """Read the head of the answer, and remember if a reused connection gave none."""
        try:
            response = super().getresponse(*args, **kwargs)
        except _DIED:
            _thread.stale = self._answers > 0
            raise
        self._answers += 1
        self._used_at = time.monotonic()
        return response

    def request(self, *args: Any, **kwargs: Any) -> None:
        """Send the request, and remember if a reused connection did not take it."""
        try:
            super().request(*args, **kwargs)
        except _DIED:
            _thread.stale = self._answers > 0
            raise


class KeepAliveTLSConnection(KeepAliveConnection, HTTPSConnection):
    """The same over TLS."""


class KeepAlivePool(HTTPConnectionPool):
    """A pool of such connections."""

    @property
    def ConnectionCls(self) -> Any:  # type: ignore[override]  # noqa: N802
        """Such connections, unless the stock class was replaced: recorders of traffic do that."""
        stock = HTTPConnectionPool.ConnectionCls
        return KeepAliveConnection if stock is HTTPConnection else stock


class KeepAliveTLSPool(HTTPSConnectionPool):
    """The same over TLS."""

    @property
    def ConnectionCls(self) -> Any:  # type: ignore[override]  # noqa: N802
        """As in `KeepAlivePool`."""
        stock = HTTPSConnectionPool.ConnectionCls
        return KeepAliveTLSConnection if stock is HTTPSConnection else stock


_POOL_CLASSES = {"http": KeepAlivePool, "https": KeepAliveTLSPool}


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
        equip(self)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> Any:
        """Send the request; once more for each stale connection in the pool, where that is safe."""
        return send_past_stale(super().send, request, *args, **kwargs)


def equip(adapter: HTTPAdapter) -> None:
    """Have an adapter's pools make connections that know their age, if they are stock pools."""
    manager = adapter.poolmanager
    if manager.pool_classes_by_scheme is poolmanager.pool_classes_by_scheme:
        manager.pool_classes_by_scheme = _POOL_CLASSES


def send_past_stale(
    send: Callable[..., Any], request: requests.PreparedRequest, *args: Any, **kwargs: Any
) -> Any:
    """Send the request by an adapter's `send`; once more for each stale connection, where safe."""
    call = Call(request.method or "", request.url or "", options={"headers": request.headers})
    # A file or an iterator has been read by then.
    again = call.repeatable and isinstance(request.body, (str, bytes, type(None)))
    _thread.once_only = not again
    while True:
        _thread.stale = False
        try:
            return send(request, *args, **kwargs)
        except requests.ConnectionError:
            # Ends: each stale connection leaves the pool, and a fresh one is never stale.
            if not (again and _thread.stale):
                raise
        finally:
            _thread.once_only = False
