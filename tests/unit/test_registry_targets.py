"""The targets of registries: which provider they are, and what is wrong with those that are none."""

import pickle
import traceback

import pytest

from ahoyhoy import RoundRobinLB
from ahoyhoy.lb.providers import (
    ConsulProvider,
    EtcdProvider,
    EurekaProvider,
    KubernetesProvider,
    ListProvider,
    RedisProvider,
    ZooKeeperProvider,
    provider_of,
)
from ahoyhoy.lb.providers.spokenprovider import SpokenProvider
from ahoyhoy.lb.providers.targets.target import name_of
from ahoyhoy.session.targets import speaks_tls
from ahoyhoy.utils import Host, Instance

K8S = "k8s://default/users:http?address=https://a:6443"


@pytest.fixture(autouse=True)
def secret(monkeypatch):
    monkeypatch.setenv("SECRET", "sesame")
    monkeypatch.delenv("MISSING", raising=False)


@pytest.mark.parametrize(
    ("target", "kind", "shown", "bases"),
    [
        ("consul://users", ConsulProvider, "consul://users", ("http://127.0.0.1:8500",)),
        ("consul:///users", ConsulProvider, "consul://users", ("http://127.0.0.1:8500",)),
        ("consul://a/users", ConsulProvider, "consul://users", ("http://a:8500",)),
        (
            "CONSUL://a:1,[::1]/users?tls=1",
            ConsulProvider,
            "consul://users",
            ("https://a:1", "https://[::1]:8500"),
        ),
        (
            "etcd://a,b:1/services/users",
            EtcdProvider,
            "etcd://services/users",
            ("http://a:2379", "http://b:1"),
        ),
        (
            "etcd:///services/users/",
            EtcdProvider,
            "etcd://services/users",
            ("http://127.0.0.1:2379",),
        ),
        ("etcd://a//services", EtcdProvider, "etcd:///services", ("http://a:2379",)),
        ("eureka://a:1/Users", EurekaProvider, "eureka://Users", ("http://a:1/eureka",)),
        ("eureka://a/users?path=/v2", EurekaProvider, "eureka://users", ("http://a:8761/v2",)),
        ("eureka:///u?path=/v2", EurekaProvider, "eureka://u", ("http://127.0.0.1:8761/v2",)),
        ("consul://u?tls=1", ConsulProvider, "consul://u", ("https://127.0.0.1:8500",)),
    ],
)
def test_a_target_says_where_the_registry_is_and_what_is_asked(target, kind, shown, bases):
    source = provider_of(target)
    assert isinstance(source, kind)
    assert source._source.name == shown
    assert source._source._registry.bases == bases


def test_the_query_is_for_the_provider():
    source = provider_of(
        "consul://users?tag=v%202&dc=eu&near=_agent&passing=false&token_env=SECRET&wait=5"
        "&timeout=2&empty_grace=0"
    )
    asked = source._source
    assert asked._filters == {"tag": "v 2", "dc": "eu", "near": "_agent"}
    assert asked._registry.headers == {"X-Consul-Token": "sesame"}
    assert (asked._wait, source._timeout, source._empty_grace) == (5.0, 2.0, 0.0)
    assert provider_of("consul://users?passing=1")._source._filters == {"passing": "1"}


def test_users_and_passwords_come_from_the_query_and_the_environment():
    etcd = provider_of("etcd://a/users?user=me%40home&password_env=SECRET")
    assert etcd._source._credentials == {"name": "me@home", "password": "sesame"}
    zookeeper = provider_of("zk://a,b:1/services/users?user=me&password_env=SECRET")
    assert isinstance(zookeeper, ZooKeeperProvider)
    assert zookeeper._source._auth == [("digest", "me:sesame")]
    redis = provider_of("redis://[::1]/3?key=a:b&user=m:e&password_env=SECRET")
    assert isinstance(redis, RedisProvider)
    assert redis._source._url == "redis://m%3Ae:sesame@[::1]:6379/3"
    assert provider_of("rediss:///?key=a")._source._url == "rediss://127.0.0.1:6379/0"


