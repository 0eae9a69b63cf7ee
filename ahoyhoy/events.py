"""What happens, for whoever wants to know: logs, metrics, traces, a dashboard.

A listener is a function of one event. It is called in the thread where the event happened, with no
lock held; what it raises is logged and goes no further. It should be quick: the call waits for it, and
where a circuit changed, its host stays occupied meanwhile.

>>> from ahoyhoy.events import CircuitChanged
>>> def page_somebody(event):
...     if isinstance(event, CircuitChanged) and event.new == "open":
...         print(f"{event.host} is out: {event.reason}")
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from ._core import Attempt
from ._fork import renew_after_fork
from .utils import Host

logger = logging.getLogger("ahoyhoy.events")


@dataclass(frozen=True, slots=True)
class CallStarted:
    """Somebody made a call.

    Attributes:
        service: the client's name, or None.
        method: the HTTP method.
        path: what was asked for, without its query.
    """

    service: str | None
    method: str
    path: str


@dataclass(frozen=True, slots=True)
class CallEnded:
    """A call has its result.

    Attributes:
        service, method, path: as in `CallStarted`.
        elapsed: seconds, all attempts and pauses included.
        attempts: the story of the call.
        status: the HTTP status, if there was an answer.
        error: what the call raised, or None.
    """

    service: str | None
    method: str
    path: str
    elapsed: float
    attempts: tuple[Attempt, ...]
    status: int | None = None
    error: BaseException | None = None


@dataclass(frozen=True, slots=True)
class AttemptStarted:
    """A request is about to go to a host.

    Attributes:
        service, method, path: as in `CallStarted`.
        host: where to.
        number: 1 for the first attempt of its call.
    """

    service: str | None
    method: str
    path: str
    host: Host
    number: int


@dataclass(frozen=True, slots=True)
class AttemptEnded:
    """An attempt has its outcome: what `attempt` says.

    Attributes:
        service, method, path, number: as in `AttemptStarted`.
        attempt: host, time, verdict, status.
    """

    service: str | None
    method: str
    path: str
    number: int
    attempt: Attempt


@dataclass(frozen=True, slots=True)
class RetryDenied:
    """A failed attempt would have been repeated, or a slow one hedged, but may not be.

    Attributes:
        service, method, path: as in `CallStarted`.
        reason: `"retry budget"`, `"deadline"`, `"Retry-After"`, or, for a hedge that its cap, the
            budget or the deadline did not allow, `"hedge budget"`.
    """

    service: str | None
    method: str
    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class HedgeWon:
    """A second request, sent because the first was late, had the first good answer.

    Attributes:
        service, method, path: as in `CallStarted`.
        host: the one that answered.
        loser: the one that was late; None: it still waited for a host.
    """

    service: str | None
    method: str
    path: str
    host: Host
    loser: Host | None


@dataclass(frozen=True, slots=True)
class CircuitChanged:
    """A host's circuit changed its state.

    Attributes:
        host: whose.
        old, new: `"closed"`, `"open"` or `"half-open"`.
        reason: why.
    """

    host: Host
    old: str
    new: str
    reason: str


@dataclass(frozen=True, slots=True)
class HostEjected:
    """Calls pass over a host from now on: its circuit opened, it asked for a pause, or a check failed.

    Attributes:
        host: which.
        reason: why.
    """

    host: Host
    reason: str


@dataclass(frozen=True, slots=True)
class HostReturned:
    """Calls go to the host again.

    Attributes:
        host: which.
    """

    host: Host


@dataclass(frozen=True, slots=True)
class HostsChanged:
    """The source of hosts named others than before.

    Attributes:
        added, removed: which.
    """

    added: tuple[Host, ...]
    removed: tuple[Host, ...]


Event: TypeAlias = (
    CallStarted | CallEnded | AttemptStarted | AttemptEnded | RetryDenied | HedgeWon
    | CircuitChanged | HostEjected | HostReturned | HostsChanged
)  # fmt: skip

Listener: TypeAlias = Callable[[Any], object]


class Announcer:
    """Tells listeners.

    Attributes:
        heard: whether there are any: else no event need be made.

    Threading: everything may be called from any thread; listeners are told in the order they came.
    """

    def __init__(self, listeners: Iterable[Listener] = ()) -> None:
        self.heard = False
        #: each with how many times it was added
        self._listeners: tuple[tuple[Listener, int], ...] = ()
        self._lock = threading.Lock()
        for listener in listeners:
            self.add(listener)
        renew_after_fork(self)

    def add(self, listener: Listener) -> None:
        """Tell this one too, once for each event however often it was added.

        Raises:
            TypeError: when it cannot be called.
        """
        if not callable(listener):
            raise TypeError(f"a listener is a function of one event, not {listener!r}")
        self._count(listener, 1)

    def remove(self, listener: Listener) -> None:
        """Tell this one no more, if it was removed as often as it was added."""
        self._count(listener, -1)

    def tell(self, event: Event) -> None:
        """Tell every listener. No lock may be held here."""
        for listener, _ in self._listeners:
            try:
                listener(event)
            except Exception:
                logger.exception("a listener raised; the call goes on")

    def _count(self, listener: Listener, by: int) -> None:
        with self._lock:
            known = next((times for other, times in self._listeners if other == listener), None)
            if known is None:
                counted = (*self._listeners, (listener, by))
            else:
                counted = tuple(
                    (other, times + by if other == listener else times)
                    for other, times in self._listeners
                )
            # Replaced as a whole: it is read without the lock.
            self._listeners = tuple(entry for entry in counted if entry[1] > 0)
            self.heard = bool(self._listeners)

    def __iter__(self) -> Iterator[Listener]:
        return iter([listener for listener, _ in self._listeners])

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy in another process has the same listeners."""
        return type(self), (list(self),)

    def _after_fork(self) -> None:
        self._lock = threading.Lock()
