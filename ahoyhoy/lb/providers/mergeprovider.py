"""The hosts of several sources together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...utils.instance import Instance
from .combinedprovider import CombinedProvider


class MergeProvider(CombinedProvider):
    """The hosts of all sources, each host once: as the first of them that names it says.

    A source that fails counts with its last list. For a move from one registry to another, or for
    a service in several of them.

    Args:
        *providers: the sources.
        clock: seconds that only go forward.

    Raises:
        InvalidProviderError: (a TypeError) when one is no `IProvider` object.
        ValueError: when there is none.
        ProviderError: from `get_list`, when none has ever answered; names what each failed with.

    Threading: as the sources'. Blocks as long as the slowest, for its first answer.
    """

    def get_list(self) -> Sequence[Any]:
        """The hosts of all sources that ever answered."""
        self.changes()  # all begin before the first is waited for
        for index in self._in_turn():
            if not self._is_left_alone(index) or not self._lists:
                hosts = self._ask(index)
                if hosts is not None:
                    self._lists[index] = hosts
        if not self._lists:
            raise self._nobody_answers()
        found: dict[Any, Any] = {}
        for _, hosts in sorted(self._lists.items()):
            for item in hosts:
                found.setdefault(_key(item), item)
        return tuple(found.values())

    @property
    def stale_for(self) -> float:
        """That of the source whose list is the oldest."""
        return max(provider.stale_for for provider in self._providers)

    def _reset(self) -> None:
        super()._reset()
        self._lists: dict[int, Sequence[Any]] = {}


def _key(item: Any) -> Any:
    if isinstance(item, Instance):
        return item.host
    return item if isinstance(item, tuple) else repr(item)  # no host; whoever picks it is told so