def test_the_registrys_certificate_is_verified_as_the_query_says(pem):
    ca, cert = pem
    query = f"tls=true&ca={ca}&cert={cert}"
    registry = provider_of(f"etcd://a/users?{query}")._source._registry
    assert (registry.verify, registry.cert) == pem
    assert provider_of("etcd://a/users?tls=1&verify=0")._source._registry.verify is False
    assert provider_of("zk://a/users?tls=1&verify=0")._source._tls["verify_certs"] is False
    assert provider_of("rediss://a/?key=b&verify=0")._source._tls["ssl_cert_reqs"] == "none"
    kubernetes = provider_of(f"{K8S}&token_env=SECRET&ca={ca}")._source
    assert kubernetes._find.args[1] == ca


def test_a_folder_of_authorities_will_do_where_the_library_takes_one(tmp_path):
    registry = provider_of(f"etcd://a/users?tls=1&ca={tmp_path}")._source._registry
    assert registry.verify == str(tmp_path)


def test_tls_to_redis_is_said_as_to_any_other_or_by_the_scheme(pem):
    for target in (
        "redis://a:1/2?tls=1&key=b",
        "rediss://a:1/2?key=b",
        "rediss://a:1/2?tls=1&key=b",
    ):
        source = provider_of(f"{target}&ca={pem[0]}&cert={pem[1]}")._source
        assert source._url == "rediss://a:1/2"
        assert (source._tls["ssl_ca_certs"], source._tls["ssl_keyfile"]) == pem
    assert provider_of("redis://a:1/2?tls=0&key=b")._source._url == "redis://a:1/2"


def test_a_file_that_tls_cannot_use_is_named(pem, tmp_path):
    (tmp_path / "empty.pem").touch()
    with pytest.raises(
        ValueError, match=r"ca=.*empty.pem in the query: is no PEM file with an auth"
    ):
        provider_of(f"etcd://a/users?tls=1&ca={tmp_path}/empty.pem")
    with pytest.raises(ValueError, match=r"cert=.*ca.pem in the query: is no PEM file with a cert"):
        provider_of(f"etcd://a/users?tls=1&cert={pem[0]}")
    with pytest.raises(ValueError, match=r"cert=.* in the query: Is a directory"):
        provider_of(f"etcd://a/users?tls=1&cert={tmp_path}")


@pytest.mark.parametrize(("port", "expected"), [("", None), (":80", 80), (":http", "http")])
def test_a_port_of_kubernetes_is_a_number_or_a_name(port, expected):
    source = provider_of(f"k8s://default/users{port}?address=https://a&token_env=SECRET&verify=0")
    assert isinstance(source, KubernetesProvider)
    assert source._source._reading["port"] == expected


@pytest.mark.parametrize(
    "target",
    ["consul://u", "etcd:///u", "zk:///u", K8S, "eureka:///u", "redis:///?key=u", "rediss:///?key=u"],
)  # fmt: skip
def test_in_front_of_each_stands_how_the_hosts_are_spoken_to(target):
    for protocol in ("http", "https"):
        source = provider_of(f"{protocol}+{target}")
        assert source._scheme == protocol
        assert speaks_tls(RoundRobinLB(source)) is (protocol == "https")
        assert pickle.loads(pickle.dumps(source))._scheme == protocol
    assert name_of(f"https+{target}") is None


