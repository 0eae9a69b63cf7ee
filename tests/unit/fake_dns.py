"""A resolver that answers from a dict, and what the tests of DNS sources share."""

import dns.message
import dns.resolver
import dns.rrset

from ahoyhoy.lb.providers import DnsProvider, SrvProvider

NAME, SRV = "users.internal", "_http._tcp.users.internal"
TIMEOUT = dns.resolver.LifetimeTimeout(timeout=1, errors=[])
SERVFAIL = dns.resolver.NoNameservers()


class Zone(dns.resolver.Resolver):
    """Answers from a dict of (name, type) → records, an exception, or nothing."""

    def __init__(self, records):
        super().__init__(configure=False)
        self.nameservers = ["10.0.0.53"]
        self.lifetime = 4.0
        self.records = records
        self.additional = []
        self.asked = []
        self.lifetimes = []
        self.clock = None

    def resolve(self, name, kind, *, lifetime, search, raise_on_no_answer):
        assert search
        assert not raise_on_no_answer
        self.asked.append(f"{name} {kind}".lower())
        self.lifetimes.append(lifetime)
        found = self.records.get((str(name).rstrip("."), kind), [])
        if isinstance(found, Exception):
            if self.clock:
                self.clock.advance(lifetime)
            raise found
        return answer(str(name), kind, found, self.additional)


def answer(name, kind, records, additional=()):
    """An answer as it comes from the wire. A record without a name of its own has the question's."""
    query = dns.message.make_query(name, kind)
    qname = query.question[0].name
    response = dns.message.make_response(query)
    named = [record if isinstance(record[0], str) else (qname, *record) for record in records]
    response.answer = [dns.rrset.from_text(*record) for record in named]
    response.additional = [dns.rrset.from_text(*record) for record in additional]
    response = dns.message.from_wire(response.to_wire())
    return dns.resolver.Answer(qname, query.question[0].rdtype, 1, response)


class Draw:
    def random(self):
        return 0.0


def a(*addresses, ttl=100):
    return [(ttl, "IN", "A", *addresses)]


def aaaa(*addresses, ttl=100):
    return [(ttl, "IN", "AAAA", *addresses)]


def srv(*records, ttl=100):
    return [(ttl, "IN", "SRV", *records)]


def addresses(source):
    return [instance.host.address for instance in source.get_list()]


def lasts(source, clock):
    """For how long the list is believed."""
    return source._known.due - clock()


def maker(clock):
    """A function from records to a provider of NAME or SRV over them, and its zone."""

    def make(records, **options):
        zone = Zone(records)
        options = {"clock": clock, "rng": Draw(), "resolver": zone, **options}
        if (SRV, "SRV") in records:
            source = SrvProvider(SRV, **options)
        else:
            source = DnsProvider(NAME, 80, **options)
        source._quick = True  # refreshed in this thread: no waiting
        return source, zone

    return make
