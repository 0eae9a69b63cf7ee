"""The targets of registries: `consul://users?tag=v2`, `etcd://host/services/users` …"""

from __future__ import annotations

import re
from typing import Any, NamedTuple
from urllib.parse import quote

from ....utils.host import Host
from ....utils.instance import checked_host, netloc
from ... import providers
from ..hostport import split_host_port
from ..iprovider import IProvider
from ..spokenprovider import SpokenProvider
from .query import Known, duration, file, flag, grace, read_query, text, unquoted, variable

_ALL: Known = {"timeout": ("timeout", duration), "empty_grace": ("empty_grace", grace)}
_WAIT: Known = {"wait": ("wait", duration)}
_TOKEN: Known = {"token_env": ("token", variable)}
_USER: Known = {"user": ("user", text), "password_env": ("password", variable)}
# How to speak to the registry; how to speak to the hosts is said in front of the scheme.
_VERIFIED: Known = {"verify": ("verify", flag), "ca": ("ca", file), "cert": ("cert", file)}
_TLS: Known = {"tls": ("tls", flag), **_VERIFIED}

_CONSUL: Known = {
    "tag": ("tag", text),
    "dc": ("datacenter", text),
    "near": ("near", text),
    "passing": ("passing", flag),
    **_TOKEN,
    **_WAIT,
    **_TLS,
    **_ALL,
}
_ETCD: Known = {**_USER, **_WAIT, **_TLS, **_ALL}
_ZK: Known = {"session_timeout": ("session_timeout", duration), **_USER, **_TLS, **_ALL}
_K8S: Known = {
    "zone": ("zone", text),
    "kubeconfig": ("kubeconfig", file),
    "context": ("context", text),
    "address": ("address", text),
    **_TOKEN,
    **_WAIT,
    **_VERIFIED,
    **_ALL,
}
_EUREKA: Known = {
    "by_ip": ("by_ip", flag),
    "path": ("path", text),
    "interval": ("interval", duration),
    **_USER,
    **_TLS,
    **_ALL,
}
_REDIS: Known = {
    "key": ("key", text),
    "interval": ("interval", duration),
    **_USER,
    **_VERIFIED,
    **_ALL,
}

_NAME = re.compile(r"[^/]+")


class _Asked(NamedTuple):
    """A registry's target: its addresses, what is asked for (after the first `/`), and the query."""

    addresses: list[str]
    path: str
    options: dict[str, Any]

    def take(self, name: str, default: Any = None) -> Any:
        """An option that the provider takes under no such name."""
        return self.options.pop(name, default)


def _asked(rest: str, known: Known) -> _Asked:
    before, _, query = rest.partition("?")
    authority, _, path = before.partition("/")
    options = read_query(query, known)
    if "user" in options and "password" not in options:
        raise ValueError("user= in the query goes with password_env=")
    _check_tls(options, known)
    if "ca" in options:
        options["verify"] = options.pop("ca")
    addresses = [_address(part) for part in authority.split(",")] if authority else []
    return _Asked(addresses, unquoted("the part after the address", path), options)


def _check_tls(options: dict[str, Any], known: Known) -> None:
    if "ca" in options and "verify" in options:
        raise ValueError("in the query, ca= says how to verify and verify= whether: give one")
    given = [name for name in _VERIFIED if name in options]
    if given and "tls" in known and not options.get("tls"):
        raise ValueError(f"{given[0]}= in the query goes with tls=1")


def _address(part: str) -> str:
    """The address as it was written, once it is known to be one."""
    address, port = split_host_port(part)
    checked_host(Host(address, port or 1))
    return part


def _addressed(asked: _Asked) -> dict[str, Any]:
    """The provider's arguments, for one that is spoken to over HTTP."""
    scheme = "https" if asked.take("tls", default=False) else "http"
    addresses = [f"{scheme}://{address}" for address in asked.addresses]
    if scheme == "https" and not addresses:
        raise ValueError("tls= in the query: the address must be given too, before the first '/'")
    return {**({"address": addresses} if addresses else {}), **asked.options}


