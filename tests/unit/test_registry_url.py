import pytest

from ahoyhoy.exceptions import ProviderError
from ahoyhoy.lb.providers import RefusedError
from ahoyhoy.lb.providers.watching.watch import Watch
from ahoyhoy.registration import ConsulRegistry, Entry, EurekaRegistry, registry_of
from ahoyhoy.registration.etcd import EtcdRegistry
from ahoyhoy.registration.zookeeper import ZooKeeperRegistry
from ahoyhoy.utils import Host, Instance


@pytest.mark.parametrize(
    ("url", "kind", "name"),
    [
        ("consul://", ConsulRegistry, "consul://127.0.0.1:8500"),
        ("consul://agent", ConsulRegistry, "consul://agent:8500"),
        ("etcd://", EtcdRegistry, "etcd://127.0.0.1:2379/services"),
        ("etcd://a:1,b:2/our/own", EtcdRegistry, "etcd://a:1/our/own"),
        ("zk://", ZooKeeperRegistry, "zk://127.0.0.1:2181/services"),
        ("zk://a:1,b/our/own", ZooKeeperRegistry, "zk://a:1,b:2181/our/own"),
        ("eureka://", EurekaRegistry, "eureka://127.0.0.1:8761/eureka"),
        ("eureka://a:1,b/apps", EurekaRegistry, "eureka://a:1/apps"),
    ],
)
def test_a_url_stands_for_a_registry(url, kind, name):
    registry = registry_of(url)
    assert type(registry) is kind
    assert registry.name == name


def test_secrets_are_named_by_variables_of_the_environment(monkeypatch):
    monkeypatch.setenv("SECRET", "of-mine")
    agent = registry_of("consul://agent?token_env=SECRET")
    assert agent._http.headers == {"X-Consul-Token": "of-mine"}
    etcd = registry_of("etcd://a:1?user=me&password_env=SECRET")
    assert etcd._credentials == {"name": "me", "password": "of-mine"}
    zookeeper = registry_of("zk://a:1?user=me&password_env=SECRET")
    assert zookeeper._options == {"auth_data": [("digest", "me:of-mine")]}
    eureka = registry_of("eureka://a:1?user=me&password_env=SECRET")
    assert eureka._http.headers["Authorization"] == "Basic bWU6b2YtbWluZQ=="


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("127.0.0.1:8500", "what has no scheme such as consul:// is no registry"),
        ("sesame", "what has no scheme such as consul:// is no registry"),
        ("redis://a:1", "'redis://' is no registry"),
        ("consul://me:sesame@a:1", "has no password"),
        ("consul://a:1#top", "no fragment: # is written %23"),
        ("consul://a:1/path", "one agent and no path"),
        ("consul://a:1,b:1", "one agent and no path"),
        ("consul://a:99999", "the port is a number"),
        ("consul://a:1?token=sesame", "a secret does not stand in a URL: .*, token_env=NAME"),
        ("etcd://a:1?user=me", "user= in the query goes with password_env="),
        ("zk://a:1?user=me", "user= in the query goes with password_env="),
        ("etcd://a:1?password_env=SECRET", "give both user= and password="),
        ("eureka://a:1?user=me", "user= in the query goes with password_env="),
    ],
)
def test_a_url_that_cannot_be_is_refused_with_what_can(url, why, monkeypatch):
    monkeypatch.setenv("SECRET", "of-mine")
    with pytest.raises(ValueError, match=why) as caught:
        registry_of(url)
    assert "A registry is one of:" in str(caught.value)
    assert "sesame" not in str(caught.value)


def test_a_variable_that_is_not_there_is_no_matter_of_the_form(monkeypatch):
    monkeypatch.delenv("MISSING", raising=False)
    with pytest.raises(ValueError, match="token_env=MISSING in the query") as caught:
        registry_of("consul://a:1?token_env=MISSING")
    assert "A registry is one of" not in str(caught.value)


def test_tls_to_the_registry_is_said_in_the_query(pem):
    ca, cert = pem
    query = f"tls=1&ca={ca}&cert={cert}"
    for url in ("consul://a:1", "etcd://a:1", "eureka://a:1"):
        http = registry_of(f"{url}?{query}")._http
        assert http.bases[0].startswith("https://a:1")
        assert (http.verify, http.cert) == (ca, cert)
    options = registry_of(f"zk://a:1?{query}")._options
    assert (options["use_ssl"], options["ca"], options["certfile"]) == (True, ca, cert)


@pytest.mark.parametrize("url", ["consul://", "etcd://", "eureka://", "zk://"])
def test_tls_needs_no_address_and_may_be_unverified(url):
    registry = registry_of(f"{url}?tls=1&verify=0")
    assert registry.name == registry_of(url).name
    if url == "zk://":
        assert registry._options["verify_certs"] is False
    else:
        assert registry._http.verify is False
        assert registry._http.bases[0].startswith("https://127.0.0.1:")


