"""The targets of registries: `consul://users?tag=v2`, `etcd://host/services/users` …"""

from __future__ import annotations

import re
from urllib.parse import quote

from ....utils.host import Host
from ....utils.instance import netloc
from ... import providers
from ..hostport import split_host_port
from ..iprovider import IProvider
from ..spokenprovider import SpokenProvider
from .asked import TOKEN, USER, asked_of
from .query import Known, duration, file, flag, grace, text
from .tls import TLS, VERIFIED

_ALL: Known = {"timeout": ("timeout", duration), "empty_grace": ("empty_grace", grace)}
_WAIT: Known = {"wait": ("wait", duration)}

_CONSUL: Known = {
    "tag": ("tag", text),
    "dc": ("datacenter", text),
    "near": ("near", text),
    "passing": ("passing", flag),
    **TOKEN,
    **_WAIT,
    **TLS,
    **_ALL,
}
_ETCD: Known = {**USER, **_WAIT, **TLS, **_ALL}
_ZK: Known = {"session_timeout": ("session_timeout", duration), **USER, **TLS, **_ALL}
_K8S: Known = {
    "zone": ("zone", text),
    "kubeconfig": ("kubeconfig", file),
    "context": ("context", text),
    "address": ("address", text),
    **TOKEN,
    **_WAIT,
    **VERIFIED,
    **_ALL,
}
_EUREKA: Known = {
    "by_ip": ("by_ip", flag),
    "path": ("path", text),
    "interval": ("interval", duration),
    **USER,
    **TLS,
    **_ALL,
}
_REDIS: Known = {
    "key": ("key", text),
    "interval": ("interval", duration),
    **USER,
    **TLS,
    **_ALL,
}

_NAME = re.compile(r"[^/]+")


def _name(where: str, name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{where}, not {name!r}")
    return name


def consul(rest: str, protocol: str | None) -> IProvider:
    """`consul://[agent[:port],…/]service?tag=&dc=&near=&passing=&token_env=`."""
    if "/" not in rest.partition("?")[0]:
        rest = f"/{rest}"
    asked = asked_of(rest, _CONSUL)
    service = _name("a service of Consul is written consul://users or consul://agent:8500/users", asked.path)  # fmt: skip
    return providers.ConsulProvider(service, scheme=protocol, **asked.over_http())


def etcd(rest: str, protocol: str | None) -> IProvider:
    """`etcd://[host[:port],…]/prefix?user=&password_env=`."""
    asked = asked_of(rest, _ETCD)
    if not asked.path.strip("/"):
        raise ValueError("after the address comes what keys begin with: etcd://host/services/users")
    return _spoken(providers.EtcdProvider(asked.path, **asked.over_http()), protocol)


def zookeeper(rest: str, protocol: str | None) -> IProvider:
    """`zk://[host[:port],…]/path?user=&password_env=`."""
    asked = asked_of(rest, _ZK)
    if not asked.path.strip("/"):
        raise ValueError("after the address comes the node: zk://host/services/users")
    return _spoken(providers.ZooKeeperProvider(f"/{asked.path}", **asked.over_tcp()), protocol)


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
    options = asked_of(f"/?{query}", _K8S).options
    return providers.KubernetesProvider(
        namespace, name, (int(port) if port.isdigit() else port) or None, scheme=protocol, **options
    )


_K8S_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")


def eureka(rest: str, protocol: str | None) -> IProvider:
    """`eureka://[host[:port],…]/app?by_ip=&user=&password_env=&path=`."""
    asked = asked_of(rest, _EUREKA)
    app = _name("an application of Eureka is written eureka://host:8761/users", asked.path)
    base = asked.take("path", "")
    if base and not base.startswith("/"):
        raise ValueError(f"path= in the query begins with '/', unlike {base!r}")
    return providers.EurekaProvider(app, scheme=protocol, **asked.over_http(base))


def redis(rest: str, protocol: str | None) -> IProvider:
    """`redis://host[:port]/[db]?key=&user=&password_env=`."""
    return _redis(rest, protocol, tls=False)


def rediss(rest: str, protocol: str | None) -> IProvider:
    """The same, with TLS to Redis."""
    return _redis(rest, protocol, tls=True)


def _redis(rest: str, protocol: str | None, *, tls: bool) -> IProvider:
    form = "redis://host:6379/0?key=services:users"
    asked = asked_of(rest, _REDIS, tls=tls)
    key, db = asked.take("key"), asked.path or "0"
    if key is None:
        raise ValueError(f"key= is missing in the query: the hosts of a service are {form}")
    if not (db.isascii() and db.isdigit()):
        raise ValueError(f"after the address comes the number of a database, not {db!r}: {form}")
    if len(asked.addresses) > 1:
        raise ValueError(f"a Redis has one address: {form}")
    address, port = split_host_port(asked.addresses[0] if asked.addresses else "127.0.0.1")
    user, password = asked.take("user", ""), asked.take("password")
    scheme = "rediss" if asked.take("tls") else "redis"
    secret = f"{quote(user, safe='')}:{quote(password, safe='')}@" if password else ""
    url = f"{scheme}://{secret}{netloc(Host(address, int(port or 6379)))}/{db}"
    return _spoken(providers.RedisProvider(key, url=url, **asked.options), protocol)


def _spoken(provider: IProvider, protocol: str | None) -> IProvider:
    return provider if protocol is None else SpokenProvider(provider, protocol)
