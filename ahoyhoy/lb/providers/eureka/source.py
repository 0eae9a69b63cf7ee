"""Reading an application of Eureka again and again."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from ....exceptions import ProviderError
from ....utils.host import Host
from ....utils.instance import Instance
from ..known import RefusedError
from ..watching.registryhttp import Conversation, RegistryHttp
from ..watching.watch import Answer, Answers, NoHosts, Source, Watch

logger = logging.getLogger("ahoyhoy.discovery")


class _UnknownError(ProviderError):
    """There is no such application."""


class EurekaSource(Source):
    """The instances of one application.

    See https://github.com/Netflix/eureka/wiki/Eureka-REST-operations.
    """

    def __init__(
        self,
        app: str,
        registry: RegistryHttp,
        *,
        by_ip: bool,
        scheme: str | None,
        interval: float,
    ) -> None:
        self.name = f"eureka://{app}"
        self._app = app
        self._registry = registry
        self._by_ip = by_ip
        self._scheme = scheme
        self._interval = interval

    def watch(self, watch: Watch) -> Answers:
        """Yield all hosts at each interval."""
        told: set[str] = set()
        with self._registry.open() as eureka:
            while True:
                yield self._read(eureka, told)
                watch.wait(self._interval)

    def _read(self, eureka: Conversation, told: set[str]) -> Answer:
        path = f"/apps/{quote(self._app.upper(), safe='')}"
        try:
            said = eureka.ask_json("GET", path, explain=self._explain)
        except _UnknownError:
            return NoHosts(f"Eureka knows no application {self._app!r}")
        try:
            given = said["application"].get("instance") or ()
        except (KeyError, TypeError, AttributeError) as error:
            text = f"what answers at {eureka.base} is not Eureka: {error!r}"
            raise ProviderError(text) from error
        # One alone may come without its list.
        entries = [given] if isinstance(given, dict) else given
        found = {i.host: i for entry in entries if (i := self._instance(entry, told))}
        why = f"none of the {len(entries)} instances of {self._app!r} is UP"
        return sorted(found.values(), key=_by_host) or NoHosts(why)

    def _instance(self, entry: Any, told: set[str]) -> Instance | None:
        """The instance that an entry stands for; None if it is not UP, or cannot be read."""
        try:
            return _instance(entry, self._scheme, by_ip=self._by_ip)
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
            name = entry.get("instanceId") if isinstance(entry, dict) else None
            text = f"{name or str(entry)[:80]!r} is left out: {error!r}"
            if text not in told:
                told.add(text)
                logger.warning("%s: %s", self.name, text)
            return None

    def _explain(self, status: int, text: str) -> ProviderError:
        if status == 404:
            return _UnknownError(text)
        if status in (401, 403):
            return RefusedError(f"Eureka refuses user= and password= ({status})")
        if status < 500 and status != 429:
            return RefusedError(f"Eureka refuses the question ({status}: {text})")
        return ProviderError(f"Eureka answered {status}: {text}")


def _instance(entry: Mapping[str, Any], scheme: str | None, *, by_ip: bool) -> Instance | None:
    if entry.get("status") != "UP":
        return None
    metadata = entry.get("metadata") or {}
    center = (entry.get("dataCenterInfo") or {}).get("metadata") or {}
    port, secure = _port(entry.get("port")), _port(entry.get("securePort"))
    if scheme is None and port is None and secure is not None:
        scheme = "https"
    chosen = secure if scheme == "https" else port
    if chosen is None:
        raise ValueError(f"it has no port for {scheme or 'http'}")
    address = entry["ipAddr"] if by_ip else entry["hostName"]
    return Instance(
        Host(address, chosen),
        scheme=scheme,
        weight=float(metadata.get("weight", 1)),
        zone=metadata.get("zone") or center.get("availability-zone"),
    )


def _port(said: Any) -> int | None:
    """As `{"$": 80, "@enabled": "true"}`, which is a translation of XML, or as a number alone."""
    if isinstance(said, dict):
        return int(said["$"]) if str(said.get("@enabled", "true")).lower() == "true" else None
    return None if said is None else int(said)


def _by_host(instance: Instance) -> tuple[str, str]:
    return instance.host.address, str(instance.host.port)
