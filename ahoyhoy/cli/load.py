"""A steady stream of calls from several threads, and what their caller saw of it."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Seen:
    """What the callers saw so far: calls that ended, those that failed, and the first errors' texts."""

    calls: int
    failures: int
    errors: tuple[str, ...]


class Load:
    """Makes calls at an even rate while its `with` block runs.

    Args:
        call: what a call is; it raises when it fails. Called by several threads at once.
        rate: calls a second, all threads together; fewer when they take longer than that allows.
        threads: how many.
        clock: what the time is, in seconds.
    """

    def __init__(
        self,
        call: Callable[[], object],
        *,
        rate: float,
        threads: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._call = call
        self._clock = clock
        self._period = threads / rate
        self._done = threading.Event()
        self._lock = threading.Lock()
        self._seen = Seen(0, 0, ())
        # Each starts a bit after the one before: calls are spread evenly.
        self._threads = [
            threading.Thread(target=self._run, args=(number / rate,), name=f"load-{number}")
            for number in range(threads)
        ]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        for thread in self._threads:
            thread.join()

    def seen(self) -> Seen:
        """What the callers saw so far."""
        with self._lock:
            return self._seen

    def _run(self, delay: float) -> None:
        start = self._clock() + delay
        for turn in itertools.count():
            if self._done.wait(max(0.0, start + turn * self._period - self._clock())):
                return
            try:
                self._call()
            except Exception as error:
                self._count(error)
            else:
                self._count(None)

    def _count(self, error: Exception | None) -> None:
        with self._lock:
            calls, failures, errors = self._seen.calls + 1, self._seen.failures, self._seen.errors
            if error is not None:
                failures += 1
                errors = (*errors, f"{type(error).__name__}: {error}")[:10]
            self._seen = Seen(calls, failures, errors)
