"""From one string, as written in a setting or on a command line, to a source of hosts."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from ....configuration import ServiceTable, service
from ....exceptions import ConfigurationError
from ..iprovider import IProvider
from .query import NotThereError
from .schemes import BUILT_IN, Scheme, SchemeError, hosts

_T = TypeVar("_T")

FORMS = """\
  host:8080,host:8080                these hosts, over http
  http://host:8080,host:8080/base    these hosts, with a base path; or https://
  dns://[resolver/]name:port         the A and AAAA records of a name
  srv://[resolver/]_http._tcp.name   SRV records
  consul://[agent:8500/]service      a service in Consul
  etcd://host:2379/services/users    the keys below services/users/ in etcd
  zk://host:2181/services/users      the children of a node of ZooKeeper
  k8s://namespace/service[:port]     a service in Kubernetes
  eureka://host:8761/app             an application in Eureka
  redis://host/0?key=services:users  a key of Redis; rediss:// with TLS to it
  lb://users                         [services.users] of the file in AHOYHOY_CONFIG
  file:///path/hosts.json            a JSON file
  env:NAME                           what this environment variable holds
https+dns:// … https+redis:// is TLS to the hosts; to a registry it is ?tls=1,
with &ca=/path.pem. IPv6 addresses go into brackets. Installed packages may
bring more schemes."""

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)
# A name begins with no digit, so that a host may be called env (`env:8080`).
_ENV = re.compile(r"env:(?![0-9])(.*)", re.DOTALL | re.IGNORECASE)
_SERVICE = re.compile(r"[\w.-]+")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class _Target(NamedTuple):
    """A target, taken apart: `protocol+scheme://rest`; `scheme` is empty for plain `host:port`."""

    text: str
    protocol: str | None
    scheme: str
    rest: str


def provider_of(target: str) -> IProvider:
    """The source of hosts that a target string stands for.

        >>> provider_of("http://10.0.0.1:8080,[::1]:8080/api").get_list()[1].host
        Host(address='::1', port=8080)

    Args:
        target: one of

            * `http://h1:8080,h2:8080/base` or `https://…`; without a port 80 or 443. Without
              a scheme (`h1:8080,h2:8080`) each host needs its port, and 443 is https.
            * `dns://name:port`, `dns://127.0.0.1:5353/name:port`; with `https+dns://` or
              `http+dns://` the hosts are spoken to in this way, whatever their port
            * `srv://_http._tcp.name`, `srv://127.0.0.1:5353/_http._tcp.name`, `https+srv://…`,
              `http+srv://…`
            * `consul://agent:8500/service`, `etcd://host:2379/services/users`,
              `zk://host:2181/services/users`, `k8s://namespace/service:port`,
              `eureka://host:8761/app`, `redis://host:6379/0?key=services:users`, and these with
              `https+` or `http+`; what may stand in their queries is in the reference of targets.
              A secret is the value of an environment variable, which they name: `token_env=`.
            * `file:///path/hosts.json`, with `%20` for a space.
            * `lb://users`: the target of `[services.users]` in the TOML file that the environment
              variable `AHOYHOY_CONFIG` names. A session takes its settings from there, too.
            * `env:NAME`: the environment variable `NAME` holds the target. Read now, once.
            * `NAME://…`, `https+NAME://…`, `http+NAME://…`, where an installed package has
              registered `NAME` in the entry-point group `ahoyhoy.providers`. It is given the
              whole string. The schemes above cannot be registered.

    Raises:
        ConfigurationError: (a ValueError) for what is wrong in the file of `lb://`.
        ValueError: anything else; says which part is wrong, and lists the accepted forms
            if it is of none.
            User names, passwords, fragments and, but for registries, queries are refused, except
            in targets that another package reads, and never repeated in the message.
        TypeError: when it is no string.
        ImportError: a library that the source needs is not installed; names the extra.

    Blocks never: the source is asked when its list is.
    """
    return _explained(target, _provider)


def name_of(target: str) -> str | None:
    """The name that a target has by itself, with its port if that is not the scheme's own.

        >>> name_of("dns://users.internal:8080"), name_of("srv://_http._tcp.users.internal")
        ('users.internal:8080', 'users.internal')

    Args:
        target: as for `provider_of`.

    Returns:
        What its hosts are known as; None for hosts that are listed, in a target or in a file,
        of registries, and for schemes of other packages.

    Raises:
        ValueError, TypeError: as `provider_of`.
    """
    return _explained(target, _name)


def service_of(target: str) -> ServiceTable | None:
    """What the configuration says of the service that a target names; None for other targets.

    Args:
        target: as for `provider_of`; `lb://users`, or a variable that holds this.

    Raises:
        ValueError, TypeError: as `provider_of`.
    """
    return _explained(target, _service)


def _explained(target: object, read: Callable[[_Target], _T]) -> _T:
    """What `read` returns; its error tells which variables led there, and where it is the form, the forms."""
    if not isinstance(target, str):
        given = type(target).__name__
        raise TypeError(f"a target is a string such as 'h1:8080,h2:8080', not {given}")
    variables: list[str] = []
    try:
        return read(_parsed(_followed(target, variables)))
    except ValueError as error:
        text = "".join(f"env:{name}: " for name in variables) + str(error)
        if isinstance(error, (ConfigurationError, NotThereError, SchemeError)):
            raise type(error)(text) from error.__cause__
        raise ValueError(f"{text}\nA target is one of:\n{FORMS}") from None


def _followed(target: str, variables: list[str]) -> str:
    """The target itself, or what the environment says; the variables on the way are added."""
    while match := _ENV.fullmatch(target):
        name = match[1]
        if not _VARIABLE.fullmatch(name):
            raise ValueError("after env: comes the name of a variable, as in env:USERS_HOSTS")
        if name in variables:
            raise ValueError(f"this leads back to env:{name}")
        variables.append(name)
        if name not in os.environ:
            raise NotThereError("the environment variable is not set")
        target = os.environ[name].strip()
        if not target:
            raise NotThereError("the environment variable is empty")
        if ":" not in target:  # perhaps a password, so it is not repeated
            raise ValueError("the environment variable holds something else than a target")
    return target


def _parsed(target: str) -> _Target:
    if not target.isprintable() or " " in target:
        raise ValueError("a target has no spaces or control characters")
    match = _SCHEME.fullmatch(target)
    if match is None:
        return _Target(target, None, "", _without_secrets(target))
    whole, rest = match[1].lower(), match[2]
    protocol, _, scheme = whole.partition("+")
    if scheme and protocol in ("http", "https"):
        return _Target(target, protocol, scheme, rest)
    return _Target(target, None, whole, rest)


def _provider(target: _Target) -> IProvider:
    if not target.scheme:
        if "/" in target.rest:
            raise ValueError(f"{target.rest!r} has no scheme such as http://")
        return hosts(target.rest)
    table = _service(target)
    if table is not None:
        return _of_service(table)
    scheme = _built_in(target)
    if scheme is not None:
        return scheme.provider(target.rest, target.protocol)
    # Reading what is installed takes milliseconds, and the scheme is rarely another package's.
    from .registered import registered  # noqa: PLC0415

    provider = registered(target.scheme, target.text)
    if provider is None:
        raise ValueError(f"'{target.scheme}://' is not known")
    return provider


def _name(target: _Target) -> str | None:
    table = _service(target)
    if table is not None:
        return table.known_as
    scheme = _built_in(target)
    return scheme.name(target.rest, target.protocol) if scheme and scheme.name else None


def _service(target: _Target) -> ServiceTable | None:
    if target.scheme != "lb":
        return None
    if target.protocol:
        raise ValueError(
            f"'{target.protocol}+lb://' is not known: write it in the service's target"
        )
    if not _SERVICE.fullmatch(target.rest):
        _without_secrets(target.rest)
        raise ValueError("after lb:// comes the name of a service alone, as in lb://users")
    return service(target.rest)


def _of_service(table: ServiceTable) -> IProvider:
    variables: list[str] = []
    try:
        target = _parsed(_followed(table.target, variables))
        if target.scheme == "lb":
            raise ValueError("the target of a service cannot be another service")
        return _provider(target)
    except ConfigurationError:
        raise
    except ValueError as error:
        through = "".join(f"env:{name}: " for name in variables)
        raise table.wrong(f"{through}{error}", "target") from error.__cause__


def _built_in(target: _Target) -> Scheme | None:
    scheme = BUILT_IN.get(target.scheme)
    if scheme is None:
        return None
    if target.protocol and not scheme.takes_protocol:
        raise ValueError(f"'{target.protocol}+{target.scheme}://' is not known")
    _without_secrets(target.rest, takes_query=scheme.takes_query)
    return scheme


def _without_secrets(text: str, *, takes_query: bool = False) -> str:
    before, question, _ = text.partition("?")
    if takes_query:
        if "@" in before:
            raise ValueError(
                "a target has no user name or password before its address: give user= and"
                " password_env= in the query, where the registry knows them"
            )
        if "#" in text:
            raise ValueError("a target has no fragment: # is written %23")
        return text
    if "@" in text:
        raise ValueError("a target has no user name or password: give auth= to the session")
    if question or "#" in text:
        raise ValueError("a target has no query or fragment: give them with each call")
    return text
