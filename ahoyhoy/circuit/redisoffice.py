"""The two threads that speak to Redis of what circuits do: one tells, the other hears."""

from __future__ import annotations

import json
import logging
import os
import queue
import random
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from importlib import import_module
from itertools import islice
from typing import Any

from .._core import Cancellation, Clock
from .audience import Audience
from .sharedbreaker import SharedBreaker, Word

logger = logging.getLogger("ahoyhoy.circuit")

_SCHEMES = ("redis://", "rediss://", "unix://")
#: Words that wait for Redis, one of each host; the oldest are dropped.
_WAITING = 10_000
#: Words that are told at once: a Redis far away takes no longer for many than for one.
_BATCH = 100
#: Words heard before those are dropped that hold no longer; then twice as many as were left.
_ROOM = 64
#: Seconds to connect to Redis, and for its answers.
_TIMEOUT = 1.0
#: Seconds after which the listening connection is tried.
_SILENCE = 10.0
#: Seconds between two tries to reach Redis: they grow from the first to the second.
_PAUSES = (0.5, 5.0)
_WARN_EVERY = 60.0
#: Seconds after which it is no news any more that a host is well.
_FRESH = 5.0
#: Seconds for which Redis keeps what it was told last, of any host.
_LONGEST = 3600


def check_url(url: object) -> None:
    """Raise ValueError if it is not that of a Redis; ImportError if redis is not installed."""
    if not isinstance(url, str) or not url.startswith(_SCHEMES):
        # Not repeated: it may hold a password.
        raise ValueError("url begins with redis://, rediss:// (TLS) or unix://")
    _redis().connection.parse_url(url)


class Office:
    """Where news come in and go out. Knows nothing of who made it.

    Args:
        url: where Redis is.
        key: of the sorted set, and of the channel.
        clock: seconds that only go forward.
        audience: the circuits that hear what comes in.

    Threading: everything may be called from any thread; nothing blocks.
    """

    def __init__(self, url: str, key: str, clock: Clock, audience: Audience) -> None:
        self._url = url
        self._key = key
        self._clock = clock
        self._audience = audience
        self._lock = threading.Lock()
        self._mark = os.urandom(8).hex()
        #: by host: what others said, and until when it holds
        self._heard: dict[str, tuple[Word, float]] = {}
        #: how many of them there may be until those are dropped that hold no longer
        self._room = _ROOM
        #: by host: what is to be told, and when that was
        self._outbox: dict[str, tuple[Word, float]] = {}
        self._bell: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._links = (
            _Link("told", url, key, self._tell),
            _Link("heard", url, key, self._hear),
        )

    def successor(self) -> Office:
        """Another with the same circuits, and threads and connections of its own."""
        return Office(self._url, self._key, self._clock, self._audience)

    def start(self) -> None:
        """Start the threads, as far as they do not run.

        Raises:
            RuntimeError: when there can be no more threads.
        """
        for link in self._links:
            link.start()

    def end(self) -> None:
        """End them. Does not block; also from the garbage collector."""
        for link in self._links:
            link.end()
        self._bell.put(None)

    def add(self, breaker: SharedBreaker, name: str) -> None:
        """Let a circuit know what becomes known of its host, and what is."""
        self._audience.add(breaker, name)
        with self._lock:
            word, until = self._heard.get(name, (None, 0.0))
        left = until - self._clock()
        if word is not None and left > 0:
            self._pass_on(Word(name, left, word.answered), [breaker])

    def post(self, word: Word) -> None:
        """Have it told: of each host only what is newest, of so many hosts at most."""
        with self._lock:
            self._outbox.pop(word.host, None)
            self._outbox[word.host] = (word, self._clock())
            if len(self._outbox) > _WAITING:
                del self._outbox[next(iter(self._outbox))]
        self._bell.put(None)

    def _next(self) -> list[tuple[Word, float]]:
        with self._lock:
            return list(islice(self._outbox.values(), _BATCH))

    def _done(self, told: list[tuple[Word, float]]) -> None:
        with self._lock:
            for one in told:
                # Unless there is newer word of that host.
                if self._outbox.get(one[0].host) is one:
                    del self._outbox[one[0].host]

    def _tell(self, client: Any, link: _Link) -> None:
        """Tell what is to be told, until it is time to end."""
        while not link.ended:
            told = self._next()
            if not told:
                self._bell.get()
                continue
            words = self._still_news(told)
            if words:
                self._send(client, words)
                link.reached()
            self._done(told)

    def _still_news(self, told: list[tuple[Word, float]]) -> list[Word]:
        now = self._clock()
        return [
            Word(word.host, max(0.0, word.seconds - now + posted), word.answered)
            for word, posted in told
            if now - posted < (word.seconds or _FRESH)
        ]

    def _send(self, client: Any, words: list[Word]) -> None:
        seconds, microseconds = client.time()
        now = seconds + microseconds / 1e6
        batch = client.pipeline(transaction=False)
        for word in words:
            said = {"by": self._mark, "host": word.host, "for": word.seconds}
            batch.publish(self._key, json.dumps({**said, "answered": word.answered}))
        open_until = {word.host: now + word.seconds for word in words if word.seconds}
        well = [word.host for word in words if not word.seconds]
        batch.zremrangebyscore(self._key, "-inf", now)
        if open_until:
            batch.zadd(self._key, open_until)
            batch.expire(self._key, _LONGEST)
        if well:
            batch.zrem(self._key, *well)
        results = batch.execute(raise_on_error=False)
        # The others may fail in a Redis that is full: that is known to those who listen.
        for published in results[: len(words)]:
            if isinstance(published, Exception):
                raise published

    def _hear(self, client: Any, link: _Link) -> None:
        """Hear what is told, until it is time to end."""
        with closing(client.pubsub(ignore_subscribe_messages=True)) as news:
            news.subscribe(self._key)
            link.cancellation.arm(news.connection.disconnect)
            seconds, microseconds = client.time()
            now = seconds + microseconds / 1e6
            for host, until in client.zrangebyscore(self._key, now, "+inf", withscores=True):
                self._take(Word(host.decode(errors="replace"), until - now))
            link.reached()
            while not link.ended:
                message = news.get_message(timeout=_SILENCE)
                if message is None and not link.ended:
                    news.ping()
                    message = news.get_message(timeout=_TIMEOUT)
                    if message is None:
                        raise TimeoutError("Redis is silent")
                if message is not None and message["type"] == "message":
                    self._read(message["data"])

    def _read(self, text: bytes) -> None:
        """Take a word, unless it is of this process, or cannot be read."""
        with suppress(ValueError, KeyError, TypeError):
            said = json.loads(text)
            word = Word(str(said["host"]), float(said["for"]), bool(said.get("answered")))
            if said["by"] != self._mark and 0 <= word.seconds < float("inf"):
                self._take(word)

    def _take(self, word: Word) -> None:
        now = self._clock()
        with self._lock:
            if word.seconds:
                self._heard[word.host] = (word, now + word.seconds)
            else:
                self._heard.pop(word.host, None)
            if len(self._heard) > self._room:
                self._heard = {h: known for h, known in self._heard.items() if known[1] > now}
                self._room = 2 * len(self._heard) + _ROOM
        breakers = self._audience.of(word.host)
        if breakers:
            self._pass_on(word, breakers)

    def _pass_on(self, word: Word, breakers: list[SharedBreaker]) -> None:
        doubtful = word.seconds > 0 and self._audience.would_be_half_open(breakers)
        for breaker in breakers:
            breaker.hear(word, doubtful=doubtful)


