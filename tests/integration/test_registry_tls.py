"""TLS to real registries, as URLs say it: of targets, and of what registers."""

import contextlib

import pytest
import trustme

from ahoyhoy.exceptions import ProviderError
from ahoyhoy.lb.providers import provider_of
from ahoyhoy.lb.providers.known import RefusedError
from ahoyhoy.registration import Registration, registry_of
from integration.etcd_server import Etcd
from integration.redis_server import Redis
from integration.registries import Consul, ports
from integration.server_process import until

TARGETS = {
    Consul: "consul://{}/users?wait=1",
    Etcd: "etcd://{}/services/users?wait=1",
    Redis: "redis://{}/0?key=services:users&timeout=2",
}
REGISTRIES = {Consul: "consul://{}", Etcd: "etcd://{}"}


def name_of(kind):
    return kind.__name__


@pytest.fixture(scope="module", params=TARGETS, ids=name_of)
def encrypted(request, certificate, ca_file):
    """A registry that speaks TLS alone, with a host."""
    with request.param(certificate=certificate("127.0.0.1"), ca_file=ca_file) as registry:
        registry.register(8001)
        yield registry


@pytest.fixture(scope="module", params=TARGETS, ids=name_of)
def plain(request):
    with request.param() as registry:
        registry.register(8001)
        yield registry


@pytest.fixture(scope="module", params=REGISTRIES, ids=name_of)
def desk(request, certificate, ca_file):
    """A registry that speaks TLS alone, in which services register."""
    with request.param(certificate=certificate("127.0.0.1"), ca_file=ca_file) as registry:
        yield registry


@pytest.fixture(scope="module")
def other_ca(tmp_path_factory):
    """An authority that issued nothing."""
    path = tmp_path_factory.mktemp("other") / "ca.pem"
    trustme.CA().cert_pem.write_to_path(path)
    return str(path)


def seen(registry, query):
    target = TARGETS[type(registry)].format(registry.address)
    with contextlib.closing(provider_of(f"{target}&{query}")) as source:
        return ports(source)


def refused(registry, query, kind=RefusedError):
    with pytest.raises(kind) as caught:
        seen(registry, query)
    return str(caught.value)


def test_the_right_authority(encrypted, ca_file, certificate):
    assert seen(encrypted, f"tls=1&ca={ca_file}") == [8001]
    assert seen(encrypted, f"tls=1&ca={ca_file}&cert={certificate('client')}") == [8001]


def test_the_wrong_authority(encrypted, other_ca):
    assert "TLS: its certificate is refused" in refused(encrypted, f"tls=1&ca={other_ca}")
    assert "TLS: its certificate is refused" in refused(encrypted, "tls=1")


@pytest.mark.filterwarnings("ignore:Unverified HTTPS")
def test_no_verification(encrypted):
    assert seen(encrypted, "tls=1&verify=0") == [8001]


def test_a_registry_that_speaks_no_tls(plain, ca_file):
    told = refused(plain, f"tls=1&ca={ca_file}", ProviderError)
    if isinstance(plain, Redis):
        # It waits for the rest of what it takes for a command: whose patience ends first?
        assert "no answer within 2 s" in told or "Timeout connecting" in told
    else:
        assert "TLS" in told


def test_a_registry_that_speaks_tls_alone(encrypted):
    told = refused(encrypted, "tls=0", ProviderError)
    if isinstance(encrypted, Consul):  # the others only hang up
        assert "speaks TLS: give https://" in told


def test_the_scheme_of_redis_says_it_too(certificate, ca_file):
    with Redis(certificate=certificate("127.0.0.1"), ca_file=ca_file) as redis:
        redis.register(8001)
        target = f"rediss://{redis.address}/0?key=services:users&ca={ca_file}"
        with contextlib.closing(provider_of(target)) as source:
            assert ports(source) == [8001]


def test_who_registers_with_the_right_authority_is_seen_with_it(desk, ca_file):
    registry = registry_of(f"{REGISTRIES[type(desk)].format(desk.address)}?tls=1&ca={ca_file}")
    with Registration(registry, "users", ("10.0.0.1", 8080), ttl=2) as registration:
        until(lambda: registration.registered)
        assert seen(desk, f"tls=1&ca={ca_file}") == [8080]


def test_who_registers_with_the_wrong_authority_is_told_so(desk, other_ca):
    registry = registry_of(f"{REGISTRIES[type(desk)].format(desk.address)}?tls=1&ca={other_ca}")
    with Registration(registry, "users", ("10.0.0.1", 8080), ttl=2) as registration:
        until(lambda: registration.error)
        assert "TLS: its certificate is refused" in str(registration.error)


def test_who_registers_by_tls_where_none_is_spoken_is_told_so(ca_file):
    with Consul() as consul:
        registry = registry_of(f"consul://{consul.address}?tls=1&ca={ca_file}")
        with Registration(registry, "users", ("10.0.0.1", 8080), ttl=2) as registration:
            until(lambda: registration.error)
            assert "TLS: wrong version number" in str(registration.error)
