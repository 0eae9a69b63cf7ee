"""The same call by many threads at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any


class Threads:
    """So many threads, which stay: what a client makes for each thread is made once."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._pool = ThreadPoolExecutor(count)
        self._start = threading.Barrier(count)

    def seconds(self, call: Callable[[], Any], calls: int) -> float:
        """How long so many calls take, divided among the threads, from the first to the last."""

        def run() -> tuple[float, float]:
            self._start.wait()
            started = time.perf_counter()
            for _ in range(calls // self._count):
                call()
            return started, time.perf_counter()

        running = [self._pool.submit(run) for _ in range(self._count)]
        times = [one.result() for one in running]
        return max(ended for _, ended in times) - min(started for started, _ in times)

    def __enter__(self) -> Threads:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._pool.shutdown()
