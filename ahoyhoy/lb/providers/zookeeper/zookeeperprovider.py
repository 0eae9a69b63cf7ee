"""Hosts from ZooKeeper."""

from __future__ import annotations

import random
import time

from ...._core import Clock
from ..cached import seconds
from ..optional import optional
from ..watching.registryhttp import Addresses, Certificate, Verify
from ..watching.watchedprovider import WatchedProvider
from .settings import servers, tls_options
from .source import ZooKeeperSource


class ZooKeeperProvider(WatchedProvider):
    """The hosts whose records are the children of a node of ZooKeeper; each change is seen at once.

    Records are read in the shapes that people write them in (JSON with `address` and `port`, an
    instance of Curator's, a member of Finagle's server set, `host:port`, and others: see "Take
    hosts from a registry"); one that cannot be read is left out, with a warning that names its
    path.
    Hosts come sorted by the names of the nodes; an ephemeral node that goes takes its host along.
    Needs kazoo: `pip install "ahoyhoy[zookeeper]"`.

    Args:
        path: the node, such as `"/services/users"`.
        address: a server, as `"host:port"`; or several, one of which is used. Default
            `"127.0.0.1:2181"`.
        user, password: who may read the nodes, where their lists (of the scheme `digest`) say so.
        session_timeout: seconds after which a silent server is given up, within what the server
            allows. Default 10.
        tls: True for TLS to the servers.
        verify: False for no verification of their certificates, or a PEM file to verify them with.
            Default True: by the usual authorities.
        cert: the certificate to show to them: a PEM file, or `(certificate, key)`.
        timeout: seconds to connect, to wait for an answer, and for the first `get_list`. Default 10.
        empty_grace, clock, rng: see `WatchedProvider`.

    Raises:
        ImportError: kazoo is not installed.
        ValueError: for an argument that cannot be.
        ProviderError: from the first `get_list`: no server can be reached; the certificate is
            refused, or the node may not be read; there is no such node, or nothing below it that
            can be read.
    """

    def __init__(
        self,
        path: str,
        *,
        address: Addresses = "127.0.0.1:2181",
        user: str | None = None,
        password: str | None = None,
        session_timeout: float = 10.0,
        tls: bool = False,
        verify: Verify = True,
        cert: Certificate = None,
        timeout: float = 10.0,
        empty_grace: float = 30.0,
        clock: Clock = time.monotonic,
        rng: random.Random | None = None,
    ) -> None:
        if not isinstance(path, str) or not path.strip("/"):
            raise ValueError(f"path is that of a node, as '/services/users', not {path!r}")
        if (user is None) is not (password is None):
            raise ValueError("give both user= and password=, or neither")
        optional("kazoo.client", "zookeeper")
        source = ZooKeeperSource(
            "/" + path.strip("/"),
            hosts=servers(address),
            session_timeout=seconds("session_timeout", session_timeout),
            timeout=seconds("timeout", timeout),
            auth=[] if user is None else [("digest", f"{user}:{password}")],
            tls=tls_options(verify, cert) if tls else {},
        )
        options = {"timeout": timeout, "empty_grace": empty_grace}
        super().__init__(source, clock=clock, rng=rng, **options)
