"""Registering in Eureka."""

from __future__ import annotations

import base64
import datetime
import math
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import quote

from ..exceptions import ProviderError
from ..lb.providers.known import RefusedError
from ..lb.providers.watching.registryhttp import Addresses, Certificate, RegistryHttp, Verify
from ..lb.providers.watching.watch import Watch
from .registry import Entry, HttpPlace, Place, Registry


class EurekaRegistry(Registry):
    """An instance in Eureka, with its heartbeats.

    While the check of a `Registration` fails its status is DOWN. After a crash Eureka drops it
    when the TTL is over, as soon as it looks, which it does once a minute.

    The zone and the weight of an instance go into its metadata, where `EurekaProvider` finds them;
    one of the scheme https has a secure port only.

    Built by the description of Eureka's REST operations and tested against a registry that follows
    it, not against Netflix's own.

    Args:
        address: a server, as `"host:port"` or `"https://host:port/path"`, where the path is
            `/eureka` if there is none; or several, of which the next is asked when one fails.
            Default `"127.0.0.1:8761"`.
        user, password: for servers that ask for them.
        verify: False for no verification of the server's certificate, or a PEM file or directory to
            verify it with; default as `requests` does.
        cert: the certificate to show to the server: a PEM file, or `(certificate, key)`.
        timeout: seconds to wait for an answer, and, by equal shares of it, to connect to each
            address. Default 5.

    Raises:
        ValueError: for an argument that cannot be.
    """

    def __init__(
        self,
        address: Addresses = "127.0.0.1:8761",
        *,
        user: str | None = None,
        password: str | None = None,
        verify: Verify = True,
        cert: Certificate = None,
        timeout: float = 5.0,
    ) -> None:
        if (user is None) is not (password is None):
            raise ValueError("give both user= and password=, or neither")
        headers = {"Accept": "application/json"}
        if user is not None:
            pair = base64.b64encode(f"{user}:{password}".encode()).decode()
            headers["Authorization"] = f"Basic {pair}"
        self._http = RegistryHttp(
            "Eureka",
            address,
            port=8761,
            path="/eureka",
            headers=headers,
            verify=verify,
            cert=cert,
            timeout=timeout,
        )
        self.name = f"eureka://{self._http.bases[0].partition('://')[2]}"

    def place(self, entry: Entry, watch: Watch) -> Place:
        """See `Registry`.

        Raises:
            ValueError: for what Eureka does not keep.
        """
        entry.refuse("Eureka", "authority", "path", "priority")
        return _Place(self._http, entry, watch)


class _Place(HttpPlace):
    """See https://github.com/Netflix/eureka/wiki/Eureka-REST-operations."""

    def __init__(self, http: RegistryHttp, entry: Entry, watch: Watch) -> None:
        super().__init__(http, watch)
        self._entry = entry
        address = entry.instance.host.address.strip("[]")
        self._id = f"{address}:{entry.service}:{entry.port}"
        self._app = f"/apps/{quote(entry.service.upper(), safe='')}"
        self._path = f"{self._app}/{quote(self._id, safe=':')}"
        #: the status that was registered last
        self._status: str | None = None

    def keep(self, sick: str | None) -> None:
        """A heartbeat; registers where Eureka does not know the instance, or its status changed."""
        status = "UP" if sick is None else "DOWN"
        if status == self._status:
            with suppress(_UnknownError):
                self._ask("PUT", self._path)
                return
        self._status = None
        self._ask("POST", self._app, json={"instance": self._instance(status)})
        self._status = status

    def leave(self) -> None:
        """Deregister, unless another process has registered the same host meanwhile."""
        with suppress(_UnknownError):
            said = self.conversation.json_of(self._ask("GET", self._path))
            if _mark(said) == self._entry.mark:
                self._ask("DELETE", self._path)

    def _instance(self, status: str) -> dict[str, Any]:
        instance, ttl = self._entry.instance, self._entry.ttl
        address = instance.host.address.strip("[]")
        metadata = {"registration": self._entry.mark, "weight": f"{instance.weight:g}"}
        if instance.zone is not None:
            metadata["zone"] = instance.zone
        secure = instance.protocol == "https"
        # Eureka takes the later of two registrations, by this.
        now = datetime.datetime.now(datetime.timezone.utc).timestamp()
        return {
            "instanceId": self._id,
            "app": self._entry.service.upper(),
            "hostName": address,
            "ipAddr": address,
            "vipAddress": self._entry.service,
            "secureVipAddress": self._entry.service,
            "status": status,
            "port": {"$": self._entry.port, "@enabled": str(not secure).lower()},
            "securePort": {"$": self._entry.port, "@enabled": str(secure).lower()},
            "dataCenterInfo": {
                "@class": "com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo",
                "name": "MyOwn",
            },
            "leaseInfo": {
                "renewalIntervalInSecs": max(1, int(ttl / 3)),
                "durationInSecs": math.ceil(ttl),
            },
            "lastDirtyTimestamp": str(int(now * 1000)),
            "metadata": metadata,
        }

    def _ask(self, method: str, path: str, **options: Any) -> Any:
        return self.conversation.ask(method, path, explain=self._explain, **options)

    def _explain(self, status: int, text: str) -> ProviderError:
        if status == 404:
            return _UnknownError("Eureka does not know the instance")
        if status in (401, 403):
            return RefusedError(f"Eureka refuses user= and password= ({status})")
        if status < 500 and status != 429:
            return RefusedError(f"Eureka refuses the instance ({status}: {text})")
        return ProviderError(f"Eureka answered {status}: {text}")


class _UnknownError(RefusedError):
    """Eureka does not know the instance."""


def _mark(said: Mapping[str, Any]) -> Any:
    return ((said.get("instance") or {}).get("metadata") or {}).get("registration")
