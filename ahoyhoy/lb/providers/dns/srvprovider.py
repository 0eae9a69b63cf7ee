"""Hosts from the SRV records of a DNS name (RFC 2782)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import dns.name
import dns.resolver

from ....exceptions import ProviderError
from ....utils.host import Host
from ....utils.instance import Instance
from ..cached import Fetched
from .failures import NoSuchNameError, nothing
from .lookup import FAMILIES, Lookup, by_number, kind_of, logger
from .source import RETRY_PART, DnsOptions, DnsSource

if TYPE_CHECKING:
    from typing_extensions import Unpack

# "A very small chance of being selected" (RFC 2782); the smallest other weight is 1.
_WEIGHT_OF_ZERO = 0.01


class _Target(NamedTuple):
    """The addresses of one record's target, and for how long."""

    addresses: tuple[str, ...]
    ttl: float


class SrvProvider(DnsSource):
    """One host per address of each SRV target, with the records' ports, priorities and weights.

    The target's name, without its last dot, is the `authority` of its hosts: Host header, SNI
    and certificate checks use it. Addresses come from the additional section of the answer,
    and are looked up where it has none of the wanted family.

    * A target's weight is divided among its addresses: it is the target that was given a
      share of the calls.
    * Weight 0 becomes 0.01, "a very small chance" beside other weights; if all weights are 0,
      every record has weight 1.
    * A target `.` says that the service is not available: no hosts.
    * The TTL is the smallest of all records used.
    * A target that cannot be looked up keeps the addresses it had, and is asked for again
      within 30 s; one without addresses is left out.

    Args:
        name: usually `_service._proto.name`; any other name is looked up as it is.
        resolver: a `dns.resolver.Resolver`, or a DNS server as `"127.0.0.1:5353"`. Default:
            what the machine is configured to use.
        scheme: `"http"` or `"https"`. Default: https for a name that begins with `_https.`
            and for port 443.
        family: `"any"`, `"ipv4"` or `"ipv6"`: which addresses of the targets.
        timeout: seconds for all queries of one refresh. Default: the resolver's `lifetime`
            (dnspython: 5).
        min_ttl, max_ttl, empty_grace, clock, rng: see `CachedProvider`.

    Raises:
        ValueError: for a name, scheme, family or resolver that cannot be.
        ProviderError: from the first `get_list`: no such name, no answer, or an error from
            the server. A name without SRV records gives an empty list.
    """

    def __init__(self, name: str, **options: Unpack[DnsOptions]) -> None:
        if str(name).lower().startswith("_https.") and options.get("scheme") is None:
            options["scheme"] = "https"
        super().__init__(f"srv://{name}", name, **options)

    def _fetch(self) -> Fetched:
        lookup = self._lookup()
        # Two: the addresses, if they have to be looked up at all, get as much time.
        answer = lookup.ask(self._name, "SRV", queries_left=2)
        told = sorted(answer.rrset or (), key=_order)
        records = [record for record in told if record.target != dns.name.root]
        targets = self._targets(lookup, answer, dict.fromkeys(record.target for record in records))
        ttls = [target.ttl for target in targets.values()]
        instances: dict[Host, Instance] = {}
        small = _WEIGHT_OF_ZERO if any(record.weight for record in records) else 1.0
        for record in records:
            for instance in self._instances(record, targets[record.target].addresses, small):
                instances.setdefault(instance.host, instance)
        ttl = min([answer.chaining_result.minimum_ttl, *ttls])
        why = "" if instances else self._why_none(lookup, told, targets)
        return Fetched(instances.values(), ttl, why)

    def _why_none(
        self, lookup: Lookup, told: list[Any], targets: Mapping[dns.name.Name, _Target]
    ) -> str:
        if not told:
            return nothing(self._name, ["SRV"], servers=lookup.servers)
        if not targets:
            return f"the SRV record of {self._name} says that the service is not available"
        names = " and ".join(map(_text, targets))
        return f"there are no hosts at the targets of the SRV records of {self._name}: {names}"

    def _instances(
        self, record: Any, addresses: tuple[str, ...], small: float
    ) -> Iterator[Instance]:
        for address in addresses:
            try:
                yield Instance(
                    Host(address, record.port),
                    scheme=self._scheme,
                    weight=(record.weight or small) / len(addresses),
                    authority=_text(record.target),
                    priority=record.priority,
                )
            except ValueError as error:  # port 0, or a target that is a name, but no host's
                logger.warning("%s: left out: %s: %s", self._source, record, error)

    def _targets(
        self, lookup: Lookup, answer: dns.resolver.Answer, names: dict[dns.name.Name, None]
    ) -> dict[dns.name.Name, _Target]:
        targets = {name: self._in_additional(answer, name) for name in names}
        absent = [name for name, target in targets.items() if not target.addresses]
        failure: ProviderError | None = None
        for index, name in enumerate(absent):
            try:
                targets[name] = self._looked_up(lookup, name, len(absent) - index)
            except NoSuchNameError as error:
                targets[name] = _Target((), RETRY_PART)
                logger.debug("%s: %s", self._source, error)
            except ProviderError as error:
                failure = error
                targets[name] = _Target(self._known_of(name), RETRY_PART)
                logger.debug("%s: %s", self._source, error)
        if failure and not any(target.addresses for target in targets.values()):
            raise failure
        return targets

    def _in_additional(self, answer: dns.resolver.Answer, name: dns.name.Name) -> _Target:
        sets = [
            rrset
            for rrset in answer.response.additional
            if rrset.name == name and rrset.rdtype.name in FAMILIES[self._family]
        ]
        addresses = sorted({record.address for rrset in sets for record in rrset}, key=by_number)
        return _Target(tuple(addresses), min((rrset.ttl for rrset in sets), default=0))

    def _looked_up(self, lookup: Lookup, name: dns.name.Name, names_left: int) -> _Target:
        found, ttl, failed = lookup.addresses(str(name), self._family, names_left=names_left)
        kept = [address for address in self._known_of(name) if kind_of(address) in failed]
        addresses = tuple(sorted({*found, *kept}, key=by_number))
        if not found:
            return _Target(addresses, RETRY_PART)
        return _Target(addresses, min(ttl, RETRY_PART) if failed else ttl)

    def _known_of(self, name: dns.name.Name) -> tuple[str, ...]:
        text = _text(name)
        known = {i.host.address for i in self._last_good if i.authority == text}
        return tuple(sorted(known, key=by_number))


def _order(record: Any) -> tuple[int, str, int, int]:
    return record.priority, _text(record.target), record.port, record.weight


def _text(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower()
