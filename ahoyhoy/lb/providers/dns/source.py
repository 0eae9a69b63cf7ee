"""What the two sources of hosts that ask DNS have in common."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypedDict

import dns.resolver

from ....utils.host import Host
from ....utils.instance import Instance
from ..cached import CachedProvider, seconds
from .lookup import Lookup, checked_family, checked_name, resolver_of, server_of

if TYPE_CHECKING:
    from typing_extensions import Unpack

# What failed beside something that answered is asked for again after this, in seconds.
RETRY_PART = 30.0


class DnsOptions(TypedDict, total=False):
    """The keyword arguments of every source that asks DNS, for type checkers and editors."""

    resolver: dns.resolver.Resolver | str | None
    scheme: str | None
    family: str
    timeout: float | None
    min_ttl: float
    max_ttl: float
    empty_grace: float
    clock: Callable[[], float]
    rng: random.Random | None


class DnsSource(CachedProvider):
    """A DNS name, who is asked for it, and for how long; the arguments are checked here."""

    def __init__(self, source: str, name: str, **options: Unpack[DnsOptions]) -> None:
        given: dict[str, Any] = dict(options)
        unknown = sorted(given.keys() - DnsOptions.__annotations__.keys())
        if unknown:
            raise TypeError(
                f"{type(self).__name__} has no option {', '.join(unknown)}; the TTL is DNS's, to be"
                f" bounded with min_ttl and max_ttl. It has {', '.join(DnsOptions.__annotations__)}"
            )
        self._name = checked_name(name)
        self._scheme: str | None = given.pop("scheme", None)
        Instance(Host("127.0.0.1", 1), scheme=self._scheme)  # its checks, now, not at a refresh
        self._family = checked_family(given.pop("family", "any"))
        timeout = given.pop("timeout", None)
        self._timeout = None if timeout is None else seconds("timeout", timeout)
        self._resolver: dns.resolver.Resolver | str | None = given.pop("resolver", None)
        if isinstance(self._resolver, str):
            server_of(self._resolver)
        elif not isinstance(self._resolver, (dns.resolver.Resolver, type(None))):
            wanted = "resolver is a dns.resolver.Resolver or an address such as '10.0.0.2:53'"
            raise TypeError(f"{wanted}, not {self._resolver!r}")
        super().__init__(source, **given)

    def _lookup(self) -> Lookup:
        return Lookup(resolver_of(self._resolver), self._timeout, self._clock)
