"""The kinds of targets that the library knows by itself, each under its scheme."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import unquote

from ....utils.host import Host
from ....utils.instance import Instance, protocol_of
from ... import providers
from ..hostport import required_host_port, split_host_port
from ..iprovider import IProvider
from ..listprovider import ListProvider
from . import registries

_DEFAULT_PORTS = {"http": 80, "https": 443}

# What RFC 3986 allows between two slashes, but for the comma: that separates hosts.
_SEGMENT = re.compile(r"(?:[\w.~!$&'()*+;=:-]|%[0-9A-Fa-f]{2})+", re.ASCII)
_SERVICE_LABELS = re.compile(r"(?:_[^.]+\.)+")


class SchemeError(ValueError):
    """A package brought a scheme, and could not make a source of hosts of the target."""


class Scheme(NamedTuple):
    """What to make of a target.

    Args:
        provider: makes the source of hosts, of what follows `://` and of how to speak to the
            hosts: `"http"`, `"https"` or, where the target does not say, None.
        name: tells, of the same, the name that such a target has by itself.
        takes_protocol: whether `http+` or `https+` may stand before the scheme.
        takes_query: whether a query is part of what follows.
    """

    provider: Callable[[str, str | None], IProvider]
    name: Callable[[str, str | None], str | None] | None = None
    takes_protocol: bool = False
    takes_query: bool = False


def hosts(text: str) -> IProvider:
    """A list of `host:port`."""
    return ListProvider(*(Instance(Host(*required_host_port(part))) for part in text.split(",")))


def _hosts_of(protocol: str, rest: str) -> IProvider:
    if "://" in rest:
        raise ValueError(
            f"the scheme is written once, before the first host: {protocol}://h1:8080,h2:8080"
        )
    authority, slash, path = rest.partition("/")
    base = _base_path(slash + path)
    instances = []
    for part in authority.split(","):
        address, port = split_host_port(part)
        host = Host(address, int(port) if port else _DEFAULT_PORTS[protocol])
        instances.append(Instance(host, scheme=protocol, path=base))
    return ListProvider(*instances)


def _base_path(path: str) -> str:
    bare = path.removesuffix("/")
    for segment in bare.split("/")[1:]:
        if "," in segment:
            raise ValueError(f"{path!r}: a base path is written once, after the last host")
        if unquote(segment) in ("", ".", ".."):
            raise ValueError(f"{path!r}: a base path has no empty, '.' or '..' segments")
        if not _SEGMENT.fullmatch(segment):
            raise ValueError(f"{segment!r} in the base path must be written in %XX form")
    return bare


def _asked(rest: str) -> tuple[str | None, str]:
    """The DNS server, if one is given, and what it is asked for."""
    resolver, slash, name = rest.rpartition("/")
    if slash and not (name and _is_server(resolver)):
        raise ValueError(
            f"{resolver or rest!r}: before a slash must be an IP address, the DNS server's, as in"
            " dns://10.0.0.2:53/users.internal:8080 (and a path is given with each call)"
        )
    if not name.isascii():
        raise ValueError(f"{name!r} is not ASCII: write such a name in its xn--… form")
    return resolver or None, name


def _is_server(text: str) -> bool:
    if not text:
        return True  # three slashes: the machine's own
    try:
        ipaddress.ip_address(split_host_port(text)[0])
    except ValueError:
        return False
    return True


def _dns(rest: str, protocol: str | None) -> IProvider:
    resolver, name = _asked(rest)
    address, port = required_host_port(name)
    return providers.DnsProvider(address, port, scheme=protocol, resolver=resolver)


def _name_of_dns(rest: str, protocol: str | None) -> str:
    address, port = required_host_port(_asked(rest)[1])
    name = address.rstrip(".")
    is_default = port == _DEFAULT_PORTS[protocol or protocol_of(port)]
    return name if is_default else f"{name}:{port}"


def _srv(rest: str, protocol: str | None) -> IProvider:
    resolver, name = _asked(rest)
    return providers.SrvProvider(name, scheme=protocol, resolver=resolver)


def _name_of_srv(rest: str, _protocol: str | None) -> str | None:
    name = _asked(rest)[1].rstrip(".")
    bare = _SERVICE_LABELS.sub("", name, count=1)
    return bare if bare and not bare.startswith("_") else None


def _file(rest: str, _protocol: str | None) -> IProvider:
    host, slash, path = rest.partition("/")
    path = unquote(slash + path)
    if host not in ("", "localhost") or path.endswith("/") or not path or "\0" in path:
        raise ValueError("a file's target is its absolute path after file://")
    return providers.FileProvider(path)


def _registry(provider: Callable[[str, str | None], IProvider]) -> Scheme:
    return Scheme(provider, takes_protocol=True, takes_query=True)


BUILT_IN = {
    "consul": _registry(registries.consul),
    "dns": Scheme(_dns, _name_of_dns, takes_protocol=True),
    "etcd": _registry(registries.etcd),
    "eureka": _registry(registries.eureka),
    "file": Scheme(_file),
    "http": Scheme(lambda rest, _: _hosts_of("http", rest)),
    "https": Scheme(lambda rest, _: _hosts_of("https", rest)),
    "k8s": _registry(registries.kubernetes),
    "redis": _registry(registries.redis),
    "rediss": _registry(registries.rediss),
    "srv": Scheme(_srv, _name_of_srv, takes_protocol=True),
    "zk": _registry(registries.zookeeper),
}
