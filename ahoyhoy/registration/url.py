"""From one string, as written in a setting or on a command line, to a registry."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from .consul import ConsulRegistry
from .etcd import EtcdRegistry
from .eureka import EurekaRegistry
from .registry import Registry
from .zookeeper import ZooKeeperRegistry

FORMS = """\
  consul://agent:8500?token_env=NAME
  etcd://host:2379,host:2379/prefix?user=NAME&password_env=NAME
  zk://host:2181,host:2181/path?user=NAME&password_env=NAME
  eureka://host:8761/eureka?user=NAME&password_env=NAME"""

#: What may follow the `?`.
_OPTIONS = {
    "consul": {"token_env"},
    "etcd": {"user", "password_env"},
    "zk": {"user", "password_env"},
    "eureka": {"user", "password_env"},
}


def registry_of(url: str) -> Registry:
    """The registry that a URL stands for; for TLS make it by its class.

        >>> registry_of("etcd://etcd1:2379,etcd2:2379/services").name
        'etcd://etcd1:2379/services'

    Args:
        url: one of these, where everything after the address may be left out, and the address too:

            * `consul://agent:8500?token_env=NAME`
            * `etcd://host:2379,host:2379/prefix?user=NAME&password_env=NAME`
            * `zk://host:2181,host:2181/path?user=NAME&password_env=NAME`
            * `eureka://host:8761/eureka?user=NAME&password_env=NAME`

            `…_env` is the name of an environment variable with the token or password.

    Raises:
        ValueError: for anything else; says which part is wrong, and lists the forms.
        ImportError: for `zk://` without kazoo.
    """
    try:
        return _registry_of(url)
    except ValueError as error:
        raise ValueError(f"{error}\nA registry is one of:\n{FORMS}") from None


def _registry_of(url: str) -> Registry:
    parts = urlsplit(url)
    if "@" in parts.netloc:
        raise ValueError("the URL of a registry has no password: give user= and password_env=")
    if parts.scheme not in _OPTIONS:
        raise ValueError(f"{parts.scheme + '://'!r} is no registry")
    if parts.fragment:
        raise ValueError(f"the URL of a registry has no fragment: {'#' + parts.fragment!r}")
    options = _options(parts.scheme, parts.query)
    addresses = [part for part in parts.netloc.split(",") if part]
    given: dict[str, Any] = {"address": addresses} if addresses else {}
    path = unquote(parts.path).strip("/")
    if parts.scheme == "consul":
        if path or len(addresses) > 1:
            raise ValueError("of Consul, give one agent and no path")
        return ConsulRegistry(*addresses, **options)
    if parts.scheme == "eureka":
        places = [f"http://{address}{parts.path}" for address in addresses or ["127.0.0.1"]]
        return EurekaRegistry(places, **options)
    if path:
        given["prefix" if parts.scheme == "etcd" else "path"] = path
    kind: Any = EtcdRegistry if parts.scheme == "etcd" else ZooKeeperRegistry
    registry: Registry = kind(**given, **options)
    return registry


def _options(scheme: str, query: str) -> dict[str, Any]:
    found = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name not in _OPTIONS[scheme]:
            known = ", ".join(sorted(_OPTIONS[scheme]))
            raise ValueError(f"{scheme}:// has no option {name!r}; it has {known}")
        option, underscore, _ = name.partition("_env")
        if underscore:
            if value not in os.environ:
                raise ValueError(f"{name}={value}: there is no such environment variable")
            value = os.environ[value]  # noqa: PLW2901
        found[option] = value
    return found
