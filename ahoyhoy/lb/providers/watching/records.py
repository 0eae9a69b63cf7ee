"""Hosts as people write them into etcd, ZooKeeper and Redis."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from ....utils.host import Host
from ....utils.instance import Instance
from ..hostport import required_host_port, split_host_port

logger = logging.getLogger("ahoyhoy.discovery")

_EXPECTED = (
    "'host:port', 'https://host:port', JSON with 'address' and 'port', an instance of Curator's or"
    " a member of Finagle's"
)
_DEFAULT_PORTS = {"http": 80, "https": 443}
_SHOWN = 80
#: What an `Instance` has besides its host, and a record may say.
_TYPES: dict[str, tuple[type, ...]] = {
    "scheme": (str,),
    "weight": (int, float),
    "zone": (str,),
    "authority": (str,),
    "path": (str,),
    "priority": (int,),
}


class Records:
    """Reads the records of one source, and complains of each that cannot be read once.

    Args:
        name: of the source, for the warnings.

    Threading: for one thread.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        # What each key held last: of thousands of records, one at a time changes.
        self._read: dict[str, tuple[str | bytes, Instance | None]] = {}

    def read(self, entries: Iterable[tuple[str, str | bytes]]) -> list[Instance]:
        """The instances of `(key, record)` pairs by their keys' order, one per host.

        A record that cannot be read is left out, with a warning that names its key, once.
        """
        found: dict[Host, Instance] = {}
        read = {}
        for key, record in sorted(entries, key=lambda entry: entry[0]):
            known = self._read.get(key)
            if known is None or known[0] != record:
                known = (record, self._instance(record, key))
            read[key] = known
            if known[1] is not None:
                found.setdefault(known[1].host, known[1])
        self._read = read
        return list(found.values())

    def _instance(self, record: str | bytes, key: str) -> Instance | None:
        try:
            return instance_of(record, key)
        except ValueError as error:
            logger.warning("%s: left out: %s", self._name, error)
            return None


def instance_of(record: str | bytes, key: str) -> Instance | None:
    """The instance that a record stands for; None when it says that it is out of service.

    A record is one of

    * `host:port`, or `scheme://host:port/path`, where the port may be left out; or nothing, when
      the last part of the key is one of these;
    * a JSON object with `address` or `host`, `port` (or `address: "host:port"`), and if wanted
      `weight`, `zone`, `scheme`, `authority`, `path`, `priority`; others (`tags`, `id` …) say
      nothing here;
    * Curator's service instance (`address`, `port`, `sslPort`, `enabled`, `payload`; zone, weight
      and `instance_status` also from Spring's `payload.metadata`);
    * a member of Finagle's server set (`serviceEndpoint`, `status`).

    Args:
        record: what is stored.
        key: where; for errors.

    Raises:
        ValueError: for anything else; names the key.
    """
    try:
        text = record.decode() if isinstance(record, bytes) else record
        text = text.strip() or unquote(key.rsplit("/", 1)[-1])
        return _of_object(text) if text.startswith("{") else _of_text(text)
    except (ValueError, OverflowError, RecursionError) as error:
        raise ValueError(f"{key!r}: {error}; expected is {_EXPECTED}") from error


def record_of(instance: Instance) -> bytes:
    """The record of an instance: JSON, with what differs from the defaults of an `Instance`."""
    host = instance.host
    if host.port in (None, ""):
        raise ValueError(f"{host.address!r} has no port to be written down")
    content: dict[str, Any] = {"address": host.address, "port": int(host.port)}
    for name in _TYPES:
        value = getattr(instance, name)
        if value != getattr(_PLAIN, name):
            content[name] = value
    return json.dumps(content).encode()


_PLAIN = Instance(Host("127.0.0.1", 1))


def _of_text(text: str) -> Instance:
    if "@" in text:
        # Not repeated: it may hold a password.
        raise ValueError("it has a user name or a password, which is no part of a host")
    if "://" not in text:
        return Instance(Host(*required_host_port(text)))
    parts = urlsplit(text)
    if parts.scheme not in _DEFAULT_PORTS:
        raise ValueError(f"{_short(text)} is not http://host:port or https://host:port")
    address, port = split_host_port(parts.netloc)
    host = Host(address, int(port or _DEFAULT_PORTS[parts.scheme]))
    path = text.split("://", 1)[1].partition("/")[2]
    return Instance(host, scheme=parts.scheme, path=f"/{path}" if path else "")


def _of_object(text: str) -> Instance | None:
    content = json.loads(text)
    member = content.get("serviceEndpoint")
    if isinstance(member, dict):
        alive = content.get("status", "ALIVE") == "ALIVE"
        return _instance({**member, "zone": content.get("zone")}) if alive else None
    if "payload" in content or "sslPort" in content:
        return _of_curator(content)
    return _instance(content)


def _of_curator(content: dict[str, Any]) -> Instance | None:
    payload = content.get("payload")
    metadata = payload.get("metadata") if isinstance(payload, dict) else None
    metadata = metadata if isinstance(metadata, dict) else {}
    if content.get("enabled") is False or metadata.get("instance_status", "UP") != "UP":
        return None
    said = {name: metadata[name] for name in ("zone", "weight") if name in metadata}
    if isinstance(said.get("weight"), str):  # a map of strings, over there
        said["weight"] = float(said["weight"])
    if not content.get("port") and content.get("sslPort"):
        said |= {"port": content["sslPort"], "scheme": "https"}
    return _instance({**content, **said})


def _instance(content: Mapping[str, Any]) -> Instance:
    address = content.get("address") or content.get("host") or content.get("Addr")
    port = content.get("port")
    if not address or not isinstance(address, str):
        # The keys alone: what else is kept there may be a password.
        raise ValueError(f"it has no address; its keys are {_short(', '.join(content))}")
    options: dict[str, Any] = {}
    for name, types in _TYPES.items():
        value = content.get(name)
        fits = isinstance(value, types) and not isinstance(value, bool)
        if value is not None and not fits:
            raise ValueError(f"{name} cannot be {_short(json.dumps(value))}")
        if fits:
            options[name] = value
    if port is None:
        return Instance(Host(*required_host_port(address)), **options)
    return Instance(Host(address, port), **options)


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."
