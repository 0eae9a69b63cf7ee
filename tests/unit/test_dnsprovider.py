"""`DnsProvider`: what it makes of answers and failures. No network."""

import dns.resolver
import pytest

from ahoyhoy.exceptions import ProviderError
from ahoyhoy.lb.providers import DnsProvider
from ahoyhoy.testing.clock import FakeClock
from unit.fake_dns import NAME, SERVFAIL, TIMEOUT, Zone, a, aaaa, addresses, lasts, maker


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def make(clock):
    return maker(clock)


def test_addresses_are_sorted_by_number_ipv4_first(make):
    source, _ = make(
        {(NAME, "A"): a("10.0.0.10", "10.0.0.9"), (NAME, "AAAA"): aaaa("fd00::10", "::1")}
    )
    assert addresses(source) == ["10.0.0.9", "10.0.0.10", "::1", "fd00::10"]


def test_another_order_of_records_is_no_change(make, clock):
    source, zone = make({(NAME, "A"): a("10.0.0.1", "10.0.0.2")})
    source.get_list()
    zone.records[NAME, "A"] = a("10.0.0.2", "10.0.0.1")
    clock.advance(100)
    assert source.changes() == 1
    assert len(zone.asked) == 4


def test_the_shortest_ttl_of_the_families_counts(make, clock):
    source, _ = make({(NAME, "A"): a("10.0.0.1", ttl=70), (NAME, "AAAA"): aaaa("::1", ttl=50)})
    source.get_list()
    assert lasts(source, clock) == 50


def test_aliases_count_for_the_ttl(make, clock):
    alias = (20, "IN", "CNAME", "other.internal.")
    target = ("other.internal.", 90, "IN", "A", "10.0.0.1")
    source, _ = make({(NAME, "A"): [alias, target]}, family="ipv4")
    assert addresses(source) == ["10.0.0.1"]
    assert lasts(source, clock) == 20


@pytest.mark.parametrize("family", [[], dns.resolver.NXDOMAIN()])
def test_one_family_without_addresses_is_normal(make, clock, family):
    source, _ = make({(NAME, "A"): a("10.0.0.1"), (NAME, "AAAA"): family})
    assert addresses(source) == ["10.0.0.1"]
    assert lasts(source, clock) == 100


@pytest.mark.parametrize("failure", [TIMEOUT, SERVFAIL])
def test_when_one_family_fails_its_known_addresses_stay_and_it_is_asked_again_soon(
    make, clock, failure
):
    source, zone = make({(NAME, "A"): a("10.0.0.1"), (NAME, "AAAA"): aaaa("::1")})
    source.get_list()
    zone.records[NAME, "A"] = a("10.0.0.2")
    zone.records[NAME, "AAAA"] = failure
    clock.advance(100)
    assert addresses(source) == ["10.0.0.2", "::1"]
    assert lasts(source, clock) == 30
    zone.records[NAME, "AAAA"] = []
    clock.advance(30)
    assert addresses(source) == ["10.0.0.2"]
    assert lasts(source, clock) == 100


def test_a_family_that_never_answered_does_not_hide_the_other(make):
    source, _ = make({(NAME, "A"): SERVFAIL, (NAME, "AAAA"): aaaa("::1")})
    assert addresses(source) == ["::1"]


@pytest.mark.parametrize("other", [[], SERVFAIL, dns.resolver.NXDOMAIN()])
def test_a_failure_without_any_address_is_an_error(make, other):
    source, _ = make({(NAME, "A"): TIMEOUT, (NAME, "AAAA"): other})
    silent = "10.0.0.53:53 did not answer within 2 s, asked for the A records of users.internal"
    with pytest.raises(ProviderError, match=f"dns://users.internal:80: {silent}"):
        source.get_list()


def test_one_family_only_is_asked_for_when_one_is_wanted(make):
    for family, kind in (("ipv4", "a"), ("ipv6", "aaaa")):
        source, zone = make({}, family=family)
        assert addresses(source) == []
        assert zone.asked == [f"{NAME} {kind}"]


def test_a_silent_server_costs_the_timeout_once_not_once_per_query(make, clock):
    for options, expected in (({}, 4.0), ({"timeout": 1}, 1.0)):
        source, zone = make({(NAME, "A"): TIMEOUT, (NAME, "AAAA"): TIMEOUT}, **options)
        zone.clock = clock
        before = clock()
        with pytest.raises(ProviderError):
            source.get_list()
        assert clock() - before == expected
        assert zone.lifetimes == [expected / 2, expected / 2]


def test_the_authority_is_the_name_without_its_last_dot(make):
    source = DnsProvider("users.internal.", 80, resolver=Zone({(NAME, "A"): a("10.0.0.1")}))
    assert [i.authority for i in source.get_list()] == ["users.internal"]
