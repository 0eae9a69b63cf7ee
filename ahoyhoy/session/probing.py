"""Health checks of a service: its hosts are asked by the name that its requests use."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import requests

from ..http.ownsession import OwnSession
from ..http.sessions import new_session
from ..lb.iloadbalancer import ILoadBalancer
from ..utils import Instance
from .exchange import Naming
from .names import origins_of


class _Known(NamedTuple):
    instance: Instance


class Probed:
    """A balancer as health checks know it: its hosts bear the service's name, if requests use that.

    Args:
        lb: the balancer.
        name: of the service; None: it has none.
        naming: by which name its requests go out.
    """

    def __init__(self, lb: ILoadBalancer, name: str | None, naming: Naming) -> None:
        self._lb = lb
        self._authorities: dict[str, str] = {}
        if naming.server_name == "service" and name is not None:
            for origin in _origins(name):
                self._authorities[origin.scheme] = f"{origin.host}:{origin.port}"

    def endpoints(self) -> Sequence[Any]:
        """What there is of each host: its instance."""
        instances = [endpoint.instance for endpoint in self._lb.endpoints()]
        return [_Known(self._named(instance)) for instance in instances if instance is not None]

    def _named(self, instance: Instance) -> Instance:
        authority = self._authorities.get(instance.protocol)
        return instance if authority is None else replace(instance, authority=authority)

    def report(self, host: Any, *, healthy: bool, reason: str = "") -> None:
        """Tell what a check found."""
        self._lb.report(host, healthy=healthy, reason=reason)


def _origins(name: str) -> Sequence[Any]:
    try:
        return origins_of(name)
    except ValueError:  # only a name for people
        return ()


class Probes(OwnSession):
    """The session of health checks: it trusts whom its owner trusts, by the time of the check."""

    def __init__(self) -> None:
        super().__init__()
        self.adapters = new_session().adapters
        self._owner: weakref.ref[requests.Session] | None = None

    def serve(self, owner: requests.Session) -> None:
        """Check with the `verify` and `cert` of that session."""
        self._owner = weakref.ref(owner)

    def merge_environment_settings(
        self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any
    ) -> Any:
        """As requests does, by the owner's settings; and past the environment's proxies."""
        owner = None if self._owner is None else self._owner()
        if owner is not None:
            self.verify, self.cert, self.trust_env = owner.verify, owner.cert, owner.trust_env
        settings = super().merge_environment_settings(url, proxies, stream, verify, cert)
        return {**settings, "proxies": {}}
