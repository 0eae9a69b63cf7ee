"""Some of many hosts, others for each client."""

from __future__ import annotations

import os
import socket
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from ..._fork import renew_after_fork
from ...utils.instance import Instance
from ..rendezvous import hash_of, host_hash, mixed
from .derivedprovider import DerivedProvider
from .iprovider import IProvider


class SubsetProvider(DerivedProvider):
    """At most `size` hosts of each priority: fewer connections, where there are many hosts.

    Each client keeps the hosts that rank highest for its key (rendezvous hashing, as gRPC's
    proposal A68): the hosts are spread evenly over the clients, and when one goes, only the
    clients that had it take another.

    Args:
        provider: the source of hosts.
        size: how many hosts are kept, from 1 up. A shorter list stays as it is. Default 100.
        key: tells clients apart; the same key keeps the same hosts. Default: the machine's
            name and the process's number, so that forked workers differ too.

    Raises:
        InvalidProviderError: (a TypeError) when the provider is no `IProvider` object.
        ValueError: for a size below 1, or a key that is no text.
    """

    def __init__(self, provider: IProvider, size: int = 100, *, key: str | None = None) -> None:
        super().__init__(provider)
        if isinstance(size, bool) or not isinstance(size, int) or size < 1:
            raise ValueError(f"size must be a whole number from 1 up, not {size!r}")
        if key is not None and (not isinstance(key, str) or not key):
            raise ValueError(f"key must be a text that tells this client apart, not {key!r}")
        self._size = size
        self._key = key
        self._forks = 0
        self._take_key()

    def changes(self) -> int:
        """Another number after each change, and in a forked child."""
        # Beyond any number that the source itself will reach.
        return self._provider.changes() + (self._forks << 64)

    def _derive(self, hosts: Sequence[Any]) -> Sequence[Any]:
        if len(hosts) <= self._size:
            return hosts
        ranked = sorted(hosts, key=self._rank)
        groups: dict[int, list[Any]] = defaultdict(list)
        for item in ranked:
            groups[item.priority if isinstance(item, Instance) else 0].append(item)
        kept = {id(item) for group in groups.values() for item in group[: self._size]}
        return tuple(item for item in hosts if id(item) in kept)

    def _rank(self, item: Any) -> tuple[int, str]:
        host = item.host if isinstance(item, Instance) else item
        # Equal hashes are unlikely; but then too every process must choose alike.
        return mixed(self._hash, host_hash(host)), str(host)

    def _take_key(self) -> None:
        own = f"{socket.gethostname()}:{os.getpid()}"
        self._hash = hash_of(own if self._key is None else self._key)
        renew_after_fork(self)

    def _after_fork(self) -> None:
        if self._key is None:
            self._forks += 1
            self._take_key()

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._take_key()
