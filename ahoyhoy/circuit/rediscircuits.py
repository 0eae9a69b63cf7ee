"""Circuits whose state processes share by Redis."""

from __future__ import annotations

import logging
import random
import threading
import time
import weakref
from typing import Any

from .._core import Clock
from .._fork import renew_after_fork
from .audience import Audience
from .breaker import CircuitBreaker
from .redisoffice import Office, check_url
from .sharedbreaker import Grapevine, SharedBreaker, Word

logger = logging.getLogger("ahoyhoy.circuit")

#: Seconds until threads that could not be started are started again.
_THREAD_RETRY = 5.0


class RedisCircuits(Grapevine):
    """Makes circuits that processes share: a host that one finds dead is known to the others at once.

        >>> from ahoyhoy import RedisCircuits, Session
        >>> circuits = RedisCircuits("redis://redis.internal/0", failure_threshold=3)
        >>> session = Session("http://10.0.0.1:8080,10.0.0.2:8080", breaker=circuits)

    One may be given to any number of sessions, adapters, builders and balancers.

    Each circuit counts and decides by itself; Redis carries the news: see `SharedBreaker` for what
    becomes of it. No call waits for Redis: two daemon threads, begun with the first circuit, speak
    to it. While it is away or slow, each process finds out for itself, as without it; the logger
    `ahoyhoy.circuit` warns, once a minute at most. In a Redis that is full news still spread, but a
    process that starts does not hear of what was before. Needs redis: `pip install "ahoyhoy[redis]"`.

    Circuits have the names of their hosts, `10.0.0.1:8080`. Where one name is not the same host for
    all, as `127.0.0.1:8080` on several machines, give each of them a key of its own.

    Args:
        url: where Redis is: `"redis://[user:password@]host:port/0"`, `rediss://` with TLS (with
            `?ssl_ca_certs=ca.pem`, for example), or `unix://`.
        key: the sorted set with the hosts that are open, and the channel of the news. It expires
            with them.
        clock: seconds that only go forward.
        rng: where the jitter comes from.
        options: as for `CircuitBreaker`, but for `name` and `storage`.

    Raises:
        ImportError: redis is not installed.
        ValueError: for an argument that cannot be. TypeError: for an unknown one.

    Threading: may be shared by threads and balancers. A forked child begins threads of its own with
    its next call. A pickled one carries its settings.
    """

    _office: Office
    _at_end: weakref.finalize[..., Any] | None

    def __init__(
        self,
        url: str = "redis://127.0.0.1:6379/0",
        *,
        key: str = "ahoyhoy:circuits",
        clock: Clock = time.monotonic,
        rng: random.Random | None = None,
        **options: Any,
    ) -> None:
        check_url(url)
        if not isinstance(key, str) or not key:
            raise ValueError(f"key is a name in Redis such as 'circuits', not {key!r}")
        for name in {"name", "storage"} & options.keys():
            raise TypeError(f"each circuit has its own {name}: leave out {name}=")
        CircuitBreaker(**options)  # a wrong option is found here, not at the first call
        self._url = url
        self._key = key
        self._clock = clock
        self._rng = rng
        self._options = options
        self._reset()

    def __call__(self, name: str | None = None) -> CircuitBreaker:
        """A new circuit breaker."""
        made = SharedBreaker(self, name, clock=self._clock, rng=self._rng, **self._options)
        self.listen()
        if name is not None:
            self._office.add(made, name)
        return made

    def listen(self) -> None:
        """Begin the threads, unless they run."""
        if not self._listening and self._clock() >= self._start_at:
            self._begin()

    def tell(self, word: Word) -> None:
        """Have the others told, as soon as Redis takes it."""
        self.listen()
        self._office.post(word)

    def close(self) -> None:
        """End the threads. They begin again with the next call."""
        with self._lock:
            if self._at_end is not None:
                self._at_end()
            self._office = self._office.successor()
            self._at_end, self._listening = None, False

    def __getstate__(self) -> dict[str, Any]:
        named = ("_url", "_key", "_clock", "_rng", "_options")
        return {name: self.__dict__[name] for name in named}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._reset()

    def _reset(self) -> None:
        self._office = Office(self._url, self._key, self._clock, Audience(self._clock))
        self._without_threads()
        renew_after_fork(self)

    def _without_threads(self) -> None:
        self._lock = threading.Lock()
        self._at_end = None
        self._listening = False
        self._start_at = float("-inf")

    def _after_fork(self) -> None:
        # Threads and connections are the parent's; its circuits were inherited.
        if self._at_end is not None:
            self._at_end.detach()
        self._office = self._office.successor()
        self._without_threads()

    def _begin(self) -> None:
        with self._lock:
            if self._listening:
                return
            try:
                self._office.start()
            except RuntimeError as error:  # too many threads, or the interpreter is ending
                self._start_at = self._clock() + _THREAD_RETRY
                logger.warning("circuits are not shared: %s", error)
            else:
                self._listening = True
                self._at_end = weakref.finalize(self, self._office.end)
