"""`SrvProvider`: what it makes of answers and failures. No network."""

import dns.resolver
import pytest

from ahoyhoy.exceptions import ProviderError
from ahoyhoy.lb.providers import SrvProvider
from ahoyhoy.testing.clock import FakeClock
from unit.fake_dns import SERVFAIL, SRV, TIMEOUT, Zone, a, aaaa, addresses, lasts, maker, srv


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def make(clock):
    return maker(clock)


def test_one_host_per_target_address_with_the_records_fields(make, clock):
    source, zone = make(
        {
            (SRV, "SRV"): srv("2 0 82 B.internal.", "1 5 81 a.internal.", ttl=60),
            ("a.internal", "A"): a("10.0.0.1", ttl=50),
        }
    )
    zone.additional = [("b.internal.", 40, "IN", "A", "10.0.0.2")]
    assert [(i.host, i.priority, i.weight, i.authority, i.scheme) for i in source.get_list()] == [
        (("10.0.0.1", 81), 1, 5, "a.internal", None),
        (("10.0.0.2", 82), 2, 0.01, "b.internal", None),
    ]
    assert zone.asked == [f"{SRV} srv", "a.internal. a", "a.internal. aaaa"]
    assert lasts(source, clock) == 40


def test_the_name_may_say_https():
    zone = Zone({("_https._tcp.a", "SRV"): srv("1 1 80 10-0-0-1.a.")})
    zone.additional = [("10-0-0-1.a.", 40, "IN", "A", "10.0.0.1")]
    for options, expected in (({}, "https"), ({"scheme": "http"}, "http")):
        (found,) = SrvProvider("_https._tcp.a", resolver=zone, **options).get_list()
        assert found.scheme == expected


def test_weights_of_0_alone_share_equally(make):
    source, zone = make({(SRV, "SRV"): srv("1 0 81 a.internal.", "1 0 82 a.internal.")})
    zone.additional = [("a.internal.", 40, "IN", "A", "10.0.0.1")]
    assert [i.weight for i in source.get_list()] == [1, 1]


def test_additional_addresses_of_an_unwanted_family_do_not_count(make):
    source, zone = make(
        {(SRV, "SRV"): srv("1 1 81 a.internal."), ("a.internal", "AAAA"): aaaa("::1")},
        family="ipv6",
    )
    zone.additional = [("a.internal.", 40, "IN", "A", "10.0.0.1")]
    assert addresses(source) == ["::1"]


def test_the_same_host_twice_is_one_host_of_the_better_priority(make):
    source, zone = make({(SRV, "SRV"): srv("2 1 81 a.internal.", "1 1 81 b.internal.")})
    zone.additional = [
        ("a.internal.", 40, "IN", "A", "10.0.0.1"),
        ("b.internal.", 40, "IN", "A", "10.0.0.1"),
    ]
    assert [(i.host, i.priority) for i in source.get_list()] == [(("10.0.0.1", 81), 1)]


@pytest.mark.parametrize("nothing", [[], dns.resolver.NXDOMAIN()])
def test_a_target_without_addresses_is_left_out_and_asked_for_again_soon(make, clock, nothing):
    source, _ = make(
        {
            (SRV, "SRV"): srv("1 1 81 a.internal.", "1 1 81 b.internal."),
            ("a.internal", "A"): a("10.0.0.1"),
            ("b.internal", "A"): nothing,
            ("b.internal", "AAAA"): nothing,
        }
    )
    assert addresses(source) == ["10.0.0.1"]
    assert lasts(source, clock) == 30


def test_a_target_that_fails_keeps_its_known_addresses(make, clock):
    source, zone = make(
        {
            (SRV, "SRV"): srv("1 1 81 a.internal.", "1 1 82 b.internal."),
            ("a.internal", "A"): a("10.0.0.1"),
            ("b.internal", "A"): a("10.0.0.2", "10.0.0.3"),
            ("b.internal", "AAAA"): aaaa("::1"),
        }
    )
    assert len(addresses(source)) == 4
    zone.records["b.internal", "AAAA"] = TIMEOUT
    zone.records["b.internal", "A"] = a("10.0.0.4")
    clock.advance(100)
    assert addresses(source) == ["10.0.0.1", "10.0.0.4", "::1"]
    assert lasts(source, clock) == 30
    zone.records["b.internal", "A"] = SERVFAIL
    clock.advance(30)
    assert addresses(source) == ["10.0.0.1", "10.0.0.4", "::1"]
    assert lasts(source, clock) == 30


def test_targets_that_all_fail_are_an_error(make):
    source, _ = make(
        {
            (SRV, "SRV"): srv("1 1 81 a.internal."),
            ("a.internal", "A"): SERVFAIL,
            ("a.internal", "AAAA"): SERVFAIL,
        }
    )
    with pytest.raises(
        ProviderError, match=r"gave no answer .*, asked for the A records of a\.internal"
    ):
        source.get_list()


def test_a_service_that_is_not_available_here_has_no_hosts(make):
    source, zone = make({(SRV, "SRV"): srv("0 0 0 .")})
    assert source.get_list() == ()
    assert len(zone.asked) == 1


def test_the_queries_of_one_refresh_share_the_timeout(make, clock):
    records = {(SRV, "SRV"): srv("1 1 1 a.internal.", "1 1 1 b.internal.", "1 1 1 c.internal.")}
    records |= {(f"{n}.internal", kind): TIMEOUT for n in "abc" for kind in ("A", "AAAA")}
    source, zone = make(records, timeout=6)
    zone.clock = clock
    with pytest.raises(ProviderError):
        source.get_list()
    assert zone.lifetimes == pytest.approx([3, 1, 1, 1, 1, 1, 1])
    assert clock() == pytest.approx(6)