class _Link:
    """One thread with a connection to Redis, which is made anew after errors."""

    def __init__(self, what: str, url: str, key: str, work: Callable[[Any, _Link], None]) -> None:
        self._what = what
        self._key = key
        self._url = url
        self._work = work
        self._rng = random.Random()
        self._pause = _PAUSES[0]
        #: when a warning was logged last, since Redis answered last
        self._warned: float | None = None
        self.cancellation = Cancellation()
        self._endings: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._thread = threading.Thread(
            target=self._run, name=f"ahoyhoy-circuits {what}", daemon=True
        )

    def start(self) -> None:
        """Start the thread, unless that was done; RuntimeError when there can be no more threads."""
        if self._thread.ident is None:
            self._thread.start()

    @property
    def ended(self) -> bool:
        """Whether it is time to end."""
        return self.cancellation.cancelled

    def end(self) -> None:
        """End the thread. Does not block; also from the garbage collector."""
        self.cancellation.cancel()
        self._endings.put(None)

    def reached(self) -> None:
        """Redis answered."""
        if self._warned is not None:
            logger.info("circuits: what hosts do is %s by Redis again", self._what)
        self._pause, self._warned = _PAUSES[0], None

    def _run(self) -> None:
        while not self.ended:
            try:
                with closing(self._connect()) as client:
                    self._work(client, self)
            except Exception as error:
                if not self.ended:
                    self._failed(error)
            finally:
                self.cancellation.disarm()

    def _connect(self) -> Any:
        return _redis().Redis.from_url(
            self._url, socket_timeout=_TIMEOUT, socket_connect_timeout=_TIMEOUT, retry=None
        )

    def _failed(self, error: Exception) -> None:
        """Say so, and wait."""
        now = time.monotonic()
        if self._warned is None or now - self._warned >= _WARN_EVERY:
            self._warned = now
            text = "circuits: what hosts do is not %s by Redis (key %s): %s: %s"
            logger.warning(text, self._what, self._key, type(error).__name__, error)
        pause = self._pause * self._rng.uniform(0.5, 1.0)
        self._pause = min(2 * self._pause, _PAUSES[1])
        with suppress(queue.Empty):
            self._endings.get(timeout=pause)


def _redis() -> Any:
    try:
        return import_module("redis")
    except ImportError as error:
        raise ImportError("redis is needed: pip install 'ahoyhoy[redis]'") from error
