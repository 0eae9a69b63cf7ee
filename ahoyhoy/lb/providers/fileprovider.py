"""Hosts from a JSON file that may change at any time."""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ...exceptions import ProviderError
from ...utils.instance import Instance
from .cached import CachedProvider, Fetched, seconds
from .hostport import required_host_port

_ENTRY = (
    '"host:port", ["host", port] or an object with "address", "port" and, if wanted, '
    '"scheme", "weight", "zone", "authority", "path", "priority"'
)
_TYPES: dict[str, tuple[tuple[type, ...], str]] = {
    "address": ((str,), "a string"),
    "port": ((int, str), "a number from 1 to 65535"),
    "scheme": ((str,), '"http" or "https"'),
    "weight": ((int, float), "a number from 0 up"),
    "zone": ((str,), "a string"),
    "authority": ((str,), "a string"),
    "path": ((str,), "a string that starts with /"),
    "priority": ((int,), "a whole number"),
}


class FileProvider(CachedProvider):
    """The hosts in a JSON file, read again when it changes.

    The file holds a list, or an object `{"hosts": [...]}`, whose entries are `"host:port"`,
    `["host", port]`, or objects with `address`, `port` and any of `scheme`, `weight`, `zone`,
    `authority`, `path`, `priority` (see `Instance`). It may be replaced (renamed over) or
    written in place; while it is missing, broken or half-written, the last good list stays, and
    for `empty_grace` seconds while it is an empty one.

    Args:
        path: the file. A relative one means the directory of this moment.
        check_every: seconds between two looks at the file, which happen in the calling
            thread. What is compared is the content: two writes within one tick of the file
            system's clock are told apart. Default 1.
        empty_grace, clock, rng: see `CachedProvider`.

    Raises:
        ProviderError: from `get_list`, while the file could never be read: names the file,
            the entry (counted from 0) and what is expected there.
    """

    _quick = True

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        check_every: float = 1.0,
        empty_grace: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
        rng: random.Random | None = None,
    ) -> None:
        self._path = Path(path).absolute()
        every = seconds("check_every", check_every)
        self._parsed: tuple[bytes, tuple[Instance, ...]] | None = None
        options = {"min_ttl": every, "max_ttl": every, "empty_grace": empty_grace}
        super().__init__(f"file://{self._path}", clock=clock, rng=rng, **options)

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "_parsed": None}

    def _fetch(self) -> Fetched:
        try:
            content = self._path.read_bytes()
        except OSError as error:
            raise ProviderError(f"cannot be read: {error.strerror}") from error
        if self._parsed is None or self._parsed[0] != content:
            self._parsed = content, _instances(content)
        return Fetched(self._parsed[1], self._max_ttl)


def _instances(content: bytes) -> tuple[Instance, ...]:
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise ProviderError(f"is not JSON: {error}") from error
    if isinstance(document, dict) and document.keys() == {"hosts"}:
        document = document["hosts"]
    if not isinstance(document, list):
        raise ProviderError('a list of hosts, or an object with "hosts" alone, is expected')
    return tuple(_instance(index, entry) for index, entry in enumerate(document))


def _instance(index: int, entry: Any) -> Instance:
    try:
        if isinstance(entry, str):
            return Instance(required_host_port(entry))  # type: ignore[arg-type]
        if isinstance(entry, list) and len(entry) == 2:
            entry = {"address": entry[0], "port": entry[1]}
        if isinstance(entry, dict):
            return _from_object(entry)
        raise ValueError(f"{_short(entry)} is not a host")
    except (ValueError, OverflowError) as error:
        raise ProviderError(f"entry {index}: {error}; expected is {_ENTRY}") from error


def _from_object(entry: dict[str, Any]) -> Instance:
    for key, value in entry.items():
        if key not in _TYPES:
            raise ValueError(f"unknown key {key!r}")
        types, wanted = _TYPES[key]
        fits = isinstance(value, types) and not isinstance(value, bool)
        if not fits:
            raise ValueError(f"{key} must be {wanted}, not {_short(value)}")
    if not entry.get("address") or not entry.get("port"):
        raise ValueError('"address" and "port" are needed')
    options = {key: value for key, value in entry.items() if key not in ("address", "port")}
    return Instance((entry["address"], entry["port"]), **options)  # type: ignore[arg-type]


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 80 else text[:77] + "..."
