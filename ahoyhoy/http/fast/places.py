"""Which pool of an adapter a request goes to, without building its key anew each time.

The key is kept, not the pool: pools are closed, and pushed out by others, as urllib3 does it.
"""

from __future__ import annotations

import os
import re
from collections import OrderedDict
from typing import Any, NamedTuple

import requests
from urllib3 import PoolManager
from urllib3.poolmanager import key_fn_by_scheme

from .outgoing import Lines, host_line

# Else the slash after it is not where the path begins, as in `http://host?next=/path`.
_ORIGIN = re.compile(r"https?://[\w.:\[\]%~-]+", re.ASCII)

#: Places kept for one adapter. Programs speak to few, but may go round any number.
_MOST_PLACES = 1024


class Place(NamedTuple):
    """Where requests to one server go.

    Args:
        instance: whom the adapter was fitted to; None: the server that the URL says.
        key: of urllib3, for the pool.
        is_tls: whether TLS is spoken there.
        path: what comes before the URL's path.
        line: the `Host` line of a request that has none; None: only http.client knows it.
        lines: those of the requests that went there.
    """

    instance: Any
    key: Any
    is_tls: bool
    path: str
    line: str | None
    lines: Lines


class _Keys(PoolManager):
    """Makes keys as the class it derives from, and no pools."""

    def connection_from_pool_key(self, pool_key: Any, *_: Any, **__: Any) -> Any:
        return pool_key


class Places:
    """The places of one adapter.

    Args:
        settings: what its connections have been told.

    Threading: any thread may ask; at worst a place is found twice.
    """

    def __init__(self, settings: dict[str, Any]) -> None:
        self.settings = dict(settings)
        self.known: dict[tuple[Any, ...], Place] = {}


def place_of(
    adapter: Any, request: requests.PreparedRequest, origin: str, verify: Any
) -> Place | None:
    """Where a request of an adapter goes without a proxy; None: stock code will say.

    Args:
        adapter: the adapter.
        request: the request.
        origin: scheme and server of its URL: all before the slash after them.
        verify: as for the adapter's `send`.
    """
    pools = adapter.poolmanager
    if type(verify) not in (bool, str):
        return None
    if type(pools) is not PoolManager or pools.key_fn_by_scheme != key_fn_by_scheme:
        return None
    places = vars(pools).get("_ahoyhoy_places")
    if places is None or places.settings != pools.connection_pool_kw:
        places = Places(pools.connection_pool_kw)
        pools._ahoyhoy_places = places  # type: ignore[attr-defined]
    instance, names = None, None
    fit = getattr(adapter, "_ahoyhoy_fit", None)
    if fit is not None:
        instance, names = fit.instance, fit.names
    # A directory of certificates and a file of them make different keys.
    is_folder = type(verify) is str and _may_be_tls(origin, names) and os.path.isdir(verify)
    which = (origin, verify, is_folder, id(instance), names)
    place: Place | None = places.known.get(which)
    if place is None or place.instance is not instance:
        place = _found(adapter, request, origin, verify, instance)
        if place is not None:
            if len(places.known) >= _MOST_PLACES:
                places.known.clear()
            places.known[which] = place
    return place


def pool_at(pools: Any, key: Any) -> Any:
    """The pool with this key; None: there is none.

    Args:
        pools: of an adapter. Each question moves a pool to the end, so that those that were not used
            for the longest time go first; of a single one there is nothing to move.
        key: of urllib3.
    """
    held = getattr(pools, "_container", None)
    if type(held) is OrderedDict and len(held) == 1:
        return held.get(key)
    return pools.get(key)


def _may_be_tls(origin: str, names: Any) -> bool:
    return origin.startswith("https:") or (names is not None and names.scheme == "https")


def _found(
    adapter: Any, request: requests.PreparedRequest, origin: str, verify: Any, instance: Any
) -> Place | None:
    if not _ORIGIN.fullmatch(origin):
        return None
    keys: Any = object.__new__(_Keys)
    keys.__dict__ = adapter.poolmanager.__dict__
    try:
        host, settings = adapter.build_connection_pool_key_attributes(request, verify, None)
        key = keys.connection_from_host(**host, pool_kwargs=settings)
    except Exception:
        return None  # and stock code says what is wrong
    path = "" if instance is None else adapter._ahoyhoy_fit.known_names.path
    is_tls = host["scheme"] == "https"
    line = host_line(key.key_host, key.key_port, 443 if is_tls else 80)
    return Place(instance, key, is_tls, path, line, Lines())
