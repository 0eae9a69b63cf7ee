"""What a real Consul agent refuses, and how that is told."""

import pytest

from ahoyhoy.exceptions import ProviderError
from ahoyhoy.lb.providers.consul.consulprovider import ConsulProvider
from ahoyhoy.lb.providers.known import RefusedError
from integration.registries import Consul, ports
from integration.server_process import until

ROOT = "11111111-2222-3333-4444-555555555555"
READER = 'service "users" { policy = "read" } node_prefix "" { policy = "read" }'


@pytest.fixture(scope="module")
def guarded():
    """An agent that allows nothing without a token."""
    with Consul(token=ROOT) as agent:
        agent.register(8001)
        yield agent


@pytest.fixture(scope="module")
def encrypted(certificate, ca_file):
    """An agent that speaks TLS."""
    with Consul(certificate=certificate("127.0.0.1"), ca_file=ca_file) as agent:
        agent.register(8001)
        yield agent


@pytest.fixture
def watching():
    made = []

    def make(address, **options):
        made.append(ConsulProvider("users", address=address, **options))
        return made[-1]

    yield make
    for provider in made:
        provider.close()


def told(source, kind=RefusedError):
    with pytest.raises(kind) as caught:
        source.get_list()
    return str(caught.value)


def test_a_token_that_may_read_the_service_is_enough(guarded, watching):
    source = watching(guarded.address, token=guarded.new_token(READER))
    assert ports(source) == [8001]
    assert "token" not in repr(source)


def test_without_a_token_nothing_is_seen(guarded, watching):
    text = told(watching(guarded.address), ProviderError)
    assert "the token may see no services at all" in text
    assert "service:read on 'users'" in text


def test_a_token_that_is_not_known_is_refused(guarded, watching, caplog):
    source = watching(guarded.address, token="99999999-8888-7777-6666-555555555555")
    text = told(source)
    assert text.startswith("consul://users: Consul refuses the token (403: ACL not found)")
    assert told(source) == text
    until(lambda: caplog.text.count("Consul refuses the token") == 1)
    assert "99999999" not in text + caplog.text + repr(source)


def test_a_token_of_another_service_sees_nothing(guarded, watching):
    rules = 'service "another" { policy = "read" } node_prefix "" { policy = "read" } '
    source = watching(guarded.address, token=guarded.new_token(rules))
    assert "service:read on 'users'" in told(source, ProviderError)


def test_a_token_that_is_revoked_leaves_the_last_good_list(guarded, watching, caplog):
    token = guarded.put("acl/token", Policies=[{"Name": "global-management"}])
    source = watching(guarded.address, token=token["SecretID"], wait=1)
    assert ports(source) == [8001]
    guarded.delete(f"acl/token/{token['AccessorID']}")
    until(lambda: source.stale_for)
    assert ports(source) == [8001]
    until(lambda: "still using 1 hosts" in caplog.text)


def test_tls_with_the_right_authority(encrypted, watching, ca_file):
    assert ports(watching(encrypted.url, verify=ca_file)) == [8001]


def test_tls_without_verification(encrypted, watching):
    with pytest.warns(match="Unverified HTTPS"):
        assert ports(watching(encrypted.url, verify=False)) == [8001]


def test_the_environments_authorities_do_not_override_ones_own(
    encrypted, watching, ca_file, monkeypatch, tmp_path
):
    other = tmp_path / "none.pem"
    other.write_text("")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(other))
    assert ports(watching(encrypted.url, verify=ca_file)) == [8001]


def test_a_certificate_of_an_unknown_authority_is_refused(encrypted, watching):
    text = told(watching(encrypted.url))
    assert "TLS: its certificate is refused" in text
    assert "verify=" in text


def test_tls_to_an_agent_that_speaks_none_is_refused(guarded, watching):
    assert "TLS: wrong version number" in told(watching(f"https://{guarded.address}"))


def test_plain_http_to_an_agent_that_speaks_tls_is_refused(encrypted, watching):
    assert "speaks TLS: give https://" in told(watching(encrypted.address))


def test_a_datacenter_that_is_not_known(guarded, watching):
    source = watching(guarded.address, token=ROOT, datacenter="mars")
    assert "Consul knows no datacenter 'mars'" in told(source)


def test_a_service_that_is_not_known_is_used_as_soon_as_it_is(guarded, watching):
    made = ConsulProvider("later", address=guarded.address, token=ROOT)
    assert "Consul knows no service 'later'" in told(made, ProviderError)
    guarded.register(8005, "later")
    until(made.changes)
    assert ports(made) == [8005]
    made.close()


def test_a_tag_that_no_instance_has(guarded, watching):
    source = watching(guarded.address, token=ROOT, tag="blue")
    assert "no instance of 'users' has the tag 'blue'" in told(source, ProviderError)


def test_instances_none_of_which_passes(guarded, watching):
    check = {"TTL": "60s", "Status": "critical"}
    guarded.register(8006, "sick", Check=check)
    made = ConsulProvider("sick", address=guarded.address, token=ROOT)
    assert "no instance of 'sick' passes its checks" in told(made, ProviderError)
    guarded.health(8006, "pass", "sick")
    until(made.changes)
    assert ports(made) == [8006]
    made.close()


def test_what_is_no_consul_is_said_to_be_none(cluster, watching):
    host = cluster.hosts[0]
    text = told(watching(f"{host.address}:{host.port}"), ProviderError)
    assert "Consul" in text
