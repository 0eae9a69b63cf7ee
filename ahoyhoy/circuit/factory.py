"""One circuit breaker per host, all with the same settings."""

from __future__ import annotations

import dataclasses
from typing import Any

from .breaker import CircuitBreaker
from .settings import BreakerSettings

_OPTIONS = {field.name for field in dataclasses.fields(BreakerSettings)} | {
    *("exclude", "listeners", "storage", "clock", "rng"),
}


class BreakerFactory:
    """Makes circuit breakers with the same settings: `make(name="10.0.0.1:80")`.

    Args:
        options: as for `CircuitBreaker`. `storage` is a function here, `storage(name)`, that
            returns a pybreaker storage: each circuit has one of its own.

    Raises:
        TypeError: for an option that does not exist. ValueError: for one out of range.
    """

    def __init__(self, **options: Any) -> None:
        unknown = sorted(options.keys() - _OPTIONS - {"name"})
        if unknown:
            raise TypeError(
                f"a circuit has no option {', '.join(unknown)}; it has {', '.join(sorted(_OPTIONS))}"
            )
        if "name" in options:
            raise TypeError("each circuit is named after its host: leave out name=")
        self._storage = options.pop("storage", None)
        if self._storage is not None and not callable(self._storage):
            raise TypeError(
                "storage= takes a function of the circuit's name that returns a pybreaker"
                " storage: each host's circuit has one of its own"
            )
        CircuitBreaker(**options)  # a wrong option is found here, not at the first call
        self._options = options

    def __call__(self, name: str | None = None) -> CircuitBreaker:
        """A new circuit breaker."""
        storage = None if self._storage is None else self._storage(name)
        return CircuitBreaker(name, storage=storage, **self._options)
