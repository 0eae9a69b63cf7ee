"""Hosts from etcd."""

from __future__ import annotations

import random
import time

from ...._core import Clock
from ..cached import seconds
from ..watching.registryhttp import Addresses, Certificate, RegistryHttp, Verify
from ..watching.watchedprovider import WatchedProvider
from .source import EtcdSource


class EtcdProvider(WatchedProvider):
    """The hosts whose records are kept under a prefix of etcd; each change is seen at once.

    Speaks to the HTTP gateway of etcd 3.4 or later. Records are read in the shapes that people
    write them in (`host:port`, JSON with `address` and `port`, and others: see "Take hosts from a
    registry"); one that cannot be read is left out, with a warning that names its key. Hosts come
    sorted by key; a lease that expires takes its host along.

    Args:
        prefix: what the keys begin with, up to a `/`, which may be left out: `"services/users"`
            has the hosts of `services/users/1`, not those of `services/users-old/1`.
        address: a member of the cluster, as `"host:port"` or `"https://host:port"`; or several, of
            which the next is asked when one fails. Default `"127.0.0.1:2379"`.
        user, password: who may read the prefix, where etcd asks for that.
        wait: seconds after which the hosts are read again while nothing changes: it is noticed
            after a little more than this that a member has fallen silent. Default 20.
        verify: False for no verification of etcd's certificate, or a PEM file or directory to
            verify it with; default as `requests` does.
        cert: the certificate to show to etcd: a PEM file, or `(certificate, key)`.
        timeout: seconds for the first `get_list`, to wait for an answer, and, by equal shares of
            it, to connect to each address. Default 10.
        empty_grace, clock, rng: see `WatchedProvider`.

    Raises:
        ValueError: for an argument that cannot be.
        ProviderError: from the first `get_list`: no member can be reached; the user or the
            certificate is refused; there is nothing under the prefix, or nothing that can be read.
    """

    def __init__(
        self,
        prefix: str,
        *,
        address: Addresses = "127.0.0.1:2379",
        user: str | None = None,
        password: str | None = None,
        wait: float = 20.0,
        verify: Verify = True,
        cert: Certificate = None,
        timeout: float = 10.0,
        empty_grace: float = 30.0,
        clock: Clock = time.monotonic,
        rng: random.Random | None = None,
    ) -> None:
        if not isinstance(prefix, str) or not prefix.strip("/"):
            raise ValueError(f"prefix is what keys begin with, as 'services/users', not {prefix!r}")
        if (user is None) is not (password is None):
            raise ValueError("give both user= and password=, or neither")
        registry = RegistryHttp(
            "etcd", address, port=2379, verify=verify, cert=cert, timeout=timeout
        )
        credentials = None if user is None else {"name": user, "password": password}
        source = EtcdSource(
            prefix.rstrip("/") + "/",
            registry,
            credentials=credentials,
            wait=seconds("wait", wait),
        )
        options = {"timeout": timeout, "empty_grace": empty_grace}
        super().__init__(source, clock=clock, rng=rng, **options)
