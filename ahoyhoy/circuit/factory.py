"""What makes the circuit of each host: a factory with the same settings for all, or something of one's own."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, TypeAlias

import pybreaker

from ..exceptions import BuilderError
from .breaker import CircuitBreaker
from .settings import BreakerSettings

#: Called with `name=`, the host's, for the circuit of each.
Maker: TypeAlias = Callable[..., CircuitBreaker]

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


def checked_maker(make: Any) -> Maker:
    """What makes circuits, if it can.

    Raises:
        BuilderError: (a TypeError) for one circuit, which cannot be that of all hosts, a class that
            is none of circuits, and what cannot be called.
    """
    if isinstance(make, type):
        shown, makes = f"the class {make.__name__}", issubclass(make, CircuitBreaker)
    else:
        one = isinstance(make, (CircuitBreaker, pybreaker.CircuitBreaker))
        # Not itself: it may be a URL with a password.
        shown, makes = f"an object of {type(make).__name__}", callable(make) and not one
    if not makes:
        raise BuilderError(
            f"{shown} makes no circuits, and each host has one of its own: give"
            " BreakerFactory(failure_threshold=3), RedisCircuits('redis://…'), or a function of"
            " name= that returns a CircuitBreaker"
        )
    checked: Maker = make
    return checked
