"""Watching a prefix of etcd."""

from __future__ import annotations

import base64
from collections.abc import Generator, Mapping
from contextlib import closing, suppress
from typing import Any

from ....exceptions import ProviderError
from ..watching.records import Records
from ..watching.registryhttp import Conversation, RegistryHttp, SilenceError
from ..watching.watch import Answer, Answers, NoHosts, Source, Watch
from .gateway import EtcdGateway, encoded, message_of

#: Seconds that a member may take, after it was silent, to show that it is not gone.
_SLACK = 5.0


class EtcdSource(Source):
    """The records under one prefix.

    See https://etcd.io/docs/v3.5/dev-guide/api_grpc_gateway/ for what is said.
    """

    def __init__(
        self,
        prefix: str,
        registry: RegistryHttp,
        *,
        credentials: Mapping[str, Any] | None,
        wait: float,
    ) -> None:
        self.name = f"etcd://{prefix.rstrip('/')}"
        self._prefix = prefix
        self._registry = registry
        self._credentials = credentials
        self._wait = wait

    def watch(self, watch: Watch) -> Answers:  # noqa: ARG002 - its session ends by itself
        """Yield all hosts, then again after each event; read anew when nothing came for long."""
        records = Records(self.name)
        with self._registry.open() as conversation:
            etcd = _Etcd(conversation, self._prefix, self._credentials)
            longest = self._registry.timeout
            while True:
                entries, revision = etcd.read(longest)
                longest = min(_SLACK, longest)
                yield self._hosts(records, entries)
                with suppress(SilenceError), closing(etcd.follow(revision, self._wait)) as news:
                    for events in news:
                        _apply(events, entries)
                        yield self._hosts(records, entries)

    def _hosts(self, records: Records, entries: Mapping[str, bytes]) -> Answer:
        if not entries:
            return NoHosts(f"etcd has no key that begins with {self._prefix!r}")
        found = records.read(entries.items())
        why = f"none of the {len(entries)} records under {self._prefix!r} is a host in service"
        return found or NoHosts(why)


class _Etcd:
    """One conversation about one prefix."""

    def __init__(
        self, conversation: Conversation, prefix: str, credentials: Mapping[str, Any] | None
    ) -> None:
        self._conversation = conversation
        self._gateway = EtcdGateway(conversation, credentials, f"read {prefix!r}")
        first = prefix.encode()
        self._range = {"key": encoded(first), "range_end": encoded(first[:-1] + b"0")}

    def read(self, longest: float) -> tuple[dict[str, bytes], int]:
        """All records by their keys, and the revision that they are of; within so many seconds."""
        said = self._gateway.ask_json("/v3/kv/range", self._range, read_timeout=longest)
        try:
            revision = int(said["header"]["revision"])
            return {_key(kv): _value(kv) for kv in said.get("kvs") or ()}, revision
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            where = self._conversation.base
            raise ProviderError(f"what answers at {where} is not etcd: {error!r}") from error

    def follow(self, revision: int, longest: float) -> Generator[list[Any], None, None]:
        """What happens after that revision, until the server ends it.

        Raises:
            SilenceError: when nothing did for so many seconds.
        """
        asked = {"create_request": {**self._range, "start_revision": str(revision + 1)}}
        response = self._gateway.ask("/v3/watch", asked, stream=True, read_timeout=longest)
        with closing(self._conversation.lines(response, longest)) as lines:
            for line in lines:
                said = self._conversation.parsed(line)
                if "error" in said:
                    raise ProviderError(f"etcd ended the watch: {message_of(line.decode())}")
                result = said.get("result", {})
                if result.get("canceled"):
                    if "compact_revision" in result:
                        return  # what happened since is gone: all is to be read anew
                    raise ProviderError(f"etcd ended the watch: {result.get('cancel_reason')}")
                if result.get("events"):
                    yield result["events"]
        raise ProviderError("etcd ended the watch")


def _apply(events: list[Any], entries: dict[str, bytes]) -> None:
    for event in events:
        if event.get("type") == "DELETE":
            entries.pop(_key(event["kv"]), None)
        else:
            entries[_key(event["kv"])] = _value(event["kv"])


def _key(kv: Mapping[str, str]) -> str:
    return base64.b64decode(kv["key"]).decode(errors="replace")


def _value(kv: Mapping[str, str]) -> bytes:
    return base64.b64decode(kv.get("value", ""))
