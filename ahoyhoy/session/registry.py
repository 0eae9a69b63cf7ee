"""Which services a session has, and which URLs are theirs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from requests.adapters import HTTPAdapter

from .adapter import Adapter
from .names import Origin, Place, origins_of, place_of
from .targets import speaks_tls


class Registry:
    """Which services a session has, and which URLs are theirs."""

    def __init__(self) -> None:
        self.default: str | None = None
        self._base: str | None = None
        #: by the session's own scheme prefixes: what it was made with
        self.stock: dict[str, Any] = {}
        self._by_origin: dict[Origin, Adapter] = {}
        # Counted when they are first asked for.
        self._prefixes: frozenset[str] | None = None
        self._hurries: bool | None = None
        #: by identity of a service's adapter, and scheme: the same over what was found there last
        self._composed: dict[tuple[int, str], Adapter] = {}

    def __bool__(self) -> bool:
        return bool(self._by_origin)

    @property
    def prefixes(self) -> frozenset[str]:
        """The prefixes of a session's adapters that are no user's."""
        if self._prefixes is None:
            own = {prefix for origin in self._by_origin for prefix in origin.prefixes}
            self._prefixes = frozenset(own | self.stock.keys())
        return self._prefixes

    @property
    def hurries(self) -> bool:
        """Whether a service has a deadline for each request."""
        if self._hurries is None:
            services = [adapter.service for adapter in self._by_origin.values()]
            self._hurries = any(s.settings.deadline is not None for s in services)
        return self._hurries

    def add(self, name: str, adapter: Adapter) -> None:
        """Have a service own the origins of its name.

        Raises:
            ValueError: when another one owns one of them.
        """
        for origin in origins_of(name):
            if origin in self._by_origin:
                raise ValueError(f"two services own {origin.prefixes[0]}: {name!r} is one of them")
            self.own(origin, adapter)

    def add_default(self, name: str, adapter: Adapter) -> None:
        """Add the service that relative URLs go to."""
        self.add(name, adapter)
        self.default = name
        http, https = origins_of(name)
        origin = https if speaks_tls(adapter.service.lb) else http
        self._base = f"{origin.scheme}://{origin.authority}"

    def own(self, origin: Origin, adapter: Adapter) -> None:
        """Have an adapter's service own an origin, whoever did before."""
        self._by_origin[origin] = adapter
        self._prefixes = self._hurries = None

    def find(self, url: str) -> tuple[Place, Adapter] | None:
        """The parts of a service's URL, and its adapter; None for a URL that is no service's."""
        place = place_of(url)
        adapter = None if place is None else self._by_origin.get(place.origin)
        return None if place is None or adapter is None else (place, adapter)

    def of_scheme(self, scheme: str) -> Iterator[tuple[Origin, Adapter]]:
        """The origins of that scheme, and whose they are."""
        found = [item for item in self._by_origin.items() if item[0].scheme == scheme]
        return iter(found)

    def named(self, name: str | None) -> Adapter:
        """The adapter of a service.

        Args:
            name: of the service; None: the one that relative URLs go to, or the only one.

        Raises:
            ValueError: when there is none.
        """
        wanted = self.default if name is None else name
        if wanted is not None:
            for origin in origins_of(wanted):
                if origin in self._by_origin:
                    return self._by_origin[origin]
        names = ", ".join(self.names) or "none"
        asked = "say which service" if name is None else f"there is no service {name!r}"
        raise ValueError(f"{asked}: the session has {names}")

    @property
    def names(self) -> list[str]:
        """What the services are called in URLs."""
        return list(dict.fromkeys(origin.authority for origin in self._by_origin))

    @property
    def adapters(self) -> list[Adapter]:
        """The services' adapters, each once."""
        return list({id(adapter): adapter for adapter in self._by_origin.values()}.values())

    @property
    def base(self) -> str | None:
        """What comes before a relative URL; None where such a URL goes nowhere."""
        return self._base

    def composed(self, adapter: Adapter, mounted: Any, scheme: str) -> Any:
        """What sends a service's requests where something was mounted."""
        if isinstance(mounted, Adapter) or not isinstance(mounted, HTTPAdapter):
            return mounted
        if mounted is self.stock.get(f"{scheme}://"):
            return adapter
        key = id(adapter), scheme
        known = self._composed.get(key)
        if known is None or known.transport is not mounted or known.service is not adapter.service:
            known = self._composed[key] = adapter.over(mounted)
        return known

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_composed": {}}
