"""What is particular to etcd: leases, prefixes, users, TLS, and what its gateway may say."""

import itertools
import json

import pytest

from ahoyhoy.exceptions import ProviderError
from ahoyhoy.lb.providers import EtcdProvider, RefusedError
from integration.etcd_server import Etcd, encoded
from integration.registries import hosts, ports, told
from integration.server_process import free_port, until
from integration.stand_in import StandIn, answering


@pytest.fixture(scope="module")
def etcd():
    with Etcd() as etcd:
        yield etcd


@pytest.fixture(scope="module")
def guarded():
    """One that wants to know who asks."""
    with Etcd() as etcd:
        etcd.register(8001)
        etcd.register(8001, service="orders")
        etcd.demand_a_user("reader", "secret", "services/users/")
        yield etcd


@pytest.fixture
def watching():
    made = []

    def begin(prefix="services/users", **options):
        made.append(EtcdProvider(prefix, **{"timeout": 5.0, **options}))
        return made[-1]

    yield begin
    for source in made:
        source.close()


def test_a_host_whose_lease_expires_goes(etcd, watching):
    lease = etcd.ask("lease/grant", TTL="1")["ID"]
    etcd.put("leased/1", "10.0.0.1:80", lease=lease)
    etcd.put("leased/2", "10.0.0.2:80")
    source = watching("leased", address=etcd.address)
    assert hosts(source) == ["10.0.0.1:80", "10.0.0.2:80"]
    until(lambda: hosts(source) == ["10.0.0.2:80"])


def test_a_prefix_ends_with_a_slash(etcd, watching):
    etcd.put("/deep/users/eu/1", "10.0.0.1:80")
    etcd.put("/deep/users-old/1", "10.0.0.9:80")
    etcd.put("/deep/users", "10.0.0.9:80")
    assert hosts(watching("/deep/users", address=etcd.address)) == ["10.0.0.1:80"]
    assert hosts(watching("/deep/users/", address=etcd.address)) == ["10.0.0.1:80"]


def test_records_in_all_shapes_and_one_that_cannot_be_read(etcd, watching, caplog):
    etcd.put("shapes/1", "10.0.0.1:80")
    etcd.put("shapes/2", "https://10.0.0.2:443")
    etcd.put("shapes/3", {"host": "10.0.0.3", "port": 80, "zone": "z"})
    etcd.put("shapes/4", "what is this")
    etcd.put("shapes/10.0.0.5:80", "")
    source = watching("shapes", address=etcd.address)
    found = {i.host.address: (i.scheme, i.zone) for i in source.get_list()}
    assert found == {
        "10.0.0.1": (None, None),
        "10.0.0.2": ("https", None),
        "10.0.0.3": (None, "z"),
        "10.0.0.5": (None, None),
    }
    assert "left out: 'shapes/4': " in caplog.text


def test_records_none_of_which_is_a_host(etcd, watching):
    etcd.put("none/1", "nothing")
    source = watching("none", address=etcd.address)
    assert "none of the 1 records under 'none/' is a host in service" in told(source, ProviderError)


def test_a_prefix_that_has_no_keys(etcd, watching):
    text = told(watching("unknown", address=etcd.address), ProviderError)
    assert text == "etcd://unknown: etcd has no key that begins with 'unknown/'"


def test_the_next_member_is_asked_when_one_is_down(etcd, watching):
    etcd.put("several/1", "10.0.0.1:80")
    down = f"127.0.0.1:{free_port()}"
    assert ports(watching("several", address=[down, etcd.address])) == [80]


def test_a_user_with_the_password_may_read(guarded, watching):
    source = watching(address=guarded.address, user="reader", password="secret")
    assert ports(source) == [8001]
    guarded.register(8002)
    until(lambda: ports(source) == [8001, 8002])
    guarded.deregister(8002)
    assert "secret" not in repr(source)


@pytest.mark.parametrize(
    ("prefix", "options"),
    [
        ("services/users", {}),
        ("services/users", {"user": "reader", "password": "wrong"}),
        ("services/users", {"user": "nobody", "password": "secret"}),
        ("services/orders", {"user": "reader", "password": "secret"}),
    ],
)
def test_anybody_else_is_refused(guarded, watching, prefix, options):
    text = told(watching(prefix, address=guarded.address, **options))
    assert "etcd refuses the user" in text
    assert f"user= and password= must be those of one who may read '{prefix}/'" in text
    assert "secret" not in text


