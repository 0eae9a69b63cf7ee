"""Functions that run beside each other in virtual time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from .virtualtime import SimulationOver, VirtualTime

T = TypeVar("T")


class Caller(Generic[T]):
    """A function that runs beside others in virtual time: begun as soon as somebody waits.

    Args:
        time: where.
        function: takes nothing.
    """

    def __init__(self, time: VirtualTime, function: Callable[[], T]) -> None:
        self._time = time
        self._function = function
        self._ended = time.gate()
        self._results: list[T] = []
        self._error: BaseException | None = RuntimeError(
            "the simulation was closed before this function had ended"
        )
        time.start(self._run)

    @property
    def done(self) -> bool:
        """Whether the function has ended."""
        return self._ended.is_open

    def wait(self) -> None:
        """Let time pass until the function has ended, in whatever way."""
        self._time.join(self._ended)

    def result(self) -> T:
        """What the function returned, once it has ended; what it raised is raised."""
        self.wait()
        if not self._results:
            assert self._error is not None  # noqa: S101 - for the type checker
            raise self._error
        return self._results[0]

    def _run(self) -> None:
        try:
            self._results.append(self._function())
        except SimulationOver:
            raise
        except BaseException as error:  # raised where the result is asked for
            self._error = error
        finally:
            self._ended.open()
