"""A circuit that hears what other processes find out about its host."""

from __future__ import annotations

import abc
from dataclasses import dataclass
from typing import Any

from .breaker import CircuitBreaker
from .permit import Permit
from .states import Change, ClosedState, HalfOpenState, OpenState, State

#: By how much longer than those who found out, at most, others wait for their trial: if that of
#: those succeeds, they need none.
_LATER = 0.2
#: Seconds for which others are not believed who were wrong: they cannot reach a host that this
#: process can.
_DISBELIEF = 60.0


@dataclass(frozen=True)
class Word:
    """What a process tells others of a host.

    Args:
        host: the circuit's name.
        seconds: for how long its circuit is open from now on; 0: the host is well again.
        answered: whether it answers, if only with errors.
    """

    host: str
    seconds: float
    answered: bool = False


class Grapevine(abc.ABC):
    """Carries words between processes. Nothing here may block or raise."""

    @abc.abstractmethod
    def listen(self) -> None:
        """Begin to listen, unless that has begun: called with each call, so it must cost nothing."""

    @abc.abstractmethod
    def tell(self, word: Word) -> None:
        """Pass it on to the others, if that is possible."""

    @abc.abstractmethod
    def __call__(self, name: str | None = None) -> CircuitBreaker:
        """A new circuit that takes part."""


class SharedBreaker(CircuitBreaker):
    """A circuit breaker that tells other processes when it opens, and hears when theirs do.

    * Opened by its own failures, it tells for how long; closed by a trial, it tells that as well.
    * A closed one opens when another process has opened its own. It is tried again as any open
      circuit, a little after the others. If that succeeds, it does not believe such words of this
      host for a minute: it can reach it and they cannot.
    * It is tried at once if by such news more than half of the circuits would be open: rather cannot
      that process reach any host than that all are dead.
    * One that was opened by others closes when they tell so. One that opened by itself as well
      makes its trial at once.
    * What is done by hand stays here.

    Args:
        grapevine: by which words come and go.
        name: the host.
        options: as for `CircuitBreaker`.
    """

    def __init__(self, grapevine: Grapevine, name: str | None = None, **options: Any) -> None:
        super().__init__(name, **options)
        self._grapevine = grapevine
        #: whether it is open because of what others said
        self._heard = False
        self._disbelief = float("-inf")
        self.notices.watch(self._changed)

    def acquire(self, *, bypass: bool = False) -> Permit:
        """See `CircuitBreaker.acquire`."""
        self._grapevine.listen()
        return super().acquire(bypass=bypass)

    def hear(self, word: Word, *, doubtful: bool = False) -> None:
        """Another process told of this host.

        Args:
            word: what it told.
            doubtful: the host is to be tried at once, rather than later.
        """
        with self._lock:
            if word.seconds:
                change = self._open_locked(word, 0.0 if doubtful else word.seconds)
            else:
                change = self._close_locked()
        if change:
            self.notices.changed(*change)

    def _open_locked(self, word: Word, seconds: float) -> Change | None:
        now = self.clock()
        if self._state is not ClosedState or now < self._disbelief:
            return None
        length = seconds * (1 + _LATER * self._rng.random())
        self._retry_at = now + length
        self._heard = True
        self._accrual.answered = word.answered
        self._change_locked(OpenState)
        return ClosedState, OpenState, f"another process found out; tried again in {length:.1f} s"

    def _close_locked(self) -> Change | None:
        if self._state is not OpenState or self._retry_at is None:
            return None
        if not self._heard:
            self._retry_at = self.clock()
            return None
        self._accrual.forget()
        self._retry_at = 0.0
        self._change_locked(ClosedState)
        return OpenState, ClosedState, "another process found it well"

    def _changed(self, old: type[State], new: type[State], _why: str) -> None:
        """Its state changed: tell, if by what was found out here."""
        if self.name is None or (new is OpenState and old is ClosedState and self._heard):
            return
        if new is OpenState:
            left = self.retry_in
            if left:  # neither by hand, nor due again as its trial had no outcome
                self._heard = False
                self._grapevine.tell(Word(self.name, left, self._accrual.answered))
        elif new is ClosedState:
            heard, self._heard = self._heard, False
            if old is HalfOpenState and heard:
                self._disbelief = self.clock() + _DISBELIEF
            elif old is HalfOpenState:
                self._grapevine.tell(Word(self.name, 0.0))

    def __reduce__(self) -> tuple[Any, ...]:
        # As any other, a copy in another process starts closed.
        return self._grapevine, (self.name,)