def test_hosts_are_spoken_to_as_the_target_says_whatever_their_records_say():
    hosts = Instance(Host("a", 1), weight=2, zone="z"), Instance(Host("b", 2), "http"), ("c", 3)
    source = SpokenProvider(ListProvider(*hosts), "https")
    assert source.get_list() == (
        Instance(Host("a", 1), "https", weight=2, zone="z"),
        Instance(Host("b", 2), "https"),
        Instance(Host("c", 3), "https"),
    )


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("consul://", "a service of Consul is written .*, not ''"),
        ("consul://a/b/c", "a service of Consul is written .*, not 'b/c'"),
        ("consul://a:0/users", "'a:0': the port is a number"),
        ("consul://a,,b/users", "'' has no address"),
        ("consul://a_!/users", "'a_!' is not an address"),
        ("consul://a/us%zzers", "the part after the address: a % is written %25"),
        ("consul://a/us%ffers", "the part after the address is no UTF-8"),
        ("consul://users?tga=v2", r"tga= in the query is not known \(tag= perhaps"),
        ("consul://users?colour=red", "colour= in the query is not known; there are ca, cert"),
        ("consul://users?tag", "tag= in the query has no value"),
        ("consul://users?tag=", "tag= in the query has no value"),
        ("consul://users?tag=a&tag=b", "tag= in the query says again"),
        ("consul://users?passing=perhaps", "passing= in the query is 1, true, 0 or false"),
        ("consul://users?wait=long", "wait= in the query is seconds above 0, not 'long'"),
        ("consul://users?wait=0", "wait= in the query is seconds above 0, not '0'"),
        ("consul://users?wait=601", "wait is at most 600 seconds"),
        ("consul://users?empty_grace=-1", "empty_grace= in the query is seconds from 0 up"),
        ("consul://users?empty_grace=x", "empty_grace= in the query is seconds from 0 up"),
        ("consul://a/users?verify=0", "verify= in the query goes with tls=1"),
        ("k8s://default/users?ca=/", "ca= in the query goes with address=https://"),
        (
            "k8s://default/users?address=a:1&verify=0",
            "verify= in the query goes with address=https",
        ),
        ("consul://a/users?tls=1&ca=/&verify=0", "ca= says how to verify and verify= whether"),
        ("etcd://a", "after the address comes what keys begin with"),
        ("etcd://a//", "after the address comes what keys begin with"),
        ("etcd://a/users?user=me", "user= in the query goes with password_env="),
        ("zk://a/", "after the address comes the node"),
        ("zk://a/users?wait=1", "wait= in the query is not known"),
        ("k8s://default", "is written k8s://namespace/service:port, and '' is none"),
        ("k8s://Default/users", "and 'Default' is none"),
        ("k8s://default/users:", "and '' is none"),
        ("k8s://default/users:65536", "'users:65536': the port is a name or a number"),
        ("k8s://default/users?token_env=SECRET", "address"),
        ("eureka://a", "an application of Eureka is written"),
        ("eureka://a/users?path=eureka", "path= in the query begins with '/'"),
        ("redis://a/services:users", "key= is missing in the query"),
        ("redis://a/x?key=a", "the number of a database, not 'x'"),
        ("redis://a,b/?key=a", "a Redis has one address"),
        ("redis://a/?key=a&verify=0", "verify= in the query goes with tls=1"),
        ("rediss://a/?key=a&tls=0", "tls=0 in the query contradicts the scheme"),
        ("ftp+consul://users", r"'ftp\+consul://' is not known"),
    ],
)
def test_any_other_is_an_error_that_names_the_part(target, message):
    with pytest.raises(ValueError, match=message) as caught:
        provider_of(target)
    assert "consul://[agent:8500/]service" in str(caught.value).partition("A target is one of")[2]


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("consul://users?token_env=MISSING", "token_env=MISSING in the query: the .* is not set"),
        ("consul://a/users?ca=/no/such", "ca=/no/such in the query: there is no such file"),
        ("env:MISSING", "env:MISSING: the environment variable is not set"),
    ],
)
def test_where_what_it_names_is_not_there_the_forms_are_no_help(target, message, monkeypatch):
    monkeypatch.delenv("MISSING", raising=False)
    with pytest.raises(ValueError, match=message) as caught:
        provider_of(target)
    assert "A target is one of" not in str(caught.value)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("consul://users?token=sesame", "a secret does not stand in a URL: .*, token_env=NAME"),
        (
            "etcd://a/users?password=sesame",
            "a secret does not stand in a URL: .*, password_env=NAME",
        ),
        ("consul://users?token_env=open-sesame", "takes the name of an environment variable"),
        ("consul://users?password=sesame", "password= in the query is not known"),
        ("consul://users?tag=a&sesame", "the query is name=value"),
        ("consul://users?tag=a&Sesame=", "the query is name=value"),
        ("consul://me:sesame@a/users", "no user name or password before its address"),
        ("redis://:sesame@a/0?key=a", "no user name or password before its address"),
        ("k8s://me:sesame@default/users", "no user name or password before its address"),
        ("consul://users#sesame", "a target has no fragment"),
        ("consul://users?tag=a#sesame", "a target has no fragment"),
    ],
)
def test_a_secret_in_a_target_is_refused_and_not_repeated(target, message):
    with pytest.raises(ValueError, match=message) as caught:
        provider_of(target)
    assert "sesame" not in "".join(traceback.format_exception_only(caught.value)).lower()
    assert caught.value.__suppress_context__
