"""Registering in etcd."""

from __future__ import annotations

import math
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ..exceptions import ProviderError
from ..lb.providers.etcd.gateway import EtcdGateway, LeaseGoneError, encoded
from ..lb.providers.watching.records import record_of
from ..lb.providers.watching.registryhttp import Addresses, Certificate, RegistryHttp, Verify
from ..lb.providers.watching.watch import Watch
from .registry import Entry, HttpPlace, Place, Registry

if TYPE_CHECKING:
    from typing_extensions import Self


class EtcdRegistry(Registry):
    """A key of etcd with a lease: `services/users/10.0.0.1:8080`.

    It is there while the check of a `Registration` passes; after a crash, until the TTL is over.
    Its value is the JSON that `EtcdProvider("services/users")` reads.

    Args:
        address: a member of the cluster, as `"host:port"` or `"https://host:port"`; or several, of
            which the next is asked when one fails. Default `"127.0.0.1:2379"`.
        prefix: what stands before the service's name in the key. Default `"services"`.
        user, password: who may write there, where etcd asks for that.
        verify: False for no verification of etcd's certificate, or a PEM file or directory to
            verify it with; default as `requests` does.
        cert: the certificate to show to etcd: a PEM file, or `(certificate, key)`.
        timeout: seconds to wait for an answer, and, by equal shares of it, to connect to each
            address. Default 5.

    Raises:
        ValueError: for an argument that cannot be.
    """

    def __init__(
        self,
        address: Addresses = "127.0.0.1:2379",
        *,
        prefix: str = "services",
        user: str | None = None,
        password: str | None = None,
        verify: Verify = True,
        cert: Certificate = None,
        timeout: float = 5.0,
    ) -> None:
        if not isinstance(prefix, str) or not prefix.strip("/"):
            raise ValueError(f"prefix is what keys begin with, as 'services', not {prefix!r}")
        if (user is None) is not (password is None):
            raise ValueError("give both user= and password=, or neither")
        self._http = RegistryHttp(
            "etcd", address, port=2379, verify=verify, cert=cert, timeout=timeout
        )
        self._prefix = prefix.rstrip("/")
        self._credentials = None if user is None else {"name": user, "password": password or ""}
        self.name = f"etcd://{self._http.bases[0].partition('://')[2]}/{self._prefix}"

    def place(self, entry: Entry, watch: Watch) -> Place:
        """See `Registry`."""
        key = f"{self._prefix}/{entry.service}/{entry.where}"
        return _Place(self._http, key, entry, self._credentials, watch)


class _Place(HttpPlace):
    """See https://etcd.io/docs/v3.5/learning/api/#lease-api."""

    def __init__(
        self,
        http: RegistryHttp,
        key: str,
        entry: Entry,
        credentials: dict[str, str] | None,
        watch: Watch,
    ) -> None:
        super().__init__(http, watch)
        self._key = encoded(key.encode())
        self._value = encoded(record_of(entry.instance))
        self._ttl = math.ceil(entry.ttl)
        self._credentials = credentials
        self._wanted = f"write {key!r}"
        self._lease: str | None = None
        #: whether the key was put with that lease
        self._put = False

    def __enter__(self) -> Self:
        super().__enter__()
        self._etcd = EtcdGateway(self.conversation, self._credentials, self._wanted)
        return self

    def keep(self, sick: str | None) -> None:
        """Renew the lease, and see that the key is there; without it when sick."""
        if sick is not None:
            self.leave()
            return
        if self._lease is None or not self._is_renewed():
            said = self._etcd.ask_json("/v3/lease/grant", {"TTL": self._ttl})
            self._lease, self._put = self._answered(said, "ID"), False
        put = {"key": self._key, "value": self._value, "lease": self._lease}
        if self._put:
            missing = {"key": self._key, "target": "VERSION", "version": "0"}
            then = [{"request_put": put}]
            self._etcd.ask("/v3/kv/txn", {"compare": [missing], "success": then})
        else:
            # Perhaps there is one of a process that crashed, with a lease that nobody renews.
            self._etcd.ask("/v3/kv/put", put)
            self._put = True

    def leave(self) -> None:
        """Revoke the lease: the key goes with it, unless another process has put it since."""
        if self._lease is not None:
            with suppress(LeaseGoneError):
                self._etcd.ask("/v3/lease/revoke", {"ID": self._lease})
            self._lease = None

    def _is_renewed(self) -> bool:
        said = self._etcd.ask_json("/v3/lease/keepalive", {"ID": self._lease})
        # Of a lease that is gone there is no TTL.
        return int(self._answered(said, "result").get("TTL", 0)) > 0

    def _answered(self, said: Any, name: str) -> Any:
        try:
            return said[name]
        except (KeyError, TypeError) as error:
            where = self.conversation.base
            raise ProviderError(f"what answers at {where} is not etcd: {error!r}") from error
