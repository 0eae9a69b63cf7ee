"""A fixed list of hosts."""

from __future__ import annotations

from typing import Any

from .iprovider import IProvider


class ListProvider(IProvider):
    """The hosts it was given, in that order, for ever.

    Args:
        *hosts: `Host`, `Instance` or `(address, port)` tuples. Nothing is checked here: a
            balancer checks a host when it picks it.

    Never blocks, raises nothing, may be used by any number of threads.
    """

    def __init__(self, *hosts: Any) -> None:
        self._hosts = hosts

    def get_list(self) -> tuple[Any, ...]:
        """The hosts, as given."""
        return self._hosts

    def changes(self) -> int:
        """The same for ever."""
        return 0

    def __repr__(self) -> str:
        return f"ListProvider({', '.join(map(repr, self._hosts))})"
