"""Hosts from the first source that has any."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .combinedprovider import CombinedProvider


class ChainProvider(CombinedProvider):
    """The hosts of the first source that answers with any; back to an earlier one when that does.

        ChainProvider(ConsulProvider("users"), FileProvider("/etc/users.json"))

    As a source that once answered keeps its last good list, the next one is asked when one has
    never answered, or says for long enough that it has no hosts.

    Args:
        *providers: the sources, the best first.
        clock: seconds that only go forward.

    Raises:
        InvalidProviderError: (a TypeError) when one is no `IProvider` object.
        ValueError: when there is none.
        ProviderError: from `get_list`, when none answers; names what each failed with.

    Threading: as the sources'. Blocks as long as the first ones that do not answer.
    """

    def get_list(self) -> Sequence[Any]:
        """The hosts of the first source that has any; an empty list when some answer, but none has."""
        self.changes()  # all begin before the first is waited for
        answered = False
        for index in self._in_turn():
            hosts = self._ask(index)
            if hosts:
                self._used = index
                return hosts
            answered = answered or hosts is not None
        if not answered:
            raise self._nobody_answers()
        return ()

    @property
    def stale_for(self) -> float:
        """That of the source whose hosts were given out last."""
        return self._providers[self._used].stale_for

    def _reset(self) -> None:
        super()._reset()
        self._used = 0