@pytest.mark.parametrize("scheme", ["consul", "etcd", "eureka", "zk"])
@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("verify=0", "verify= in the query goes with tls=1"),
        ("tls=0&ca={ca}", "ca= in the query goes with tls=1"),
        ("tls=1&verify=0&ca={ca}", "ca= says how to verify and verify= whether"),
        ("tls=perhaps", "tls= in the query is 1, true, 0 or false"),
        ("tls=1&ca=/no/such.pem", "ca=/no/such.pem in the query: there is no such file"),
        ("tls=1&cert=/no/such.pem", "cert=/no/such.pem in the query: there is no such file"),
        ("tls=1&cert={ca}", "no PEM file with a certificate and its key, not encrypted"),
    ],
)
def test_what_contradicts_itself_about_tls_is_named_by_its_part(scheme, query, why, pem):
    with pytest.raises(ValueError, match=why):
        registry_of(f"{scheme}://a:1?{query.format(ca=pem[0])}")


def test_the_keys_of_a_url_are_those_of_the_target_that_reads_them():
    assert registry_of("etcd://a:1//services")._prefix == "/services"
    assert registry_of("etcd://a:1/our%20own")._prefix == "our own"


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: ConsulRegistry(["a:1", "b:1"]), "one agent, which tells the others"),
        (lambda: ConsulRegistry(tags="v2"), "tags are several"),
        (lambda: EtcdRegistry(prefix="/"), "prefix is what keys begin with"),
        (lambda: EtcdRegistry(prefix=None), "prefix is what keys begin with"),
        (lambda: ZooKeeperRegistry(path="/"), "path is that of a node"),
        (lambda: ZooKeeperRegistry(path=None), "path is that of a node"),
        (lambda: ZooKeeperRegistry(()), "give one 'host:port', or several"),
        (lambda: ZooKeeperRegistry(tls=True, verify="not-there.pem"), "there is no such file"),
    ],
)
def test_settings_that_cannot_be_are_refused(make, why):
    with pytest.raises((TypeError, ValueError), match=why):
        make()


@pytest.mark.parametrize(
    ("registry", "instance", "why"),
    [
        (ConsulRegistry(), {"path": "/api"}, "Consul has no place for the path"),
        (ConsulRegistry(), {"priority": 1}, "Consul has no place for the priority"),
        (ConsulRegistry(), {"weight": 0}, "a whole number from 1 up, not 0"),
        (ConsulRegistry(), {"weight": 1.5}, "a whole number from 1 up, not 1.5"),
        (EurekaRegistry(), {"authority": "users"}, "Eureka has no place for the authority"),
    ],
)
def test_what_a_registry_has_no_place_for_is_refused(registry, instance, why):
    entry = Entry("users", Instance(Host("10.0.0.1", 80), **instance), 15.0, "mark")
    with pytest.raises(ValueError, match=why):
        registry.place(entry, Watch())


def test_tls_of_zookeeper_is_set_as_kazoo_has_it(tmp_path):
    file = tmp_path / "one.pem"
    file.touch()
    registry = ZooKeeperRegistry("zk1", tls=True, verify=str(file), cert=str(file))
    assert registry._options == {
        "use_ssl": True,
        "verify_certs": True,
        "check_hostname": True,
        "ca": str(file),
        "certfile": str(file),
        "keyfile": str(file),
    }


def test_tls_of_zookeeper_may_be_unverified():
    registry = ZooKeeperRegistry("zk1", tls=True, verify=False)
    assert registry._options == {"use_ssl": True, "verify_certs": False, "check_hostname": False}


@pytest.mark.parametrize(
    ("registry", "status", "kind", "why"),
    [
        (ConsulRegistry(), 403, RefusedError, "Consul refuses the token"),
        (ConsulRegistry(), 400, RefusedError, r"Consul refuses the service \(400: no\)"),
        (ConsulRegistry(), 429, ProviderError, "Consul answered 429"),
        (ConsulRegistry(), 500, ProviderError, "Consul answered 500"),
        (EurekaRegistry(), 401, RefusedError, "Eureka refuses user= and password="),
        (EurekaRegistry(), 400, RefusedError, r"Eureka refuses the instance \(400: no\)"),
        (EurekaRegistry(), 429, ProviderError, "Eureka answered 429"),
        (EurekaRegistry(), 500, ProviderError, "Eureka answered 500"),
    ],
)
def test_what_a_status_means_is_told(registry, status, kind, why):
    place = registry.place(Entry("users", Instance(Host("10.0.0.1", 80)), 15.0, "mark"), Watch())
    error = place._explain(status, "no")
    assert type(error) is kind
    with pytest.raises(kind, match=why):
        raise error
