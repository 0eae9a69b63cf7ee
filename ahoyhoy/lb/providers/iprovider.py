"""The contract of a source of hosts."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from typing import Any


class IProvider(abc.ABC):
    """A source of hosts for a balancer. Only `get_list` must be written.

    Threading: a balancer may call both methods from any thread, several at once.
    """

    @abc.abstractmethod
    def get_list(self) -> Sequence[Any]:
        """The hosts as they are known now: `Host`, `Instance` or `(address, port)` tuples.

        May block on the first call; a source that refreshes itself returns what it has after that.
        """

    def changes(self) -> int:
        """A number that is another one after each change of the list. Always 0: the list is asked for only by `update()`.

        A balancer reads it before each pick and calls `get_list` when it moved, so it must be
        cheap and never block. A source whose answer expires begins its refresh here.
        """
        return 0

    @property
    def stale_for(self) -> float:
        """Seconds since the list was last confirmed, while the source fails; 0.0 while it does not."""
        return 0.0

    def _is_mute(self) -> bool:
        """Whether `changes` never tells of any, so that the list is asked for now and then."""
        return type(self).changes is IProvider.changes

    def close(self) -> None:
        """Let go of what the source holds open. A closed source may be used again."""
