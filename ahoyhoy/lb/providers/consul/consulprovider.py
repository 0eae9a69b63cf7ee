"""Hosts from a Consul agent."""

from __future__ import annotations

import random
import time

from ...._core import Clock
from ....utils.host import Host
from ....utils.instance import Instance
from ..cached import seconds
from ..watching.registryhttp import Addresses, Certificate, RegistryHttp, Verify
from ..watching.watchedprovider import WatchedProvider
from .source import ConsulSource

#: Consul itself ends a query after ten minutes.
_LONGEST_WAIT = 600.0


class ConsulProvider(WatchedProvider):
    """The instances of a service in Consul whose checks pass; each change is seen at once.

    One blocking query at a time is open to the agent. An instance's address is its own or else its
    node's; its weight is that of Consul for its health; its zone is `zone` of its metadata or else
    of its node's; it is https if its metadata says `scheme: https`, or it has the tag `https`.
    Instances in maintenance are left out, and those that cannot be read, with a warning.

    Args:
        service: the service's name.
        address: the agent, as `"host:port"` or `"https://host:port"`; or several, of which the
            next is asked when one fails. Default `"127.0.0.1:8500"`.
        tag: only instances with this tag.
        datacenter: another one than the agent's.
        token: the ACL token. It needs `service:read` on the service and `node:read`.
        passing: False to use instances whose checks warn, too, with their weight for that.
        near: order by the round-trip time from this node; `"_agent"` is the agent's. Otherwise
            instances come sorted by address.
        scheme: `"http"` or `"https"`, whatever the instances say.
        wait: seconds that the agent holds an answer back while nothing changes, up to 600.
            It is noticed after a little more than this that an agent has fallen silent. Default 20.
        verify: False for no verification of the agent's certificate, or a PEM file or directory to
            verify it with; default as `requests` does.
        cert: the certificate to show to the agent: a PEM file, or `(certificate, key)`.
        timeout: seconds for the first `get_list`, and, by equal shares of it, to connect to each
            agent. Default 10.
        empty_grace, clock, rng: see `WatchedProvider`.

    Raises:
        ValueError: for an argument that cannot be.
        ProviderError: from the first `get_list`: no agent can be reached; the token, the
            certificate or the datacenter is refused; there is no such service, or none of its
            instances may be used.
    """

    def __init__(
        self,
        service: str,
        *,
        address: Addresses = "127.0.0.1:8500",
        tag: str | None = None,
        datacenter: str | None = None,
        token: str | None = None,
        passing: bool = True,
        near: str | None = None,
        scheme: str | None = None,
        wait: float = 20.0,
        verify: Verify = True,
        cert: Certificate = None,
        timeout: float = 10.0,
        empty_grace: float = 30.0,
        clock: Clock = time.monotonic,
        rng: random.Random | None = None,
    ) -> None:
        if not isinstance(service, str) or not service:
            raise ValueError(f"service is a name such as 'users', not {service!r}")
        if seconds("wait", wait) > _LONGEST_WAIT:
            raise ValueError(f"wait is at most {_LONGEST_WAIT:.0f} seconds, not {wait!r}")
        Instance(Host("127.0.0.1", 1), scheme=scheme)  # its checks, now, not at an answer
        given = {"tag": tag, "dc": datacenter, "near": near, "passing": "1" if passing else None}
        registry = RegistryHttp(
            "the Consul agent",
            address,
            port=8500,
            headers={} if token is None else {"X-Consul-Token": token},
            verify=verify,
            cert=cert,
            timeout=timeout,
        )
        source = ConsulSource(
            service,
            registry,
            filters={name: value for name, value in given.items() if value is not None},
            scheme=scheme,
            wait=wait,
            clock=clock,
        )
        options = {"timeout": timeout, "empty_grace": empty_grace}
        self._scheme = scheme  # for whoever asks how the hosts are spoken to
        super().__init__(source, clock=clock, rng=rng, **options)
