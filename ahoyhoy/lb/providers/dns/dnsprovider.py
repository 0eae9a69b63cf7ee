"""Hosts from the address records of a DNS name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....utils.host import Host
from ....utils.instance import Instance
from ..cached import Fetched
from .failures import nothing
from .lookup import FAMILIES, by_number, kind_of
from .source import RETRY_PART, DnsOptions, DnsSource

if TYPE_CHECKING:
    from typing_extensions import Unpack


class DnsProvider(DnsSource):
    """One host per A and AAAA record of a name, all on one port.

    Each `Instance` has the name as its `authority`, so that the Host header, SNI and
    certificate checks use the name while connections go to the addresses. Hosts come sorted,
    IPv4 first, whatever the order of the records.

    One family without addresses is normal. If one fails (SERVFAIL, timeout) while the other
    answers, that answer is used, addresses of the failed family that were known before stay,
    and it is asked for again within 30 s.

    Args:
        name: the DNS name; a relative one is looked up in the machine's search domains.
            `/etc/hosts` is not read.
        port: the port of every host.
        resolver: a `dns.resolver.Resolver`, or a DNS server as `"127.0.0.1:5353"`. Default:
            what the machine is configured to use. A resolver with a cache of its own answers
            with the full TTL again, so changes are seen up to one TTL later.
        scheme: `"http"` or `"https"`. Default: https on port 443.
        family: `"any"`, `"ipv4"` or `"ipv6"`.
        timeout: seconds for all queries of one refresh. Default: the resolver's `lifetime`
            (dnspython: 5).
        min_ttl, max_ttl, empty_grace, clock, rng: see `CachedProvider`.

    Raises:
        ValueError: for a name, port, family or resolver that cannot be.
        ProviderError: from the first `get_list`: no such name, no answer, or an error from
            the server. Names without addresses give an empty list.
    """

    def __init__(self, name: str, port: int | str, **options: Unpack[DnsOptions]) -> None:
        if port in (None, ""):
            raise ValueError(f"DnsProvider({name!r}, port) needs a port: address records have none")
        Instance(Host("127.0.0.1", port))  # its checks, now instead of at a refresh
        self._port = port
        super().__init__(f"dns://{name}:{port}", name, **options)

    def _fetch(self) -> Fetched:
        lookup = self._lookup()
        found, ttl, failed = lookup.addresses(self._name, self._family)
        known = [instance.host.address for instance in self._last_good]
        kept = [address for address in known if kind_of(address) in failed]
        addresses = sorted({*found, *kept}, key=by_number)
        kinds = FAMILIES[self._family]
        why = "" if addresses else nothing(self._name, kinds, servers=lookup.servers)
        hosts = map(self._instance, addresses)
        return Fetched(hosts, min(ttl, RETRY_PART) if failed else ttl, why)

    def _instance(self, address: str) -> Instance:
        authority = self._name.rstrip(".")
        return Instance(Host(address, self._port), scheme=self._scheme, authority=authority)
