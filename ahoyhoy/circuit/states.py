"""The three states of a circuit, under the names that pybreaker gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

import pybreaker

from ..exceptions import CircuitOpenError

if TYPE_CHECKING:
    from .circuit import Circuit


class State:
    """A state of a `Circuit`. The class itself is the state; it has no instances."""

    #: The name in pybreaker's storages.
    name: ClassVar[str]

    @classmethod
    def open(cls, circuit: Circuit) -> None:
        """Open the circuit."""
        circuit.breaker.open()

    @classmethod
    def close(cls, circuit: Circuit) -> None:
        """Close the circuit."""
        circuit.breaker.close()

    @staticmethod
    def dispatch(circuit: Circuit, name: str) -> Any:
        """The session's method of that name."""
        return getattr(circuit._session, name)


class ClosedState(State):
    """Requests go through. Closing a closed circuit is an error."""

    name = pybreaker.STATE_CLOSED

    @classmethod
    def close(cls, _circuit: Circuit) -> None:
        """Raise: it is closed.

        Raises:
            CircuitOpenError: (a RuntimeError) always.
        """
        raise CircuitOpenError("State is already closed.")


class HalfOpenState(State):
    """One trial request is under way; its result closes or opens the circuit."""

    name = pybreaker.STATE_HALF_OPEN


class OpenState(State):
    """Nothing goes through until a trial is due. Opening an open circuit is an error."""

    name = pybreaker.STATE_OPEN

    @classmethod
    def open(cls, _circuit: Circuit) -> None:
        """Raise: it is open.

        Raises:
            CircuitOpenError: (a RuntimeError) always.
        """
        raise CircuitOpenError("State is already open.")

    @staticmethod
    def dispatch(circuit: Circuit, name: str) -> Any:
        """The session's method of that name, when a trial is due.

        Raises:
            CircuitOpenError: (a RuntimeError) while none is.
        """
        circuit.breaker.check()
        return State.dispatch(circuit, name)


STATES: dict[str, type[State]] = {s.name: s for s in (ClosedState, HalfOpenState, OpenState)}

#: Old state, new state, why.
Change: TypeAlias = tuple[type[State], type[State], str]
