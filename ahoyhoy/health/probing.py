"""One probe of one host, on the network."""

from __future__ import annotations

import socket
from typing import Any

from .._core import Verdict
from ..classifiers.asked import Asked
from ..classifiers.verdicts import LOCAL_ERRNOS
from ..http.bounds import Bounds, bounding
from ..http.sessions import is_requests_session
from ..servicediscovery import ServiceDiscoveryHttpClient
from ..utils import Instance
from .check import HealthCheck

#: Bytes of an answer that are read for the sake of the connection, which then serves the next probe.
_PIECE = 16_384
_PIECES = 4
_PORTS = {"http": 80, "https": 443}


def flaw_of(instance: Instance, check: HealthCheck, session: Any, bounds: Bounds) -> str | None:
    """Probe an instance: what is wrong with it, in words; None when nothing is.

    Blocks; no longer than the bounds, where the session keeps to them (see `http.bounds`).

    Raises:
        Exception: that is not the host's fault, such as a mistake in the session's settings.
    """
    if check.path is None:
        return _connected(instance, check.timeout)
    client = ServiceDiscoveryHttpClient(instance, session=session)
    try:
        with bounding(bounds):
            status = _status(client, check, check.path)
    except Exception as error:
        asked = Asked("GET", client.origin + check.path, is_requests_session(session))
        judgement = asked.judge(error)
        if judgement.verdict is Verdict.IGNORED:
            raise
        return judgement.reason
    return None if status in check.statuses else f"answered {status}"


def _connected(instance: Instance, timeout: float) -> str | None:
    address, port = instance.host
    where = address.strip("[]"), int(port or _PORTS[instance.protocol])
    try:
        socket.create_connection(where, timeout).close()
    except TimeoutError:
        return "connect timeout"
    except OSError as error:
        if error.errno in LOCAL_ERRNOS:
            raise  # this machine's trouble: it says nothing of the host
        return f"cannot connect: {error.strerror}"
    return None


def _status(client: ServiceDiscoveryHttpClient, check: HealthCheck, path: str) -> int:
    response = client.get(
        path,
        headers=dict(check.headers),
        timeout=check.timeout,
        allow_redirects=False,
        stream=True,
    )
    try:
        # No more than this: some pages have no end.
        for _ in zip(range(_PIECES), response.iter_content(_PIECE), strict=False):
            pass
        status: int = response.status_code
    finally:
        response.close()
    return status
