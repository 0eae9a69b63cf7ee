"""What is wrong with DNS, in a sentence that names who was asked and for what."""

import dns.exception
import dns.nameserver
import dns.resolver
import pytest

from ahoyhoy.exceptions import ProviderError
from ahoyhoy.lb.providers import DnsProvider
from ahoyhoy.lb.providers.dns.failures import NoSuchNameError, failure, servers_of
from ahoyhoy.testing import FakeClock
from unit.fake_dns import NAME, SRV, a, maker, srv

ONE, TWO = "Do53:10.0.0.53@53", "Do53:fd00::53@5353"
NO_SUCH_NAME = dns.resolver.NXDOMAIN


def told(kind, *answers):
    """An error of dnspython with what each server answered last."""
    errors = [(server, False, 53, answer, None) for server, answer in answers]
    if kind is dns.resolver.LifetimeTimeout:
        return kind(timeout=2.001, errors=errors)
    return kind(request=dns.message.make_query(NAME, "A"), errors=errors)


def names(*texts):
    return [dns.name.from_text(text) for text in texts]


SILENT, FAILED = dns.resolver.LifetimeTimeout, dns.resolver.NoNameservers


REFUSED = "refuses to answer (REFUSED: it does not serve that name, or not this machine)"
TOO_LONG = "YXDOMAIN: The DNS query name is too long after DNAME substitution."


def failed_with(error):
    failed = failure(error, "users.internal.", "A", servers="10.0.0.53:53", seconds=2.5)
    assert failed.__cause__ is error
    return failed


@pytest.mark.parametrize(
    ("error", "what"),
    [
        (
            told(SILENT, (ONE, dns.exception.Timeout()), (ONE, dns.exception.Timeout())),
            "10.0.0.53:53 did not answer within 2.5 s",
        ),
        (
            told(SILENT, (ONE, "REFUSED"), (TWO, dns.exception.Timeout())),
            f"10.0.0.53:53 {REFUSED}; [fd00::53]:5353 did not answer within 2.5 s",
        ),
        (
            told(FAILED, (ONE, "SERVFAIL")),
            "10.0.0.53:53 failed (SERVFAIL: whom it asks in turn may be down)",
        ),
        (
            told(FAILED, (ONE, "NOTIMP"), (TWO, ConnectionRefusedError(111, "refused"))),
            "10.0.0.53:53 answered NOTIMP; [fd00::53]:5353 cannot be reached (refused)",
        ),
        (
            told(FAILED, ("https://dns.internal/q", dns.exception.FormError("short"))),
            "https://dns.internal/q answered what is no answer (FormError: short)",
        ),
        (dns.resolver.YXDOMAIN(), f"10.0.0.53:53 gave no answer ({TOO_LONG})"),
    ],
)
def test_a_failure_says_who_was_asked_for_what_and_what_came_of_it(error, what):
    failed = failed_with(error)
    assert str(failed) == f"{what}, asked for the A records of users.internal"
    assert not isinstance(failed, NoSuchNameError)


@pytest.mark.parametrize(
    ("tried", "what"),
    [
        (["users.internal"], "users.internal does not exist"),
        (["users.internal.a", "users.internal"], "none of users.internal.a, users.internal exists"),
    ],
)
def test_a_name_that_does_not_exist_is_told_with_all_that_were_tried(tried, what):
    failed = failed_with(NO_SUCH_NAME(qnames=names(*tried)))
    assert str(failed) == (
        f"{what} (asked 10.0.0.53:53 for A records): is it spelled right,"
        " and in DNS rather than in /etc/hosts?"
    )
    assert isinstance(failed, NoSuchNameError)


def test_all_servers_that_may_be_asked_are_named():
    resolver = dns.resolver.Resolver(configure=False)
    assert servers_of(resolver) == "no server"
    resolver.nameservers = [
        "10.0.0.53",
        "::1",
        "https://dns.internal/q",
        dns.nameserver.Do53Nameserver("10.0.0.54", 5353),
    ]
    resolver.nameserver_ports = {"::1": 54}
    assert servers_of(resolver) == "10.0.0.53:53, [::1]:54, https://dns.internal/q, 10.0.0.54:5353"


@pytest.fixture
def make():
    return maker(FakeClock())


def test_the_cause_of_the_error_is_dnspythons(make):
    missing = NO_SUCH_NAME(qnames=names(NAME))
    source, _ = make({(NAME, "A"): missing, (NAME, "AAAA"): NO_SUCH_NAME()})
    for _ in range(2):  # the second is the one that is remembered
        with pytest.raises(
            ProviderError, match=r"^dns://users\.internal:80: users\.internal does"
        ) as e:
            source.get_list()
        assert e.value.__cause__ is missing


@pytest.mark.parametrize(
    ("records", "why"),
    [
        ({}, f"{NAME} exists, but has no A or AAAA records (asked 10.0.0.53:53)"),
        ({(SRV, "SRV"): []}, f"{SRV} exists, but has no SRV records (asked 10.0.0.53:53)"),
        (
            {(SRV, "SRV"): srv("0 0 0 .")},
            f"the SRV record of {SRV} says that the service is not available",
        ),
        (
            {(SRV, "SRV"): srv("0 0 80 a.internal.", "0 0 80 b.internal.")},
            f"there are no hosts at the targets of the SRV records of {SRV}: a.internal and b.internal",
        ),
    ],
)
def test_an_answer_without_hosts_says_why_in_the_log(make, caplog, records, why):
    source, _ = make(records)
    assert source.get_list() == ()
    assert caplog.messages == [
        f"{source._source}: the first answer has no hosts; it is asked again: {why}"
    ]


def test_a_list_that_stays_says_why_too(caplog):
    clock = FakeClock()
    source, zone = maker(clock)({(NAME, "A"): a("10.0.0.1")})
    source.get_list()
    zone.records.clear()
    clock.advance(100)
    source.get_list()
    why = f"refresh failed (the answer has no hosts: {NAME} exists, but has no A or AAAA records"
    assert why in caplog.text


def test_a_machine_that_asks_no_server_says_so(monkeypatch):
    def unconfigured(_resolver, _file):
        raise dns.resolver.NoResolverConfiguration

    monkeypatch.setattr(dns.resolver.Resolver, "read_resolv_conf", unconfigured)
    with pytest.raises(ProviderError, match=r"ask no DNS server .*give resolver='10\.0") as e:
        DnsProvider(NAME, 80).get_list()
    assert isinstance(e.value.__cause__, dns.resolver.NoResolverConfiguration)
