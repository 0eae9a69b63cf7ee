import pickle
from dataclasses import FrozenInstanceError

import pytest

from ahoyhoy.exceptions import InvalidHostError
from ahoyhoy.utils import Host, Instance
from ahoyhoy.utils.instance import as_instance, checked_host, netloc


def test_a_host_is_a_pair_for_ever():
    assert Host("a", 80) == ("a", 80)
    assert Host._fields == ("address", "port")
    assert Host(address="a", port="80").port == "80"
    assert len({Host("a", 80), ("a", 80)}) == 1


@pytest.mark.parametrize(
    ("address", "port"),
    [
        ("10.0.0.1", 80),
        ("users.internal", "8080"),
        ("::1", 80),
        ("[::1]", 80),
        ("a", 1),
        ("a", 65535),
        ("a", "443"),
        ("a", None),
        ("a", ""),
        ("münchen", 80),
    ],
)
def test_what_can_be_connected_to_is_a_host(address, port):
    for pair in (Host(address, port), (address, port)):
        assert checked_host(pair) == (address, port)
        assert isinstance(checked_host(pair), Host)


@pytest.mark.parametrize(
    "item",
    [
        None, "a:80", 80, [], ["a", 80], ("a",), ("a", 80, 1), {"a": 80}, ((), 80), (None, 80), (b"a", 80),
        ("", 80), ("http://a", 80), ("a/b", 80), ("u@a", 80), ("a b", 80), ("a\n", 80), ("a?b", 80),
        ("a#b", 80), ("a\\b", 80), ("a:80", 80), ("1.2.3.4:80", 80), (":::", 80),
        ("a", 0), ("a", -1), ("a", 65536), ("a", 80.0), ("a", True), ("a", "http"), ("a", "8 0"),
        ("a", "-1"), ("a", "٨٠"), ("a", [80]), ("a", "0"), ("a", "99999"),
    ],
)  # fmt: skip
def test_what_cannot_is_an_error_that_shows_what_a_host_is(item):
    with pytest.raises(InvalidHostError, match=r"a host is Host\(address, port\)") as caught:
        checked_host(item)
    assert isinstance(caught.value, ValueError)


def test_an_address_with_a_port_in_it_is_told_where_the_port_goes():
    with pytest.raises(InvalidHostError, match="a port goes into the second field"):
        checked_host(("10.0.0.1:80", 80))


@pytest.mark.parametrize(
    ("port", "protocol"),
    [
        (443, "https"),
        ("443", "https"),
        (80, "http"),
        ("80", "http"),
        (8443, "http"),
        (None, "http"),
    ],
)
def test_port_443_number_or_text_is_https(port, protocol):
    assert Instance(Host("a", port)).protocol == protocol


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_scheme_says_it_whatever_the_port(scheme):
    assert Instance(Host("a", 443), scheme=scheme).protocol == scheme
    assert Instance(Host("a", 80), scheme=scheme).protocol == scheme


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        (Host("a", 80), "a:80"),
        (Host("::1", "80"), "[::1]:80"),
        (Host("[::1]", 80), "[::1]:80"),
        (Host("a", None), "a"),
        (Host("a", ""), "a"),
    ],
)
def test_a_url_spells_a_host(host, shown):
    assert netloc(host) == shown
    assert Instance(host).netloc == shown


@pytest.mark.parametrize(
    ("authority", "port", "shown"),
    [
        ("users.internal", 8443, "users.internal:8443"),
        ("users.internal:9", 8443, "users.internal:9"),
        ("users.internal", None, "users.internal"),
        ("", 80, "10.0.0.1:80"),
        (None, 80, "10.0.0.1:80"),
    ],
)
def test_a_url_carries_the_name_of_the_service_where_it_is_known(authority, port, shown):
    assert Instance(Host("10.0.0.1", port), authority=authority).netloc == shown


@pytest.mark.parametrize(
    ("path", "kept"), [("", ""), ("/", ""), ("/api", "/api"), ("/api/", "/api"), ("/a/b//", "/a/b")]
)
def test_a_base_path_ends_without_a_slash(path, kept):
    assert Instance(Host("a", 1), path=path).path == kept


@pytest.mark.parametrize(
    "options",
    [
        {"scheme": "ftp"}, {"scheme": "HTTPS"}, {"scheme": ""},
        {"weight": -1}, {"weight": float("nan")}, {"weight": float("inf")}, {"weight": "2"},
        {"weight": None}, {"zone": 1}, {"zone": ["a"]},
        {"path": "api"}, {"path": "/a?b=1"}, {"path": "/a#b"},
        {"priority": "1"}, {"priority": None}, {"priority": True},
        {"authority": "a b"}, {"authority": "http://a"}, {"authority": "u@a"}, {"authority": "a/b"},
    ],
    ids=str,
)  # fmt: skip
def test_a_wrong_field_is_named_with_its_host(options):
    (name,) = options
    with pytest.raises(InvalidHostError, match=name) as caught:
        Instance(Host("a", 1), **options)
    assert "'a'" in str(caught.value)


def test_an_instance_checks_its_host():
    with pytest.raises(InvalidHostError):
        Instance(("a", 0))
    assert Instance(("a", 1)).host == Host("a", 1)


def test_an_instance_is_a_value():
    instance = Instance(Host("a", 1), zone="z")
    assert instance == Instance(("a", 1), zone="z")
    assert len({instance, Instance(("a", 1), zone="z"), Instance(("a", 1))}) == 2
    assert pickle.loads(pickle.dumps(instance)) == instance
    with pytest.raises(FrozenInstanceError):
        instance.zone = "y"


def test_an_instance_of_what_a_provider_returned():
    instance = Instance(Host("a", 1), weight=2)
    assert as_instance(instance) is instance
    assert as_instance(("a", 1)) == as_instance(Host("a", 1)) == Instance(Host("a", 1))
    with pytest.raises(InvalidHostError):
        as_instance("a:1")
