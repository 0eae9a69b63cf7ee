"""Hosts from a function of one's own."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable
from typing import Any

from ..._core import Clock
from .cached import CachedProvider, Fetched, seconds


class CallableProvider(CachedProvider):
    """The hosts that a function returns, which is called again when they are so many seconds old.

    Args:
        function: takes nothing and returns hosts: `Host`, `Instance` or `(address, port)`. It may
            block and may raise: the last good list stays. Called in one thread at a time.
        interval: seconds. Default 30.
        empty_grace, clock, rng: see `CachedProvider`.

    Raises:
        TypeError: when the function is none.
        ValueError: for an interval that cannot be.
    """

    def __init__(
        self,
        function: Callable[[], Iterable[Any]],
        *,
        interval: float = 30.0,
        empty_grace: float = 30.0,
        clock: Clock = time.monotonic,
        rng: random.Random | None = None,
    ) -> None:
        if not callable(function):
            raise TypeError(f"give a function that returns hosts, not {function!r}")
        self._function = function
        every = seconds("interval", interval)
        name = getattr(function, "__qualname__", None) or repr(function)
        options = {"min_ttl": min(1.0, every), "max_ttl": every, "empty_grace": empty_grace}
        super().__init__(name, clock=clock, rng=rng, **options)

    def _fetch(self) -> Fetched:
        return Fetched(self._function(), self._max_ttl)
