"""From one string, as written on a command line, to a source of hosts."""

from __future__ import annotations

import re
from urllib.parse import unquote

from ...utils.host import Host
from ...utils.instance import Instance
from .. import providers
from .hostport import required_host_port, split_host_port
from .iprovider import IProvider
from .listprovider import ListProvider

FORMS = """\
  host:8080,host:8080                    these hosts, over http
  http://host:8080,host:8080/base        these hosts, with a base path (or https://)
  dns://[resolver[:port]/]name:port      the A and AAAA records of a name (or https+dns://)
  srv://[resolver[:port]/]_http._tcp.name   SRV records (or https+srv://)
  file:///path/hosts.json                a JSON file
IPv6 addresses go into brackets."""

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)
_DEFAULT_PORTS = {"http": 80, "https": 443}


def provider_of(target: str) -> IProvider:
    """The source of hosts that a target string stands for.

        >>> provider_of("http://10.0.0.1:8080,[::1]:8080/api").get_list()[1].host
        Host(address='::1', port=8080)

    Args:
        target: one of

            * `http://h1:8080,h2:8080/base` or `https://…`; without a port 80 or 443. Without
              a scheme (`h1:8080,h2:8080`) it is http, and each host needs its port.
            * `dns://name:port`, `dns://127.0.0.1:5353/name:port`, `https+dns://…`
            * `srv://_http._tcp.name`, `srv://127.0.0.1:5353/_http._tcp.name`, `https+srv://…`
            * `file:///path/hosts.json`, with `%20` for a space.

    Raises:
        ValueError: anything else; lists the accepted forms. User names, passwords, queries
            and fragments are refused, and not repeated in the message.

    Blocks never: the source is asked when its list is.
    """
    try:
        return _provider_of(target)
    except ValueError as error:
        raise ValueError(f"{error}\nA target is one of:\n{FORMS}") from None


def _provider_of(target: str) -> IProvider:
    if "@" in target:
        raise ValueError("a target has no user name or password: give auth= to the session")
    if "?" in target or "#" in target:
        raise ValueError("a target has no query or fragment: give them with each call")
    if not target.isprintable() or " " in target:
        raise ValueError("a target has no spaces or control characters")
    match = _SCHEME.fullmatch(target)
    if match is None:
        if "/" in target:
            raise ValueError(f"{target!r} has no scheme such as http://")
        return ListProvider(*(Instance(_host(part)) for part in target.split(",")))
    scheme, rest = match[1].lower(), match[2]
    protocol, plus, source = scheme.rpartition("+")
    if source in ("dns", "srv") and (protocol == "https" or not plus):
        return _dns(source, rest, protocol or None)
    if scheme in _DEFAULT_PORTS:
        return _hosts(rest, scheme)
    if scheme == "file":
        return _file(rest)
    raise ValueError(f"{scheme + '://'!r} is not known")


def _host(text: str) -> Host:
    return Host(*required_host_port(text))


def _hosts(rest: str, scheme: str) -> IProvider:
    authority, slash, path = rest.partition("/")
    instances = []
    for part in authority.split(","):
        address, port = split_host_port(part)
        host = Host(address, int(port) if port else _DEFAULT_PORTS[scheme])
        instances.append(Instance(host, scheme=scheme, path=slash + path))
    return ListProvider(*instances)


def _dns(source: str, rest: str, protocol: str | None) -> IProvider:
    resolver, _, name = rest.rpartition("/")
    server = resolver or None
    if source == "srv":
        return providers.SrvProvider(name, scheme=protocol, resolver=server)
    address, port = required_host_port(name)
    return providers.DnsProvider(address, port, scheme=protocol, resolver=server)


def _file(rest: str) -> IProvider:
    host, slash, path = rest.partition("/")
    path = unquote(slash + path)
    if host not in ("", "localhost") or path.endswith("/") or not path or "\0" in path:
        raise ValueError("a file's target is its absolute path after file://")
    return providers.FileProvider(path)
