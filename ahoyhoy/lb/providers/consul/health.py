"""Reading what a Consul agent says of the instances of a service."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from ....utils.host import Host
from ....utils.instance import Instance

logger = logging.getLogger("ahoyhoy.discovery")

_ORDER = ("passing", "warning", "critical")


class HealthReader:
    """Makes instances of the entries of `/v1/health/service/…`.

    Args:
        name: of the source, for warnings.
        scheme: of every host; None: what each instance says.
    """

    def __init__(self, name: str, scheme: str | None) -> None:
        self._name = name
        self._scheme = scheme
        self._told: set[str] = set()

    def read(self, entries: Iterable[Any], *, sort: bool) -> list[Instance]:
        """The instances that may be used; one that cannot be read is left out, with a warning."""
        found = []
        for entry in entries:
            try:
                instance = self._instance(entry)
            except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
                self._warn(entry, error)
            else:
                found += [] if instance is None else [instance]
        return sorted(found, key=_by_host) if sort else found

    def _instance(self, entry: Mapping[str, Any]) -> Instance | None:
        service, node = entry["Service"], entry["Node"]
        status = _status(entry.get("Checks") or ())
        if status == "critical":
            return None
        meta = {**(node.get("Meta") or {}), **(service.get("Meta") or {})}
        weights = service.get("Weights") or {}
        if not service.get("Port"):
            raise ValueError("it has no port")
        return Instance(
            Host(service.get("Address") or node["Address"], service["Port"]),
            scheme=self._scheme or _scheme(service),
            weight=float(weights.get(status.capitalize(), 1)),
            zone=meta.get("zone") or None,
        )

    def _warn(self, entry: Any, error: Exception) -> None:
        try:
            name = f"{entry['Service']['ID']!r} on node {entry['Node']['Node']!r}"
        except (KeyError, TypeError):
            name = repr(entry)[:80]
        text = f"{name} is left out: {error}"
        if text not in self._told:
            self._told.add(text)
            logger.warning("%s: %s", self._name, text)


def _status(checks: Iterable[Mapping[str, Any]]) -> str:
    """The worst of all checks; a status that is not known (`maintenance`) is as bad as can be."""
    statuses = [check["Status"] for check in checks]
    known = [_ORDER.index(s) if s in _ORDER else len(_ORDER) - 1 for s in statuses]
    return _ORDER[max(known, default=0)]


def _scheme(service: Mapping[str, Any]) -> str | None:
    said: str | None = (service.get("Meta") or {}).get("scheme")
    return said or ("https" if "https" in (service.get("Tags") or ()) else None)


def _by_host(instance: Instance) -> tuple[str, str]:
    return instance.host.address, str(instance.host.port)
