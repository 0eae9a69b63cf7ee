"""A command that runs, and the signals that are meant for it."""

from __future__ import annotations

import queue
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ..exceptions import ConfigurationError

if TYPE_CHECKING:
    from typing_extensions import Self

    from .._core import Clock


def _known(*names: str) -> list[signal.Signals]:
    """Those of the signals that this system has."""
    return [getattr(signal, name) for name in names if hasattr(signal, name)]


#: By these somebody asks for the end; some servers end properly by SIGQUIT.
_ENDING = _known("SIGTERM", "SIGINT", "SIGQUIT")
#: To a server they say something else, such as to read its configuration again.
_TOLD = _known("SIGHUP", "SIGUSR1", "SIGUSR2")
#: The terminal is gone.
_ALONE = _known("SIGHUP")


class Running:
    """Runs a command and hears the signals to this process. A context.

    The command has a session of its own, so that Ctrl-C reaches it only when it is passed on. Of
    the signals, those that ask for the end are what `wait` returns; SIGHUP, SIGUSR1 and SIGUSR2
    go to the command at once. A signal that is ignored stays so.

    Args:
        command: the program and its arguments; empty: none, and SIGHUP asks for the end, too.
        clock: seconds that only go forward.

    Raises:
        ConfigurationError: on entry: there is no such program, or it cannot be run.

    Threading: for the main thread.
    """

    def __init__(self, command: Sequence[str], *, clock: Clock = time.monotonic) -> None:
        self._command = command
        self._clock = clock
        self._told = _TOLD if command else []
        # No Event: handlers put into it in the thread that waits for it.
        self._news: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        self._before: dict[int, Any] = {}
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        for number in [*_ENDING, *(self._told or _ALONE)]:
            if signal.getsignal(number) != signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._hear)
        try:
            if self._command:
                self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None and not self.ended:  # an error of ours
            self._process.terminate()
            self._process.wait()
        for number, before in self._before.items():
            signal.signal(number, before)

    @property
    def ended(self) -> bool:
        """Whether the command has ended."""
        return self._process is not None and self._process.poll() is not None

    @property
    def status(self) -> int:
        """What the command ended with, as a shell has it: 128 and its number for a signal."""
        code = 0 if self._process is None else self._process.wait()
        return code if code >= 0 else 128 - code

    def wait(self, seconds: float | None = None) -> int | None:
        """Block until somebody asks for the end, the command has ended, or the time is over.

        Args:
            seconds: how long; None: for as long as it takes.

        Returns:
            The number of the signal that asks for the end; None if there is none.
        """
        end = None if seconds is None else self._clock() + seconds
        while not self.ended:
            left = None if end is None else max(0.0, end - self._clock())
            try:
                number = self._news.get(timeout=left)
            except queue.Empty:
                return None
            if number in self._told:
                self.pass_on(number)
            elif number is not None:
                return number
        return None

    def pass_on(self, number: int | None) -> None:
        """Send the signal to the command."""
        if self._process is not None and number is not None:
            with suppress(OSError):  # it has ended just now
                self._process.send_signal(number)

    def _start(self) -> None:
        try:
            # Not forked while there are other threads, and their locks: this comes first.
            process = subprocess.Popen(list(self._command), start_new_session=True)  # noqa: S603 - it is asked for
        except OSError as error:
            raise ConfigurationError(f"cannot run {self._command[0]!r}: {error.strerror}") from None
        self._process = process
        threading.Thread(target=self._await, args=(process,), daemon=True).start()

    def _await(self, process: subprocess.Popen[bytes]) -> None:
        process.wait()
        self._news.put(None)

    def _hear(self, number: int, _frame: object) -> None:
        self._news.put(number)
