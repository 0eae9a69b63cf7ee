"""What the sources that ask DNS may be given, and what not."""

import pickle

import dns.resolver
import pytest

from ahoyhoy.lb.providers import DnsProvider, SrvProvider
from ahoyhoy.lb.providers.dns.lookup import resolver_of
from unit.fake_dns import NAME, SRV, Zone


@pytest.mark.parametrize("name", ["", ".", "a..b", "a" * 64, "a:80", "http://a", "a b", "a,b", 7])
@pytest.mark.parametrize("make", [lambda name: DnsProvider(name, 80), SrvProvider])
def test_a_name_that_cannot_be_is_an_error(make, name):
    with pytest.raises(ValueError, match="is not a name"):
        make(name)


@pytest.mark.parametrize("name", ["10.0.0.1", "fd00::1"])
def test_an_address_belongs_into_a_list_provider(name):
    with pytest.raises(ValueError, match=r"use ListProvider\(Host\("):
        DnsProvider(name, 80)


@pytest.mark.parametrize("port", [None, "", 0, 65536, "http", True])
def test_a_port_is_needed(port):
    with pytest.raises(ValueError, match="port"):
        DnsProvider(NAME, port)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"family": "ipv5"}, "family must be 'any', 'ipv4' or 'ipv6', not 'ipv5'"),
        ({"scheme": "ftp"}, "scheme"),
        ({"timeout": 0}, "timeout must be a finite number of seconds above 0"),
        ({"min_ttl": 0}, "min_ttl must be a finite number of seconds above 0"),
        ({"resolver": "ns.internal"}, "must be an IP address"),
        ({"resolver": "10.0.0.1:x"}, "port is a number"),
        ({"resolver": ""}, "has no address"),
    ],
)
def test_an_option_that_cannot_be_is_an_error(options, message):
    with pytest.raises(ValueError, match=message):
        DnsProvider(NAME, 80, **options)


def test_a_resolver_of_another_kind_and_an_unknown_option_are_type_errors():
    with pytest.raises(TypeError, match=r"resolver is a dns\.resolver\.Resolver"):
        SrvProvider(SRV, resolver=object())
    with pytest.raises(TypeError, match="colour"):
        DnsProvider(NAME, 80, colour="red")


@pytest.mark.parametrize(
    ("text", "server", "port"),
    [
        ("10.0.0.1", "10.0.0.1", 53),
        ("10.0.0.1:5353", "10.0.0.1", 5353),
        ("::1", "::1", 53),
        ("[::1]", "::1", 53),
        ("[::1]:5353", "::1", 5353),
    ],
)
def test_a_resolver_may_be_an_address(text, server, port):
    resolver = resolver_of(text)
    assert (resolver.nameservers, resolver.port) == ([server], port)


def test_without_a_resolver_the_machine_is_asked_for_its_own(monkeypatch):
    monkeypatch.setattr(
        dns.resolver.Resolver, "__init__", lambda self, configure: setattr(self, "own", configure)
    )
    assert resolver_of(None).own


def test_a_resolver_in_use_is_used_as_it_is():
    zone = Zone({})
    assert resolver_of(zone) is zone


def test_dns_providers_pickle_as_configuration():
    source = pickle.loads(pickle.dumps(DnsProvider(NAME, 80, resolver="10.0.0.1:53", timeout=2)))
    assert (source._name, source._port, source._timeout) == (NAME, 80, 2.0)
    assert pickle.loads(pickle.dumps(SrvProvider(SRV)))._name == SRV
