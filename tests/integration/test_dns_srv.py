"""`SrvProvider` against real DNS servers whose records change."""

import pytest

from ahoyhoy.lb.providers import provider_of
from integration.dns_servers import SRV, ZONE, Counter, Dnsmasq, addresses, provider
from integration.server_process import until

pytestmark = [pytest.mark.server("knot"), pytest.mark.slow]


def test_srv_records_bring_port_priority_weight_and_target(knot):
    knot.set("a", "A", "10.0.0.1")
    knot.set("b", "A", "10.0.0.2")
    knot.set(SRV + ".", "SRV", f"10 5 8081 a.{ZONE}.", f"20 0 8082 b.{ZONE}.")
    a, b = provider(knot, SRV).get_list()
    assert (a.host, a.priority, a.weight, a.authority) == (("10.0.0.1", 8081), 10, 5, f"a.{ZONE}")
    assert (b.host, b.priority, b.weight, b.authority) == (
        ("10.0.0.2", 8082),
        20,
        0.01,
        f"b.{ZONE}",
    )


def test_each_field_of_an_srv_record_may_change(knot):
    knot.set("a", "A", "10.0.0.1")
    knot.set("b", "A", "10.0.0.2")
    knot.set(SRV + ".", "SRV", f"1 1 8081 a.{ZONE}.")
    source = provider(knot, SRV)
    source.get_list()
    steps = {
        f"1 7 8081 a.{ZONE}.": (("10.0.0.1", 8081), 1, 7),
        f"3 7 8081 a.{ZONE}.": (("10.0.0.1", 8081), 3, 7),
        f"3 7 8082 a.{ZONE}.": (("10.0.0.1", 8082), 3, 7),
        f"3 7 8082 b.{ZONE}.": (("10.0.0.2", 8082), 3, 7),
    }
    for record, expected in steps.items():
        knot.set(SRV + ".", "SRV", record)
        until(lambda: [(i.host, i.priority, i.weight) for i in source.get_list()] == [expected])  # noqa: B023


def test_an_srv_target_of_a_dot_is_no_host(knot):
    knot.set(SRV + ".", "SRV", "0 0 0 .")
    assert provider(knot, SRV).get_list() == ()


def test_the_addresses_of_an_srv_target_share_its_weight(knot):
    knot.set("a", "A", "10.0.0.1", "10.0.0.2")
    knot.set("a", "AAAA", "::1")
    knot.set(SRV + ".", "SRV", f"0 6 80 a.{ZONE}.")
    found = provider(knot, SRV).get_list()
    assert [(i.host.address, i.weight) for i in found] == [
        ("10.0.0.1", 2),
        ("10.0.0.2", 2),
        ("::1", 2),
    ]


def test_addresses_in_the_additional_section_are_not_looked_up(knot):
    knot.set("a", "A", "10.0.0.1")
    knot.set(SRV + ".", "SRV", f"0 1 80 a.{ZONE}.", ttl=300)
    with Counter(knot) as counter:
        assert addresses(provider(counter, SRV, min_ttl=5)) == ["10.0.0.1"]
        assert counter.queries == ["SRV"]


def test_targets_that_are_aliases_are_looked_up_and_missing_ones_left_out(knot):
    knot.set("a", "A", "10.0.0.1")
    knot.set("alias", "CNAME", f"a.{ZONE}.")
    knot.set(SRV + ".", "SRV", f"0 1 81 alias.{ZONE}.", f"0 1 82 missing.{ZONE}.")
    found = provider(knot, SRV).get_list()
    assert [(i.host, i.authority) for i in found] == [(("10.0.0.1", 81), f"alias.{ZONE}")]


def test_targets_name_the_server_to_ask(knot):
    knot.set("a", "A", "10.0.0.1")
    knot.set(SRV + ".", "SRV", f"0 1 8081 a.{ZONE}.")
    (a,) = provider_of(f"https+dns://{knot.address}/a.{ZONE}:8443").get_list()
    assert (a.host, a.scheme, a.authority) == (("10.0.0.1", 8443), "https", f"a.{ZONE}")
    (b,) = provider_of(f"srv://{knot.address}/{SRV}").get_list()
    assert (b.host, b.scheme) == (("10.0.0.1", 8081), None)


@pytest.mark.server("dnsmasq-base")
def test_srv_records_of_dnsmasq():
    srv_host = f"--srv-host={SRV},ns.{ZONE},8081,1,10"
    with Dnsmasq(srv_host) as dnsmasq:
        (found,) = provider(dnsmasq, SRV).get_list()
        assert (found.host, found.priority, found.weight) == (("127.0.0.1", 8081), 1, 10)
