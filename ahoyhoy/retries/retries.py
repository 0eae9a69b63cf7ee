"""`Retry`: the retry function of 4.x."""

from __future__ import annotations

import copy
import logging
import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

logger = logging.getLogger("ahoyhoy.retry")

_OPTIONS = {"exceptions", "tries", "delay", "max_delay", "backoff", "jitter", "logger"}


class Retry:
    """Calls a function again while it raises: `retry(function, fargs=(…), fkwargs={…})`.

        >>> from ahoyhoy.retries import Retry
        >>> Retry(exceptions=ValueError, tries=3)(int, fargs=("12",))
        12

    Given to `add_retries`, it repeats each attempt on the host where it failed, before the client
    goes on to another host; a request that may have happened is not repeated (see `RetryPolicy`).

    Args:
        retry_func: another function `(f, fargs, fkwargs, **options)` to call instead, with just
            the options that were given.
        exceptions: an exception type, or a tuple of them, that is tried again. Default Exception.
        tries: how many times at most; -1 (the default): without end.
        delay: seconds before the second try. Default 0.
        max_delay: the longest pause, in seconds. Default: none.
        backoff: each pause is this many times the one before. Default 1.
        jitter: seconds added to each pause, or a range `(low, high)` to draw them from. Default 0.
        logger: where a repeated try is logged, as a warning; None: nowhere.
        sleep: how to pause; default `time.sleep`. It blocks.

    Raises:
        TypeError: for an option that does not exist.
        ValueError: for tries of 0, or a negative number of seconds.
    """

    def __init__(
        self,
        retry_func: Callable[..., Any] | None = None,
        *,
        sleep: Callable[[float], None] = time.sleep,  # noqa: TID251 - 4.x's contract is to block
        **options: Any,
    ) -> None:
        self._retry_func = retry_func
        self._given = options
        self._sleep = sleep
        self._rng = random.Random()
        if retry_func is None:
            unknown = sorted(options.keys() - _OPTIONS)
            if unknown:
                raise TypeError(f"Retry has no option {', '.join(unknown)}")
            self._check(**options)

    def _check(
        self,
        *,
        exceptions: type[BaseException] | tuple[type[BaseException], ...] = Exception,
        tries: int = -1,
        delay: float = 0,
        max_delay: float | None = None,
        backoff: float = 1,
        jitter: float | tuple[float, float] = 0,
        logger: logging.Logger | None = logger,
    ) -> None:
        if tries == 0 or tries < -1:
            raise ValueError(f"tries must be at least 1, or -1 for without end, not {tries}")
        if delay < 0 or (max_delay is not None and max_delay < 0):
            raise ValueError("delay and max_delay are seconds from 0 up")
        self._exceptions, self._tries, self._delay = exceptions, tries, delay
        self._max_delay, self._backoff, self._jitter = max_delay, backoff, jitter
        self._logger = logger

    def __call__(
        self,
        f: Callable[..., Any],
        fargs: Sequence[Any] | None = None,
        fkwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Call `f(*fargs, **fkwargs)` until it returns; what it raised last is raised."""
        if self._retry_func is not None:
            return self._retry_func(f, fargs=fargs, fkwargs=fkwargs, **self._given)
        tries, pause = self._tries, self._delay
        while True:
            try:
                return f(*(fargs or ()), **(fkwargs or {}))
            except self._exceptions as error:
                tries -= 1
                if tries == 0 or pause >= self._time_left():
                    raise
                if self._logger:
                    self._logger.warning("%s, tried again in %.3f s", type(error).__name__, pause)
            self._sleep(pause)
            pause = self._next(pause)

    def within(self, time_left: Callable[[], float]) -> Retry:
        """The same, ending with an error where a pause would be longer than the time that is left."""
        bounded = copy.copy(self)
        bounded._time_left = time_left  # type: ignore[method-assign]
        return bounded

    @staticmethod
    def _time_left() -> float:
        return float("inf")

    @property
    def is_stock(self) -> bool:
        """Whether it calls by itself: a function of somebody else's has rules nobody knows."""
        return self._retry_func is None

    @property
    def tries(self) -> int:
        """How many times at most; -1: without end."""
        return self._tries

    @property
    def exceptions(self) -> type[BaseException] | tuple[type[BaseException], ...]:
        """What is tried again."""
        return self._exceptions

    def pause(self, failures: int) -> float:
        """Seconds to wait after that many failures."""
        pause = self._delay
        for _ in range(min(failures, 1000) - 1):
            pause = self._next(pause)
        return pause

    def _next(self, pause: float) -> float:
        jitter = self._jitter
        more = self._rng.uniform(*jitter) if isinstance(jitter, tuple) else jitter
        pause = max(0.0, pause * self._backoff + more)
        return pause if self._max_delay is None else min(pause, self._max_delay)
