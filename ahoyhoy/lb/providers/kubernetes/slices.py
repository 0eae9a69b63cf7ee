"""Reading what Kubernetes' endpoint slices say of a service."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ....utils.host import Host
from ....utils.instance import Instance
from ..watching.watch import Answer, NoHosts

logger = logging.getLogger("ahoyhoy.discovery")

_UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, IndexError)
# Of an endpoint that cannot be read.
_SHOWN = 80
_ZONE_LABEL = "topology.kubernetes.io/zone"


class _Found(NamedTuple):
    """An endpoint that may be used: at once, or when no other is left, as it is going down."""

    instance: Instance
    ready: bool
    meant_for: frozenset[str]


class SliceReader:
    """Makes instances of the endpoint slices of one service.

    Args:
        name: of the source, for warnings.
        port: number or name; None: the only one.
        scheme: of every host; None: what the port says.
        zone: one's own, for the hints of the slices; None: they are not followed.
    """

    def __init__(
        self, name: str, port: int | str | None, scheme: str | None, zone: str | None
    ) -> None:
        self._name = name
        self._port = port
        self._scheme = scheme
        self._zone = zone
        self._told: set[str] = set()

    def read(self, slices: Mapping[str, Mapping[str, Any]]) -> Answer:
        """The instances that may be used, by the names of the slices."""
        found: list[_Found] = []
        ports: list[str] = []
        for name, content in sorted(slices.items()):
            try:
                chosen = self._chosen_port(content.get("ports"))
                if chosen is None:
                    ports += map(_shown, content.get("ports") or ())
                else:
                    found += self._endpoints(content, chosen)
            except _UNREADABLE as error:
                self._warn(f"the slice {name!r}", error)
        hosts = self._usable(found)
        return hosts or NoHosts(self._why_empty(slices, found, ports))

    def _chosen_port(self, ports: Iterable[Mapping[str, Any]] | None) -> Mapping[str, Any] | None:
        given = list(ports or ())
        if not given and isinstance(self._port, int):
            return {"port": self._port}  # none is named: the endpoints serve on any
        if self._port is None:
            return given[0] if len(given) == 1 else None
        fits = (p for p in given if self._port in (p.get("name") or "", p.get("port")))
        return next(fits, None)

    def _endpoints(self, content: Mapping[str, Any], port: Mapping[str, Any]) -> Iterable[_Found]:
        secure = port.get("appProtocol") == "https" or port.get("name") == "https"
        scheme = self._scheme or ("https" if secure else None)
        for endpoint in content.get("endpoints") or ():
            try:
                found = _endpoint(endpoint, port["port"], scheme)
            except _UNREADABLE as error:
                self._warn(f"the endpoint {str(endpoint)[:_SHOWN]}", error)
            else:
                if found is not None:
                    yield found

    def _usable(self, found: list[_Found]) -> list[Instance]:
        # As kube-proxy does: those that are going down while there is no other, and hints only
        # where every endpoint has one, and some are meant for this zone.
        used = [each for each in found if each.ready] or found
        if self._zone is not None and all(each.meant_for for each in used):
            used = [each for each in used if self._zone in each.meant_for] or used
        instances = {each.instance.host: each.instance for each in reversed(used)}
        return sorted(instances.values(), key=_by_host)

    def _why_empty(self, slices: Any, found: list[_Found], ports: list[str]) -> str:
        if not slices:
            return "Kubernetes has no endpoint slices of such a service in this namespace"
        if ports and not found:
            wanted = "port= must name one" if self._port is None else f"not {self._port!r}"
            return f"the service has the ports {', '.join(sorted(set(ports)))}: {wanted}"
        return "no endpoint of the service is ready"

    def _warn(self, name: str, error: Exception) -> None:
        text = f"{name} is left out: {error!r}"
        if text not in self._told:
            self._told.add(text)
            logger.warning("%s: %s", self._name, text)


def _endpoint(endpoint: Mapping[str, Any], port: Any, scheme: str | None) -> _Found | None:
    """What an endpoint stands for; None if it may not be used."""
    conditions = endpoint.get("conditions") or {}
    ready = conditions.get("ready") is not False
    if not ready and conditions.get("serving") is not True:
        return None
    zone = endpoint.get("zone") or (endpoint.get("topology") or {}).get(_ZONE_LABEL)
    hints = (endpoint.get("hints") or {}).get("forZones") or ()
    # All its addresses are the same endpoint.
    instance = Instance(Host(endpoint["addresses"][0], port), scheme=scheme, zone=zone)
    return _Found(instance, ready, frozenset(hint["name"] for hint in hints))


def _shown(port: Mapping[str, Any]) -> str:
    return f"{port.get('name') or ''}:{port.get('port')}"


def _by_host(instance: Instance) -> tuple[str, str]:
    return instance.host.address, str(instance.host.port)
