"""The sessions that the library makes for itself, and what a fork does to any session."""

from __future__ import annotations

import threading
import weakref
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from .._fork import renew_after_fork
from .inheritance import drop_connections
from .keepalive import KeepAliveAdapter
from .ownsession import OwnSession

#: Idle connections that one session keeps to a host: as many as threads usually share a client.
POOL_MAXSIZE = 64


def new_session() -> OwnSession:
    """A quick `requests.Session` whose stale connections never reach the caller (see `keepalive`)."""
    session = OwnSession()
    for scheme in ("http://", "https://"):
        session.mount(scheme, KeepAliveAdapter(pool_maxsize=POOL_MAXSIZE))
    return session


def is_requests_session(session: Any) -> bool:
    """Whether it is a real session: not a look-alike, not a mock that claims to be one."""
    return issubclass(type(session), requests.Session)


class _Pools:
    """Drops, in a forked child, the connections a session inherited: the parent still uses them."""

    __slots__ = ("__weakref__", "_session")

    def __init__(self, session: Any) -> None:
        key = id(session)
        self._session = weakref.ref(session, lambda _: _kept.pop(key, None))

    def _after_fork(self) -> None:
        session: Any = self._session()
        if hasattr(getattr(session, "cookies", None), "_cookies_lock"):
            # Held while an answer's cookies are read, perhaps by a thread that is not here.
            session.cookies._cookies_lock = threading.RLock()
        for adapter in list(session.adapters.values()) if session is not None else ():
            # The library's own see to it themselves.
            if isinstance(adapter, HTTPAdapter) and not isinstance(adapter, KeepAliveAdapter):
                drop_connections(adapter)


#: By identity: a session's class may define equality without a hash.
_kept: dict[int, _Pools] = {}


def keep_from_children(session: Any) -> None:
    """Have a forked child open connections of its own for this session."""
    if is_requests_session(session) and id(session) not in _kept:
        _kept[id(session)] = pools = _Pools(session)
        renew_after_fork(pools)
