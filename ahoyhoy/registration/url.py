"""From one string, as written in a setting or on a command line, to a registry."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from ..lb.providers.targets.asked import TOKEN, USER, Asked, asked_of
from ..lb.providers.targets.query import Known, NotThereError
from ..lb.providers.targets.tls import TLS
from .consul import ConsulRegistry
from .etcd import EtcdRegistry
from .eureka import EurekaRegistry
from .registry import Registry
from .zookeeper import ZooKeeperRegistry

FORMS = """\
  consul://agent:8500?token_env=NAME
  etcd://host:2379,host:2379/prefix?user=NAME&password_env=NAME
  zk://host:2181,host:2181/path?user=NAME&password_env=NAME
  eureka://host:8761/eureka?user=NAME&password_env=NAME
and with TLS to it each takes tls=1, and then ca=, cert= (PEM files) or verify=0."""


def registry_of(url: str) -> Registry:
    """The registry that a URL stands for.

        >>> registry_of("etcd://etcd1:2379,etcd2:2379/services").name
        'etcd://etcd1:2379/services'

    Args:
        url: one of these, where everything after the address may be left out, and the address too:

            * `consul://agent:8500?token_env=NAME`
            * `etcd://host:2379,host:2379/prefix?user=NAME&password_env=NAME`
            * `zk://host:2181,host:2181/path?user=NAME&password_env=NAME`
            * `eureka://host:8761/eureka?user=NAME&password_env=NAME`

            `…_env` is the name of an environment variable with the token or password. With
            `tls=1` in the query TLS is spoken to the registry; then `ca=/etc/ca.pem` says what to
            verify its certificate with, `verify=0` that it is not verified, and
            `cert=/etc/own.pem` which certificate (with its key) is shown to it.

    Raises:
        ValueError: for anything else; says which part is wrong, and lists the forms if it is of none.
        ImportError: for `zk://` without kazoo.
    """
    try:
        return _registry_of(url)
    except NotThereError:
        raise
    except ValueError as error:
        raise ValueError(f"{error}\nA registry is one of:\n{FORMS}") from None


def _registry_of(url: str) -> Registry:
    scheme, separator, rest = url.partition("://")
    if not separator:  # not repeated: it may be anything
        raise ValueError("what has no scheme such as consul:// is no registry")
    if scheme.lower() not in _SCHEMES:
        raise ValueError(f"{scheme + '://'!r} is no registry")
    if "@" in rest.partition("?")[0]:
        raise ValueError("the URL of a registry has no password: give user= and password_env=")
    if "#" in rest:
        raise ValueError("the URL of a registry has no fragment: # is written %23")
    known, made = _SCHEMES[scheme.lower()]
    return made(asked_of(rest, known))


def _consul(asked: Asked) -> Registry:
    if asked.path or len(asked.addresses) > 1:
        raise ValueError("of Consul, give one agent and no path")
    arguments = asked.over_http()
    return ConsulRegistry(*arguments.pop("address", ()), **arguments)


def _etcd(asked: Asked) -> Registry:
    if asked.path:
        asked.options["prefix"] = asked.path
    return EtcdRegistry(**asked.over_http())


def _zookeeper(asked: Asked) -> Registry:
    if asked.path:
        asked.options["path"] = asked.path
    return ZooKeeperRegistry(**asked.over_tcp())


def _eureka(asked: Asked) -> Registry:
    return EurekaRegistry(**asked.over_http(f"/{quote(asked.path)}" if asked.path else ""))


#: By scheme: what may follow the `?`, and what is made of it all.
_SCHEMES: dict[str, tuple[Known, Callable[[Asked], Registry]]] = {
    "consul": ({**TOKEN, **TLS}, _consul),
    "etcd": ({**USER, **TLS}, _etcd),
    "eureka": ({**USER, **TLS}, _eureka),
    "zk": ({**USER, **TLS}, _zookeeper),
}
