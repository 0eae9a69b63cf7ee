"""Watching a key of Redis."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from typing import Any

from ....exceptions import ProviderError
from ..known import RefusedError
from ..optional import optional
from ..watching.records import Records
from ..watching.unreachable import unreachable
from ..watching.watch import Answer, Answers, NoHosts, Source, Watch

#: How many news are taken for one: there may be no end of them.
_TOGETHER = 10_000


class RedisSource(Source):
    """The records in one key."""

    def __init__(
        self, key: str, url: str, *, interval: float, timeout: float, tls: Mapping[str, Any]
    ) -> None:
        self.name = f"redis://{key}"
        self._key = key
        self._url = url
        self._interval = interval
        self._timeout = timeout
        self._tls = dict(tls)

    def watch(self, watch: Watch) -> Answers:
        """Yield all hosts at each interval, and whenever Redis tells that the key changed."""
        redis = optional("redis", "redis")
        records = Records(self.name)
        with ExitStack() as stack:
            client = redis.Redis.from_url(
                self._url,
                socket_timeout=self._timeout,
                # Half: who waits for the first list is to hear why there is none.
                socket_connect_timeout=self._timeout / 2,
                retry=None,
                **self._tls,
            )
            stack.enter_context(closing(client))
            news = stack.enter_context(closing(client.pubsub(ignore_subscribe_messages=True)))
            with self._in_words(redis):
                database = client.connection_pool.connection_kwargs.get("db", 0)
                # Before the first reading: or what happens in between would not be told.
                news.subscribe(f"__keyspace@{database}__:{self._key}", self._key)
            while True:
                with self._in_words(redis):
                    entries = self._entries(client)
                yield self._answer(records, entries)
                with self._in_words(redis):
                    self._wait(watch, news)

    def _wait(self, watch: Watch, news: Any) -> None:
        watch.cancellation.arm(news.connection.disconnect)
        try:
            # A subscription is answered, too: that is no news.
            news.get_message(timeout=self._interval)
            # One reading for all that is told by now: who writes a thousand hosts is told of each.
            for _ in range(_TOGETHER):
                if news.get_message(timeout=0.0) is None:
                    break
        finally:
            watch.cancellation.disarm()
        watch.check()

    def _entries(self, client: Any) -> list[tuple[str, bytes]] | None:
        """Names and records; None: there is no such key."""
        kind = client.type(self._key).decode()
        if kind == "none":
            return None
        if kind == "hash":
            return [
                (f"{self._key} {_text(field)}", record)
                for field, record in client.hgetall(self._key).items()
            ]
        if kind == "string":
            found = _members_of(client.get(self._key) or b"")
        elif kind == "list":
            found = client.lrange(self._key, 0, -1)
        elif kind == "set":
            found = client.smembers(self._key)
        elif kind == "zset":
            found = client.zrange(self._key, 0, -1)
        else:
            raise RefusedError(
                f"the key {self._key!r} of Redis is a {kind}, in which hosts are not"
            )
        # The records are their own names: members have no others.
        return [(f"{self._key} {_text(record)}", record) for record in found]

    def _answer(self, records: Records, entries: list[tuple[str, bytes]] | None) -> Answer:
        if entries is None:
            return NoHosts(f"Redis has no key {self._key!r}")
        found = records.read(entries)
        why = f"none of the {len(entries)} records in {self._key!r} is a host in service"
        return found or NoHosts(why)

    @contextmanager
    def _in_words(self, redis: Any) -> Iterator[None]:
        """Within it, what redis raises is told as any other source would."""
        errors = redis.exceptions
        refusals = (
            errors.AuthenticationError,
            errors.AuthorizationError,
            errors.NoPermissionError,
        )
        try:
            yield
        except ProviderError:  # an OSError by its ancestors
            raise
        except refusals as error:
            advice = "user and password (in a target password_env=) must be those of one who may"
            advice += " read the key"
            raise RefusedError(f"Redis refuses the user ({error}): {advice}") from error
        except (errors.ConnectionError, errors.TimeoutError, OSError) as error:
            # One without TLS does not answer its greeting: then it is to be seen what was tried.
            over = " over TLS" if self._url.startswith("rediss:") else ""
            raise unreachable(f"Redis{over}", error) from error
        except errors.RedisError as error:
            raise ProviderError(f"Redis answered: {error}") from error


def _members_of(text: bytes) -> list[bytes]:
    """The records of a string: a JSON list, or whatever stands between commas."""
    stripped = text.strip()
    if not stripped.startswith(b"["):
        single = stripped.startswith(b"{")
        return [stripped] if single else [part.strip() for part in stripped.split(b",")]
    try:
        items = json.loads(stripped)
    except (ValueError, RecursionError):
        return [stripped]  # which is told to be none
    return [(i if isinstance(i, str) else json.dumps(i)).encode() for i in items]


def _text(name: bytes) -> str:
    return name.decode(errors="replace")
