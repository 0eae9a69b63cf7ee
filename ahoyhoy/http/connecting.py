"""Connecting within bounds: the addresses of a name share the time that is left."""

from __future__ import annotations

import socket
import sys
from typing import Any

from urllib3.connection import HTTPConnection
from urllib3.exceptions import (
    ConnectTimeoutError,
    LocationParseError,
    NameResolutionError,
    NewConnectionError,
)
from urllib3.util import connection as urllib3_connection

from .bounds import Bounds

_STOCK = urllib3_connection.create_connection


def can_connect() -> bool:
    """Whether urllib3 connects in its own way: replacing that is how names are given addresses."""
    return urllib3_connection.create_connection is _STOCK


def connect(connection: HTTPConnection, bounds: Bounds) -> socket.socket:
    """A new socket for a connection; fails as urllib3's own would.

    Raises:
        urllib3.exceptions.NameResolutionError: for a name without an address.
        urllib3.exceptions.ConnectTimeoutError: when it took too long.
        urllib3.exceptions.NewConnectionError: when no address accepts.
    """
    try:
        sock = _first_of(_addresses(connection), connection, bounds)
    except socket.gaierror as error:
        raise NameResolutionError(connection.host, connection, error) from error
    except TimeoutError as error:
        text = f"Connection to {connection.host} timed out. ({error})"
        raise ConnectTimeoutError(connection, text) from error
    except OSError as error:
        text = f"Failed to establish a new connection: {error}"
        raise NewConnectionError(connection, text) from error
    sys.audit("http.client.connect", connection, connection.host, connection.port)
    return sock


def _addresses(connection: Any) -> list[Any]:
    host = connection._dns_host.strip("[]")
    family = urllib3_connection.allowed_gai_family()
    try:
        return socket.getaddrinfo(host, connection.port, family, socket.SOCK_STREAM)
    except UnicodeError:
        raise LocationParseError(f"'{host}', label empty or too long") from None


def _first_of(addresses: list[Any], connection: HTTPConnection, bounds: Bounds) -> socket.socket:
    failed = OSError("getaddrinfo returns an empty list")
    try:
        for family, kind, protocol, _, address in addresses:
            try:
                sock = socket.socket(family, kind, protocol)
                return _connected(sock, address, connection, bounds)
            except OSError as error:
                failed = error
        raise failed
    finally:
        del failed  # an error that is held by its own traceback would be garbage


def _connected(
    sock: socket.socket, address: Any, connection: HTTPConnection, bounds: Bounds
) -> socket.socket:
    try:
        for option in connection.socket_options or ():
            sock.setsockopt(*option)
        if connection.source_address:
            sock.bind(connection.source_address)
        bounds.limit(sock, connection.timeout)
        bounds.check()
        bounds.guard(sock)
        sock.connect(address)
        bounds.limit(sock, connection.timeout)  # for what comes next: a TLS handshake
    except BaseException:
        bounds.disarm()
        sock.close()
        raise
    return sock
