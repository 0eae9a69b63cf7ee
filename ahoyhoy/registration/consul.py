"""Registering in Consul."""

from __future__ import annotations

import math
from collections.abc import Iterable
from contextlib import suppress
from typing import Any
from urllib.parse import quote

from ..exceptions import ProviderError
from ..lb.providers.known import RefusedError
from ..lb.providers.watching.registryhttp import Certificate, RegistryHttp, Verify
from ..lb.providers.watching.watch import Watch
from .registry import Entry, HttpPlace, Place, Registry

#: Consul takes no less for the removal of what is critical.
_SHORTEST_REMOVAL = 60.0
#: In TTLs: until an entry is removed whose process is gone.
_REMOVAL = 20


class ConsulRegistry(Registry):
    """The Consul agent of this machine: a service with a TTL check.

    While the check of a `Registration` fails, Consul's is critical, with the reason. So it is after
    a crash, once the TTL is over; after twenty TTLs, a minute at least, Consul forgets the service.

    The zone and the scheme of an instance go into the service's metadata, where `ConsulProvider`
    finds them. Its weight must be a whole number, as Consul wants it.

    Args:
        address: the agent, as `"host:port"` or `"https://host:port"`. One alone: an agent tells
            the others. Default `"127.0.0.1:8500"`.
        token: the ACL token. It needs `service:write` on the service.
        tags: of the service.
        verify: False for no verification of the agent's certificate, or a PEM file or directory to
            verify it with; default as `requests` does.
        cert: the certificate to show to the agent: a PEM file, or `(certificate, key)`.
        timeout: seconds to wait for an answer, and, by equal shares of it, to connect to each
            address. Default 5.

    Raises:
        ValueError: (or TypeError) for an argument that cannot be.
    """

    def __init__(
        self,
        address: str = "127.0.0.1:8500",
        *,
        token: str | None = None,
        tags: Iterable[str] = (),
        verify: Verify = True,
        cert: Certificate = None,
        timeout: float = 5.0,
    ) -> None:
        if not isinstance(address, str):
            raise TypeError("address is that of one agent, which tells the others")
        if isinstance(tags, str):
            raise TypeError(f"tags are several, as in ['v2'], not {tags!r}")
        self._http = RegistryHttp(
            "the Consul agent",
            address,
            port=8500,
            headers={} if token is None else {"X-Consul-Token": token},
            verify=verify,
            cert=cert,
            timeout=timeout,
        )
        self._tags = list(tags)
        self.name = f"consul://{self._http.bases[0].partition('://')[2]}"

    def place(self, entry: Entry, watch: Watch) -> Place:
        """See `Registry`.

        Raises:
            ValueError: for a weight that is no whole number from 1 up, or what Consul does not keep.
        """
        entry.refuse("Consul", "authority", "path", "priority")
        if entry.instance.weight < 1 or entry.instance.weight % 1:
            wanted = "a weight in Consul is a whole number from 1 up"
            raise ValueError(f"{wanted}, not {entry.instance.weight!r}")
        return _Place(self._http, entry, self._tags, watch)


class _Place(HttpPlace):
    """See https://developer.hashicorp.com/consul/api-docs/agent/check for TTL checks."""

    def __init__(self, http: RegistryHttp, entry: Entry, tags: list[str], watch: Watch) -> None:
        super().__init__(http, watch)
        self._entry = entry
        self._tags = tags
        self._id = f"{entry.service}-{entry.where}"
        self._known = False

    def keep(self, sick: str | None) -> None:
        """Update the check; the service is registered if the agent does not know that."""
        if self._known:
            with suppress(_UnknownError):
                self._update(sick)
                return
        self._ask("service/register", json=self._service(sick))
        self._known = True
        self._update(sick)

    def leave(self) -> None:
        """Deregister, unless another process has registered the same host meanwhile."""
        path = quote(self._id, safe="")
        with suppress(_UnknownError):
            said = self.conversation.json_of(self._ask(f"service/{path}", method="GET"))
            if (said.get("Meta") or {}).get("registration") == self._entry.mark:
                self._ask(f"service/deregister/{path}")

    def _update(self, sick: str | None) -> None:
        told = {"Status": "critical", "Output": sick} if sick else {"Status": "passing"}
        self._ask(f"check/update/{quote(f'service:{self._id}', safe='')}", json=told)

    def _service(self, sick: str | None) -> dict[str, Any]:
        instance, ttl = self._entry.instance, self._entry.ttl
        said = {
            "registration": self._entry.mark,
            "scheme": instance.scheme,
            "zone": instance.zone,
        }
        weight = int(instance.weight)
        return {
            "ID": self._id,
            "Name": self._entry.service,
            "Address": instance.host.address.strip("[]"),
            "Port": self._entry.port,
            "Tags": self._tags,
            "Meta": {name: value for name, value in said.items() if value is not None},
            "Weights": {"Passing": weight, "Warning": weight},
            "Check": {
                "CheckID": f"service:{self._id}",
                "Name": "renewed by the service",
                "TTL": f"{math.ceil(ttl * 1000)}ms",
                "Status": "critical" if sick else "passing",
                "DeregisterCriticalServiceAfter": f"{max(_SHORTEST_REMOVAL, _REMOVAL * ttl):.0f}s",
            },
        }

    def _ask(self, path: str, *, method: str = "PUT", **options: Any) -> Any:
        return self.conversation.ask(method, f"/v1/agent/{path}", explain=self._explain, **options)

    def _explain(self, status: int, text: str) -> ProviderError:
        # Old agents answer 500 when they do not know the check, new ones 404.
        if status == 404 or "nknown check" in text or "does not have associated TTL" in text:
            return _UnknownError(f"the agent does not know it ({status}: {text})")
        if status in (401, 403):
            wanted = f"token= must be one with service:write on {self._entry.service!r}"
            return RefusedError(f"Consul refuses the token ({status}: {text}): {wanted}")
        if status < 500 and status != 429:
            return RefusedError(f"Consul refuses the service ({status}: {text})")
        return ProviderError(f"Consul answered {status}: {text}")


class _UnknownError(RefusedError):
    """The agent knows neither service nor check."""
