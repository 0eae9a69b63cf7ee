"""Asking DNS: which server, which name, for how long."""

from __future__ import annotations

import ipaddress
import logging
import re
from collections.abc import Callable
from typing import NamedTuple

import dns.exception
import dns.message
import dns.name
import dns.rdatatype
import dns.resolver
import dns.rrset

from ....exceptions import ProviderError
from ..hostport import split_host_port
from .failures import NoSuchNameError, failure, servers_of

logger = logging.getLogger("ahoyhoy.discovery")

FAMILIES = {"any": ("A", "AAAA"), "ipv4": ("A",), "ipv6": ("AAAA",)}

# What no host name contains, but a target, a URL or a list of hosts does.
_NOT_A_NAME = re.compile(r"[\s/@?#:\\,\[\]%\x00-\x1f]")


class Addresses(NamedTuple):
    """The addresses of a name, the TTL, and the record types that could not be asked for."""

    found: tuple[str, ...]
    ttl: float
    failed: frozenset[str]


class Lookup:
    """The DNS queries of one refresh: one after the other, all within one time limit.

    Args:
        resolver: who is asked.
        timeout: seconds for all of them together; None for the resolver's `lifetime`.
        clock: seconds that only go forward.
    """

    def __init__(
        self, resolver: dns.resolver.Resolver, timeout: float | None, clock: Callable[[], float]
    ) -> None:
        self._resolver = resolver
        self._clock = clock
        self._until = clock() + (resolver.lifetime if timeout is None else timeout)
        #: who is asked
        self.servers = servers_of(resolver)

    def ask(self, name: str, kind: str, *, queries_left: int) -> dns.resolver.Answer:
        """The records, perhaps none. One silent server may not eat the time of later queries.

        Raises:
            NoSuchNameError: no such name.
            ProviderError: no answer, or one that says nothing.
        """
        lifetime = max(0.0, self._until - self._clock()) / queries_left
        try:
            return self._resolver.resolve(
                name, kind, lifetime=lifetime, search=True, raise_on_no_answer=False
            )
        except dns.exception.DNSException as error:
            raise failure(error, name, kind, servers=self.servers, seconds=lifetime) from error

    def addresses(self, name: str, family: str, *, names_left: int = 1) -> Addresses:
        """The addresses of a name, of one family or both.

        One family without addresses is normal, even when the server says NXDOMAIN to it
        alone, as some balancers do. One that fails is named in the result.

        Raises:
            ProviderError: no address found, and there is no such name or not every family
                could be asked for.
        """
        kinds = FAMILIES[family]
        found: list[str] = []
        ttls: list[int] = []
        missing: ProviderError | None = None
        failed: dict[str, ProviderError] = {}
        for index, kind in enumerate(kinds):
            try:
                left = len(kinds) * names_left - index
                answer = self.ask(name, kind, queries_left=left)
            except NoSuchNameError as error:
                missing = missing or error
            except ProviderError as error:
                failed[kind] = error
                logger.debug("%s", error)
            else:
                if answer.rrset:
                    found += [record.address for record in answer.rrset]
                    # Of the CNAMEs on the way too. `answer.expiration` is wall clock: no use.
                    ttls.append(answer.chaining_result.minimum_ttl)
        reasons = [*failed.values(), *([missing] if missing else [])]
        if reasons and not found:
            raise reasons[0]
        return Addresses(tuple(found), min(ttls, default=0), frozenset(failed))


def kind_of(address: str) -> str:
    """The type of record that carries this address."""
    return "AAAA" if ":" in address else "A"


def by_number(address: str) -> tuple[int, int]:
    """Sorts addresses: IPv4 first, then by number. Servers rotate their answers; lists must not."""
    parsed = ipaddress.ip_address(address)
    return parsed.version, int(parsed)


def checked_name(name: str) -> str:
    """The name, when it can be one in DNS; a ValueError that says what to do otherwise."""
    example = "a DNS name is for example 'users.internal'"
    if isinstance(name, str) and is_ip(name):
        raise ValueError(f"{name!r} is an address already: use ListProvider(Host({name!r}, port))")
    if not isinstance(name, str) or not name.rstrip(".") or _NOT_A_NAME.search(name):
        raise ValueError(f"{name!r} is not a name: {example}")
    try:
        dns.name.from_text(name)
    except (dns.exception.DNSException, UnicodeError) as error:
        raise ValueError(f"{name!r} is not a name ({error}): {example}") from None
    return name


def checked_family(family: str) -> str:
    """The family, when it is one."""
    if family not in FAMILIES:
        raise ValueError(f"family must be 'any', 'ipv4' or 'ipv6', not {family!r}")
    return family


def is_ip(text: str) -> bool:
    """Whether the text is an IPv4 or IPv6 address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def resolver_of(given: dns.resolver.Resolver | str | None) -> dns.resolver.Resolver:
    """The resolver itself, the one at an address, or the machine's.

    The machine's configuration is read each time: it changes while a process lives.

    Raises:
        ProviderError: the machine's configuration names no server.
    """
    if isinstance(given, dns.resolver.Resolver):
        return given
    try:
        resolver = dns.resolver.Resolver(configure=given is None)
    except dns.resolver.NoResolverConfiguration as error:
        advice = "name one there, or give resolver='10.0.0.2:53'"
        text = f"this machine is configured to ask no DNS server (/etc/resolv.conf): {advice}"
        raise ProviderError(text) from error
    if given is not None:
        address, port = server_of(given)
        resolver.nameservers = [address]
        resolver.port = port
    return resolver


def server_of(text: str) -> tuple[str, int]:
    """The address and port of a DNS server written `"127.0.0.1:5353"`; port 53 without one."""
    address, port = (text, None) if is_ip(text) else split_host_port(text)
    if not is_ip(address):
        raise ValueError(f"the resolver {text!r} must be an IP address, as in '10.0.0.2:53'")
    return address, int(port or 53)
