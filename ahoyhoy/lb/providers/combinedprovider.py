"""Several sources of hosts as one."""

from __future__ import annotations

import itertools
import logging
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from ..._core import Clock
from ...exceptions import InvalidProviderError, ProviderError
from .discoverylog import reason
from .iprovider import IProvider

logger = logging.getLogger("ahoyhoy.discovery")

#: Seconds until a source that failed, and does not tell of changes, is asked again beside others.
_ASK_AGAIN = 30.0


class _Failure(NamedTuple):
    """What a source failed with; what its `changes()` were then, and when."""

    error: Exception
    changes: int
    at: float


class CombinedProvider(IProvider):
    """Base of a source that asks several others.

    A source that failed is left alone, while others answer, until it changes or 30 s have passed:
    nobody waits for a registry that hangs because another one has news.

    Args:
        *providers: the sources.
        clock: seconds that only go forward.

    Raises:
        InvalidProviderError: (a TypeError) when one is no `IProvider` object.
        ValueError: when there is none.

    Threading: as the sources'.
    """

    _seen: tuple[int, ...]

    def __init__(self, *providers: IProvider, clock: Clock = time.monotonic) -> None:
        if not providers:
            raise ValueError(f"{type(self).__name__} needs at least one source of hosts")
        for provider in providers:
            if not isinstance(provider, IProvider):
                raise InvalidProviderError(
                    f"{provider!r} is not a source of hosts: give an IProvider, for example"
                    " ListProvider(Host('10.0.0.1', 80), Host('10.0.0.2', 80))"
                )
        self._providers = providers
        self._clock = clock
        self._reset()

    def changes(self) -> int:
        """Another number after each change of a source. Never blocks; has all of them begin."""
        seen = tuple(provider.changes() for provider in self._providers)
        # No lock: whoever loses a race has the list asked for once more than necessary.
        if seen != self._seen:
            self._seen = seen
            self._number = next(self._numbers)
        return self._number

    def _is_mute(self) -> bool:
        return any(provider._is_mute() for provider in self._providers)

    def close(self) -> None:
        """Close all sources."""
        for provider in self._providers:
            provider.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {', '.join(map(repr, self._providers))}>"

    def __getstate__(self) -> dict[str, Any]:
        return {"_providers": self._providers, "_clock": self._clock}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._reset()

    def _reset(self) -> None:
        self._numbers = itertools.count(1)
        self._number = 0
        self._seen = (0,) * len(self._providers)
        self._failures: dict[int, _Failure] = {}

    def _in_turn(self) -> list[int]:
        """The sources by number; those to be left alone while others answer at the end."""
        return sorted(range(len(self._providers)), key=self._is_left_alone)

    def _is_left_alone(self, index: int) -> bool:
        failure = self._failures.get(index)
        if failure is None or self._clock() - failure.at >= _ASK_AGAIN:
            return False
        return self._providers[index].changes() == failure.changes

    def _ask(self, index: int) -> Sequence[Any] | None:
        """The hosts of a source; None when it fails."""
        provider = self._providers[index]
        changes = provider.changes()
        try:
            hosts = tuple(provider.get_list())
        except Exception as error:
            before = self._failures.get(index)
            if before is None or str(before.error) != str(error):
                logger.warning("%r: %r failed: %s", self, provider, reason(error))
            self._failures[index] = _Failure(error.with_traceback(None), changes, self._clock())
            return None
        self._failures.pop(index, None)
        return hosts

    def _nobody_answers(self) -> ProviderError:
        errors = [failure.error for _, failure in sorted(self._failures.items())]
        return ProviderError("no source of hosts answers: " + "; ".join(map(reason, errors)))
