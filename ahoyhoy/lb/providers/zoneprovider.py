"""The hosts of one's own zone first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ...exceptions import InvalidHostError
from ...utils.instance import Instance, as_instance
from .derivedprovider import DerivedProvider
from .iprovider import IProvider


class ZoneProvider(DerivedProvider):
    """The hosts of a source with a priority by their zone: near ones first, then the others.

    `FailoverLB` spills over to the next zone as hosts of the nearest fail; other balancers use it
    when none of the nearest is left. Within a zone the source's own priorities hold.

    Args:
        provider: the source of hosts; those that are an `Instance` may have a zone.
        zone: one's own zone.
        zones: instead, several zones, nearest first. Hosts of other zones, or of none, come last.

    Raises:
        InvalidProviderError: (a TypeError) when the provider is no `IProvider` object.
        ValueError: when there is no zone, or both arguments are given.
        TypeError: when `zones` is one name.
    """

    def __init__(
        self, provider: IProvider, zone: str | None = None, *, zones: Sequence[str] | None = None
    ) -> None:
        super().__init__(provider)
        if (zone is None) == (zones is None):
            raise ValueError("give one's own zone=, or several zones=, nearest first")
        if isinstance(zones, str):
            raise TypeError(f"zones must be a sequence of names, such as [{zones!r}]")
        names = (zone,) if zones is None else tuple(zones)
        if not names or not all(isinstance(name, str) and name for name in names):
            raise ValueError(f"a zone is a name such as 'eu-1a', not {names!r}")
        self._zones = names

    def _derive(self, hosts: Sequence[Any]) -> Sequence[Any]:
        instances = [_instance(item) for item in hosts]
        nearness = {i: self._nearness(i) for i in instances if isinstance(i, Instance)}
        # Numbered without gaps: what is shown of a host stays readable.
        priorities = {near: number for number, near in enumerate(sorted({*nearness.values()}))}
        return tuple(
            replace(i, priority=priorities[nearness[i]]) if isinstance(i, Instance) else i
            for i in instances
        )

    def _nearness(self, instance: Instance) -> tuple[int, int]:
        known = instance.zone in self._zones
        place = self._zones.index(instance.zone) if known else len(self._zones)
        return place, instance.priority


def _instance(item: Any) -> Any:
    try:
        return as_instance(item)
    except InvalidHostError:
        return item  # the balancer says what is wrong with it