def test_a_token_that_has_expired_is_asked_for_anew(watching):
    """As after five minutes; and the second time it is no use to ask again."""
    given, expired = itertools.count(1), []

    def answer(asked):
        if asked.path == "/v3/auth/authenticate":
            return 200, {}, {"token": f"token-{next(given)}"}
        if asked.headers["Authorization"] in expired:
            return 401, {}, {"error": "etcdserver: invalid auth token", "code": 16}
        expired.append(asked.headers["Authorization"])
        if asked.path == "/v3/watch":
            return 200, {}, iter(())
        kv = {"key": encoded("services/users/1"), "value": encoded("10.0.0.1:80")}
        return 200, {}, {"header": {"revision": "7"}, "kvs": [kv]}

    with StandIn(answer) as server:
        source = watching(address=server.address, user="reader", password="secret")
        assert ports(source) == [80]
        until(lambda: [asked.path for asked in server.asked].count("/v3/watch") >= 2)
        source.close()
    tokens = [asked.headers["Authorization"] for asked in server.asked]
    assert tokens[:5] == [None, "token-1", "token-1", None, "token-2"]
    watch = json.loads(server.asked[4].body)["create_request"]
    assert watch["start_revision"] == "8"


def test_a_token_that_is_not_known_however_often_it_is_asked_for(watching):
    def answer(asked):
        if asked.path == "/v3/auth/authenticate":
            return 200, {}, {"token": "useless"}
        return 401, {}, {"error": "etcdserver: invalid auth token", "code": 16}

    with StandIn(answer) as server:
        source = watching(address=server.address, user="reader", password="secret")
        with pytest.raises(RefusedError, match="invalid auth token"):
            source.get_list()
        source.close()


def test_tls(certificate, ca_file, watching):
    with Etcd(certificate=certificate("127.0.0.1"), ca_file=ca_file) as etcd:
        etcd.register(8001)
        assert ports(watching(address=etcd.url, verify=ca_file)) == [8001]
        assert "TLS: its certificate is refused" in told(watching(address=etcd.url))
        assert "cannot be reached" in told(watching(address=etcd.address), ProviderError)


def test_a_client_certificate(certificate, ca_file, watching):
    # Of a server too: etcd's gateway is a client of etcd.
    own = certificate("127.0.0.1")
    with Etcd(certificate=own, ca_file=ca_file, clients=ca_file) as etcd:
        etcd.register(8001)
        assert ports(watching(address=etcd.url, verify=ca_file, cert=own)) == [8001]
        # The refusal comes after the handshake, and may be lost when etcd closes the connection.
        with pytest.raises(ProviderError, match=r"TLS: .*(closed|client certificate)"):
            watching(address=etcd.url, verify=ca_file).get_list()


# -- what etcd says seldom ----------------------------------------------------------------------

FOUND = {
    "header": {"revision": "7"},
    "kvs": [{"key": encoded("services/users/1"), "value": encoded("10.0.0.1:80")}],
}


def line(**said):
    return json.dumps(said).encode() + b"\n"


def stream(*lines):
    """A server that has one host, and then tells this of what happens."""
    return StandIn(lambda asked: (200, {}, iter(lines) if asked.path == "/v3/watch" else FOUND))


def test_a_revision_that_is_compacted_is_read_anew_at_once(watching):
    compacted = line(result={"canceled": True, "compact_revision": "9"})
    with stream(line(result={"created": True}), compacted) as server:
        source = watching(address=server.address)
        assert ports(source) == [80]
        until(lambda: len(server.asked) > 4)
        assert source.stale_for == 0.0
        source.close()


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        ([line(error={"message": "no leader", "code": 14})], "etcd ended the watch: no leader"),
        ([line(error="odd")], "etcd ended the watch: odd"),
        ([line(result={"canceled": True, "cancel_reason": "why"})], "etcd ended the watch: why"),
        ([], "etcd ended the watch"),
        ([b"<html>\n"], "answered what is no JSON"),
    ],
)
def test_a_watch_that_ends_is_begun_again_after_a_pause(watching, lines, text, caplog):
    with stream(*lines) as server:
        source = watching(address=server.address)
        assert ports(source) == [80]
        until(lambda: text in caplog.text)
        assert source.stale_for > 0
        source.close()


@pytest.mark.parametrize("body", [{}, [], {"header": {"revision": "x"}}, {"header": None}, 7])
def test_what_is_not_etcd_is_said_to_be_none(watching, body):
    with StandIn(lambda _: (200, {}, body)) as server:
        assert "is not etcd" in told(watching(address=server.address), ProviderError)


@pytest.mark.parametrize(
    ("status", "kind", "text"),
    [
        (404, RefusedError, "it must be etcd 3.4 or later"),
        (400, RefusedError, r"etcd refuses the question (400: no)"),
        (503, ProviderError, "etcd answered 503: no"),
    ],
)
def test_a_status_is_a_refusal_or_may_pass(watching, status, kind, text):
    with answering(status) as server:
        assert text in told(watching(address=server.address), kind)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"prefix": ""}, "prefix is what keys begin with"),
        ({"prefix": "/"}, "prefix is what keys begin with"),
        ({"prefix": None}, "prefix is what keys begin with"),
        ({"user": "u"}, "give both user= and password="),
        ({"wait": 0}, "wait must be"),
    ],
)
def test_what_cannot_be_is_refused_at_once(arguments, text):
    with pytest.raises(ValueError, match=text):
        EtcdProvider(**{"prefix": "services/users", **arguments})
