"""Connections that know when they were last used, and keep to the bounds of an attempt.

What they remember of the request under way is kept per thread (`under_way`): a connection carries
one request at a time, and leaves no trace of it when it goes back to its pool.
"""

from __future__ import annotations

import functools
import socket
import ssl
import threading
import time
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from .bounds import Bounds, current
from .connecting import can_connect, connect
from .reading import bounded_answer, with_deadline

#: Seconds a connection may have been idle to carry a request that must not be repeated.
MAX_IDLE = 0.5

#: Reset, broken pipe, closed without an answer; and the same as TLS says it.
_DIED = (ConnectionError, ssl.SSLError)

#: Of this thread's request: `once_only`, whether it must not be repeated, and `stale`, whether a
#: reused connection died under it before the first byte of an answer.
under_way = threading.local()


class KeepAliveConnection(HTTPConnection):
    """A connection that knows when it was last used, and whether it was used before."""

    _answers = 0
    _used_at = 0.0

    @property
    def is_connected(self) -> bool:
        """Whether the connection is fit to be used again."""
        if getattr(under_way, "once_only", False) and time.monotonic() - self._used_at > MAX_IDLE:
            return False
        return super().is_connected

    @property
    def response_class(self) -> Any:  # type: ignore[override]
        """What http.client makes of an answer: bounded, if the attempt is."""
        stock = super().response_class
        bounds = current()
        return stock if bounds is None else functools.partial(bounded_answer, self, bounds, stock)

    def connect(self) -> None:
        """Connect; nothing was answered here yet."""
        self._answers = 0
        bounds = current()
        if bounds is None:
            super().connect()
        else:
            self._connect_within(bounds)

    def _connect_within(self, bounds: Bounds) -> None:
        bounds.check()
        try:
            super().connect()
        except Exception as error:
            bounds.check(error)
            raise
        finally:
            bounds.disarm()
        bounds.check()  # where nothing could be woken, it is noticed now

    def _new_conn(self) -> socket.socket:
        bounds = current()
        if bounds is None or not can_connect():
            return super()._new_conn()
        return connect(self, bounds)

    def _tunnel(self) -> None:
        super()._tunnel()
        bounds = current()
        if bounds is not None:  # TLS comes next
            bounds.limit(self.sock, self.timeout)
            bounds.guard(self.sock)

    def send(self, data: Any) -> None:
        """Send a piece of the request."""
        bounds = current()
        if bounds is None:
            super().send(data)
        else:
            self._send_within(bounds, data)

    def _send_within(self, bounds: Bounds, data: Any) -> None:
        if self.sock is None:
            self.connect()
        bounds.wait_on(self.sock, self.timeout)
        try:
            super().send(data)
        except BaseException:
            bounds.disarm()  # before the socket is closed
            raise

    def getresponse(self, *args: Any, **kwargs: Any) -> Any:
        """Read the head of the answer, and remember if a reused connection gave none."""
        try:
            response = super().getresponse(*args, **kwargs)
        except _DIED:
            under_way.stale = self._answers > 0
            raise
        self._answers += 1
        self._used_at = time.monotonic()
        bounds = current()
        if bounds is not None and bounds.deadline is not None:
            return with_deadline(response, bounds.deadline)
        return response

    def request(self, *args: Any, **kwargs: Any) -> None:
        """Send the request, and remember if a reused connection did not take it."""
        try:
            super().request(*args, **kwargs)
        except _DIED:
            under_way.stale = self._answers > 0
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
