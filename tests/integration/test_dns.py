"""`DnsProvider` against real DNS servers whose records change."""

import pickle

import pytest

from ahoyhoy.exceptions import ProviderError
from integration.dns_servers import NAME, Dnsmasq, addresses, provider
from integration.server_process import until

pytestmark = [pytest.mark.server("knot"), pytest.mark.slow]


def test_hosts_are_sorted_and_carry_the_name_as_authority(knot):
    knot.set("web", "A", "10.0.0.10", "10.0.0.9", "10.0.0.1")
    found = provider(knot, scheme="https").get_list()
    assert [i.host for i in found] == [("10.0.0.1", 8080), ("10.0.0.9", 8080), ("10.0.0.10", 8080)]
    assert {(i.authority, i.scheme) for i in found} == {(NAME, "https")}


def test_records_added_removed_and_changed_are_seen_without_blocking(knot):
    knot.set("web", "A", "10.0.0.1")
    source = provider(knot)
    assert addresses(source) == ["10.0.0.1"]
    before = source.changes()
    knot.set("web", "A", "10.0.0.1", "10.0.0.2")
    until(lambda: addresses(source) == ["10.0.0.1", "10.0.0.2"])
    assert source.changes() == before + 1
    knot.set("web", "A", "10.0.0.2")
    until(lambda: addresses(source) == ["10.0.0.2"])
    knot.set("web", "A", "10.0.0.3")
    until(lambda: addresses(source) == ["10.0.0.3"])
    assert source.changes() == before + 3
    assert source.stale_for == 0.0


def test_changes_alone_begins_the_refresh(knot):
    knot.set("web", "A", "10.0.0.1")
    source = provider(knot)
    source.get_list()
    before = source.changes()
    knot.set("web", "A", "10.0.0.2")
    until(lambda: source.changes() != before)
    assert addresses(source) == ["10.0.0.2"]


def test_a_name_without_addresses_is_an_empty_list_that_fills_by_itself(knot):
    knot.set("web", "TXT", "here")
    source = provider(knot)
    assert source.get_list() == ()
    knot.set("web", "A", "10.0.0.1")
    until(lambda: addresses(source) == ["10.0.0.1"])


def test_both_families_are_found_unless_one_is_asked_for(knot):
    knot.set("web", "A", "10.0.0.1")
    knot.set("web", "AAAA", "::1")
    assert addresses(provider(knot)) == ["10.0.0.1", "::1"]
    assert addresses(provider(knot, family="ipv4")) == ["10.0.0.1"]
    assert addresses(provider(knot, family="ipv6")) == ["::1"]


@pytest.mark.server("dnsmasq-base")
def test_addresses_of_dnsmasq_come_and_go():
    with Dnsmasq() as dnsmasq:
        dnsmasq.hosts("web", f"10.0.0.1 {NAME}")
        source = provider(dnsmasq)
        until(lambda: dnsmasq_knows(source))
        dnsmasq.hosts("web", f"10.0.0.1 {NAME}", f"fd00::1 {NAME}")
        until(lambda: addresses(source) == ["10.0.0.1", "fd00::1"])


def dnsmasq_knows(source):
    """Its directory is watched, so a new file takes a moment."""
    try:
        return addresses(source) == ["10.0.0.1"]
    except ProviderError:
        return False


def test_a_pickled_provider_asks_anew(knot):
    knot.set("web", "A", "10.0.0.1", ttl=300)
    source = provider(knot)
    source.get_list()
    knot.set("web", "A", "10.0.0.2", ttl=300)
    assert addresses(pickle.loads(pickle.dumps(source))) == ["10.0.0.2"]
    assert addresses(source) == ["10.0.0.1"]
