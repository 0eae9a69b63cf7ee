"""Hosts from Eureka."""

from __future__ import annotations

import base64
import random
import time

from ...._core import Clock
from ....utils.host import Host
from ....utils.instance import Instance
from ..cached import seconds
from ..watching.registryhttp import Addresses, Certificate, RegistryHttp, Verify
from ..watching.watchedprovider import WatchedProvider
from .source import EurekaSource


class EurekaProvider(WatchedProvider):
    """The instances of an application in Eureka whose status is UP, read again on an interval.

    Eureka tells nobody of changes, and its own answers may be half a minute old. An instance's zone
    and weight are those of its metadata, or else its zone is that of its data center. It is https
    if only its secure port is enabled. Hosts come sorted by address.

    Built by the description of Eureka's REST operations and tested against a registry that follows
    it, not against Netflix's own.

    Args:
        app: the application's name; upper and lower case are the same.
        address: a server, as `"host:port"` or `"https://host:port/path"`, where the path is
            `/eureka` if there is none; or several, of which the next is asked when one fails.
            Default `"127.0.0.1:8761"`.
        user, password: for servers that ask for them.
        by_ip: True to use the instances' IP addresses, rather than the host names they registered.
        scheme: `"https"` for the secure ports, `"http"` for the others.
        interval: seconds from one reading to the next. Default 30.
        verify: False for no verification of the server's certificate, or a PEM file or directory to
            verify it with; default as `requests` does.
        cert: the certificate to show to the server: a PEM file, or `(certificate, key)`.
        timeout: seconds for the first `get_list`, to wait for an answer, and, by equal shares of
            it, to connect to each address. Default 10.
        empty_grace, clock, rng: see `WatchedProvider`.

    Raises:
        ValueError: for an argument that cannot be.
        ProviderError: from the first `get_list`: no server can be reached; the password or the
            certificate is refused; there is no such application, or no instance of it is UP.
    """

    def __init__(
        self,
        app: str,
        *,
        address: Addresses = "127.0.0.1:8761",
        user: str | None = None,
        password: str | None = None,
        by_ip: bool = False,
        scheme: str | None = None,
        interval: float = 30.0,
        verify: Verify = True,
        cert: Certificate = None,
        timeout: float = 10.0,
        empty_grace: float = 30.0,
        clock: Clock = time.monotonic,
        rng: random.Random | None = None,
    ) -> None:
        if not isinstance(app, str) or not app:
            raise ValueError(f"app is an application's name such as 'users', not {app!r}")
        if (user is None) is not (password is None):
            raise ValueError("give both user= and password=, or neither")
        Instance(Host("127.0.0.1", 1), scheme=scheme)  # its checks, now, not at an answer
        headers = {"Accept": "application/json"}
        if user is not None:
            pair = base64.b64encode(f"{user}:{password}".encode()).decode()
            headers["Authorization"] = f"Basic {pair}"
        registry = RegistryHttp(
            "Eureka",
            address,
            port=8761,
            path="/eureka",
            headers=headers,
            verify=verify,
            cert=cert,
            timeout=timeout,
        )
        source = EurekaSource(
            app,
            registry,
            by_ip=by_ip,
            scheme=scheme,
            interval=seconds("interval", interval),
        )
        options = {"timeout": timeout, "empty_grace": empty_grace}
        self._scheme = scheme  # for whoever asks how the hosts are spoken to
        super().__init__(source, clock=clock, rng=rng, **options)
