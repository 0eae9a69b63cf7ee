"""Who is told what a circuit does: the log, pybreaker's listeners, a pybreaker storage."""

from __future__ import annotations

import datetime
import logging
import weakref
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeAlias

import pybreaker

from .states import ClosedState, HalfOpenState, OpenState, State

if TYPE_CHECKING:
    from .breaker import CircuitBreaker

logger = logging.getLogger("ahoyhoy.circuit")

#: Told of a change: old state, new state, why.
Watcher: TypeAlias = Callable[[type[State], type[State], str], object]


class Notices:
    """Tells others; called with no lock held. What they raise is logged and goes no further."""

    def __init__(
        self,
        breaker: CircuitBreaker,
        listeners: Iterable[pybreaker.CircuitBreakerListener],
        storage: pybreaker.CircuitBreakerStorage | None,
    ) -> None:
        self._breaker: Any = breaker
        self.listeners = tuple(listeners)
        for listener in self.listeners:
            if not all(hasattr(listener, name) for name in ("success", "failure", "state_change")):
                raise TypeError(
                    f"{listener!r} is not a listener: derive it from pybreaker.CircuitBreakerListener"
                )
        self._watchers: tuple[weakref.WeakMethod[Watcher], ...] = ()
        self.storage = storage or pybreaker.CircuitMemoryStorage(ClosedState.name)

    def watch(self, watcher: Watcher) -> None:
        """Tell a bound method of every change, as long as its object lives."""
        alive = tuple(known for known in self._watchers if known() is not None)
        self._watchers = (*alive, weakref.WeakMethod(watcher))

    def stored_state(self) -> str:
        """The state that the storage holds."""
        return self.storage.state

    def before_call(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """A call is about to go through."""
        for listener in self.listeners:
            _quietly(listener.before_call, self._breaker, func, *args, **kwargs)

    def success(self) -> None:
        """A call succeeded."""
        for listener in self.listeners:
            _quietly(listener.success, self._breaker)

    def failure(self, error: BaseException | None) -> None:
        """A call failed."""
        for listener in self.listeners:
            _quietly(listener.failure, self._breaker, error)

    def changed(self, old: type[State], new: type[State], why: str) -> None:
        """The state changed."""
        # Before the log: whoever chooses among circuits is to know it first.
        for reference in self._watchers:
            watcher = reference()
            if watcher is not None:
                _quietly(watcher, old, new, why)
        name = self._breaker.name or "(unnamed)"
        # The pauses of an outage (half-open and open again) are not worth a line each.
        if new is OpenState and old is ClosedState:
            logger.warning("circuit %s opened: %s", name, why)
        elif new is ClosedState:
            logger.warning("circuit %s closed: %s", name, why)
        else:
            level = logging.INFO if new is HalfOpenState else logging.DEBUG
            logger.log(level, "circuit %s is %s: %s", name, new.name, why)
        _quietly(self._store, new)
        for listener in self.listeners:
            _quietly(listener.state_change, self._breaker, old, new)

    def _store(self, new: type[State]) -> None:
        self.storage.state = new.name
        if new is OpenState:
            self.storage.opened_at = datetime.datetime.now(datetime.timezone.utc)
        elif new is ClosedState:
            self.storage.reset_counter()


def _quietly(tell: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
    try:
        tell(*args, **kwargs)
    except Exception:
        logger.exception("a listener or storage of a circuit raised; the call goes on")
