"""Idle connections of a urllib3 pool, taken and put back as the pool does it, with less ceremony."""

from __future__ import annotations

import queue
import select
import socket
import sys
from typing import Any

from ..connection import (
    KeepAliveConnection,
    KeepAlivePool,
    KeepAliveTLSConnection,
    KeepAliveTLSPool,
)

#: Of pools and of connections, without TLS and with it.
_CLASSES: tuple[tuple[Any, Any], ...] = (
    (KeepAlivePool, KeepAliveConnection),
    (KeepAliveTLSPool, KeepAliveTLSConnection),
)
#: What somebody may have put on a pool.
_METHODS = frozenset(("urlopen", "_make_request", "_get_conn", "_put_conn"))


def idle_connection(pool: Any, *, is_tls: bool) -> KeepAliveConnection | None:
    """A connection of the pool that is fit to be used; None: there is none on top.

    Args:
        pool: of urllib3.
        is_tls: whether it is one for TLS.
    """
    pool_class, kind = _CLASSES[is_tls]
    if type(pool) is not pool_class or pool.block or not _METHODS.isdisjoint(vars(pool)):
        return None
    try:
        connection = pool.pool.get(block=False)
    except (queue.Empty, AttributeError):  # all are in use; or closed meanwhile
        return None
    if type(connection) is kind and connection.is_idle and _is_alive(connection):
        fit: KeepAliveConnection = connection
        return fit
    pool._put_conn(connection)
    return None


def _is_alive(connection: KeepAliveConnection) -> bool:
    """What `is_connected` says, of a connection with a socket."""
    sock, poll = connection.watched
    if sock is not connection.sock:
        if not hasattr(select, "poll"):  # on Windows, and with gevent
            return connection.is_connected
        sock, waiting = connection.sock, select.poll()
        waiting.register(sock, select.POLLIN)
        poll = waiting.poll
        connection.watched = sock, poll
    return connection.is_fresh and not poll(0)


def send_now(connection: KeepAliveConnection, piece: bytes, *, bounded: bool) -> None:
    """Send a piece of a request on the connection that there is.

    Args:
        connection: it.
        piece: of the request.
        bounded: whether there is something that may end the attempt before its time.
    """
    if bounded:
        connection.send(piece)
    else:
        sys.audit("http.client.send", connection, piece)
        connection.sock.sendall(piece)


def put_back(pool: Any, connection: KeepAliveConnection) -> None:
    """Have the pool keep the connection for the next request."""
    try:
        pool.pool.put(connection, block=False)
    except (queue.Full, AttributeError):
        pool._put_conn(connection)  # closes it, and says so


def set_limit(connection: KeepAliveConnection, timeout: float | None) -> None:
    """Have the connection's next wait end in time.

    Args:
        connection: the connection.
        timeout: in seconds; None: no limit.
    """
    connection.timeout = timeout
    sock: socket.socket = connection.sock
    if sock.gettimeout() != timeout:
        sock.settimeout(timeout)
