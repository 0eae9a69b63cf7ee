"""A source that shows the hosts of another one in another way."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from typing import Any

from ...exceptions import InvalidProviderError
from .iprovider import IProvider


class DerivedProvider(IProvider):
    """Base of a source that is made from another: write `_derive`.

    Args:
        provider: the source to take the hosts from.

    Raises:
        InvalidProviderError: (a TypeError) when that is no `IProvider` object.

    Threading: as the source's.
    """

    def __init__(self, provider: IProvider) -> None:
        if not isinstance(provider, IProvider):
            raise InvalidProviderError(
                f"{provider!r} is not a source of hosts: give an IProvider, for example"
                " ListProvider(Host('10.0.0.1', 80), Host('10.0.0.2', 80))"
            )
        self._provider = provider

    @abc.abstractmethod
    def _derive(self, hosts: Sequence[Any]) -> Sequence[Any]:
        """What to make of the source's list."""

    def get_list(self) -> Sequence[Any]:
        """The hosts as this source shows them. Blocks as long as the source it is made from."""
        return self._derive(self._provider.get_list())

    def changes(self) -> int:
        """Another number after each change."""
        return self._provider.changes()

    @property
    def stale_for(self) -> float:
        """Seconds since the source last confirmed its list, while it fails."""
        return self._provider.stale_for

    def _is_mute(self) -> bool:
        return self._provider._is_mute()

    def close(self) -> None:
        """Close the source it is made from."""
        self._provider.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._provider!r}>"