def _name(where: str, name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{where}, not {name!r}")
    return name


def consul(rest: str, protocol: str | None) -> IProvider:
    """`consul://[agent[:port],…/]service?tag=&dc=&near=&passing=&token_env=`."""
    if "/" not in rest.partition("?")[0]:
        rest = f"/{rest}"
    asked = _asked(rest, _CONSUL)
    service = _name("a service of Consul is written consul://users or consul://agent:8500/users", asked.path)  # fmt: skip
    return providers.ConsulProvider(service, scheme=protocol, **_addressed(asked))


def etcd(rest: str, protocol: str | None) -> IProvider:
    """`etcd://[host[:port],…]/prefix?user=&password_env=`."""
    asked = _asked(rest, _ETCD)
    if not asked.path.strip("/"):
        raise ValueError("after the address comes what keys begin with: etcd://host/services/users")
    return _spoken(providers.EtcdProvider(asked.path, **_addressed(asked)), protocol)


def zookeeper(rest: str, protocol: str | None) -> IProvider:
    """`zk://[host[:port],…]/path?user=&password_env=`."""
    asked = _asked(rest, _ZK)
    if not asked.path.strip("/"):
        raise ValueError("after the address comes the node: zk://host/services/users")
    options = {**({"address": asked.addresses} if asked.addresses else {}), **asked.options}
    return _spoken(providers.ZooKeeperProvider(f"/{asked.path}", **options), protocol)


def kubernetes(rest: str, protocol: str | None) -> IProvider:
    """`k8s://namespace/service[:port]?zone=&kubeconfig=&context=`."""
    before, _, query = rest.partition("?")
    namespace, _, service = before.partition("/")
    name, colon, port = service.partition(":")
    form = "a service of Kubernetes is written k8s://namespace/service:port"
    for part in (namespace, name, *([port] if colon else [])):
        if not _K8S_NAME.fullmatch(part):
            raise ValueError(f"{form}, and {part!r} is none of these")
    if port.isdigit() and not 0 < int(port[:9]) < 65536:
        raise ValueError(f"{service!r}: the port is a name or a number from 1 to 65535")
    options = _asked(f"/?{query}", _K8S).options
    return providers.KubernetesProvider(
        namespace, name, (int(port) if port.isdigit() else port) or None, scheme=protocol, **options
    )


_K8S_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")


def eureka(rest: str, protocol: str | None) -> IProvider:
    """`eureka://[host[:port],…]/app?by_ip=&user=&password_env=&path=`."""
    asked = _asked(rest, _EUREKA)
    app = _name("an application of Eureka is written eureka://host:8761/users", asked.path)
    path = asked.take("path")
    if path is not None and not path.startswith("/"):
        raise ValueError(f"path= in the query begins with '/', unlike {path!r}")
    options = _addressed(asked)
    if path is not None:
        if "address" not in options:
            raise ValueError("path= in the query: the address must be given too, before the first '/'")  # fmt: skip
        options["address"] = [address + path for address in options["address"]]
    return providers.EurekaProvider(app, scheme=protocol, **options)


def redis(rest: str, protocol: str | None) -> IProvider:
    """`redis://host[:port]/[db]?key=&user=&password_env=`."""
    return _redis("redis", rest, protocol)


def rediss(rest: str, protocol: str | None) -> IProvider:
    """The same, with TLS to Redis."""
    return _redis("rediss", rest, protocol)


def _redis(scheme: str, rest: str, protocol: str | None) -> IProvider:
    form = f"{scheme}://host:6379/0?key=services:users"
    asked = _asked(rest, _REDIS)
    key, db = asked.take("key"), asked.path or "0"
    if key is None:
        raise ValueError(f"key= is missing in the query: the hosts of a service are {form}")
    if not (db.isascii() and db.isdigit()):
        raise ValueError(f"after the address comes the number of a database, not {db!r}: {form}")
    if len(asked.addresses) > 1:
        raise ValueError(f"a Redis has one address: {form}")
    address, port = split_host_port(asked.addresses[0] if asked.addresses else "127.0.0.1")
    user, password = asked.take("user", ""), asked.take("password")
    given = [name for name in ("verify", "cert") if name in asked.options]
    if given and scheme == "redis":
        raise ValueError("verify=, ca= and cert= in the query go with rediss://")
    secret = f"{quote(user, safe='')}:{quote(password, safe='')}@" if password else ""
    url = f"{scheme}://{secret}{netloc(Host(address, int(port or 6379)))}/{db}"
    return _spoken(providers.RedisProvider(key, url=url, **asked.options), protocol)


def _spoken(provider: IProvider, protocol: str | None) -> IProvider:
    return provider if protocol is None else SpokenProvider(provider, protocol)
