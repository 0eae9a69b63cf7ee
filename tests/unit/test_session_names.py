"""Origins of URLs, names of services, and what a Location means."""

import pytest

from ahoyhoy import Host, Instance, ListProvider, RoundRobinLB
from ahoyhoy.session.names import Origin, origins_of, place_of
from ahoyhoy.session.redirects import Next, next_of


@pytest.mark.parametrize(
    ("url", "origin", "rest"),
    [
        ("http://users/1", ("http", "users", 80), "/1"),
        ("http://users", ("http", "users", 80), ""),
        ("http://users?a=b", ("http", "users", 80), "?a=b"),
        ("HTTP://Users:80/1", ("http", "users", 80), "/1"),
        ("http://users:/1", ("http", "users", 80), "/1"),
        ("https://users/", ("https", "users", 443), "/"),
        ("http://me:secret@users:8080/1", ("http", "users", 8080), "/1"),
        ("http://a@b@users/1", ("http", "users", 80), "/1"),
        ("http://[::1]:8080/1", ("http", "[::1]", 8080), "/1"),
        ("http://[0:0::0001]/1", ("http", "[::1]", 80), "/1"),
        ("http://evil\\@users/1", ("http", "evil", 80), "\\@users/1"),
        ("http://evil#@users/1", ("http", "evil", 80), "#@users/1"),
        ("http://users.evil/1", ("http", "users.evil", 80), "/1"),
        ("http://users\n/1", ("http", "users\n", 80), "/1"),
    ],
)
def test_a_url_has_an_origin_and_a_rest(url, origin, rest):
    assert place_of(url) == (Origin(*origin), rest)


@pytest.mark.parametrize(
    "url", ["", "/1", "users/1", "ftp://users/", "http:/users", "http://users:x/", "http://::1/"]
)
def test_other_text_has_none(url):
    assert place_of(url) is None


def test_a_name_without_a_port_owns_the_port_of_each_scheme():
    assert origins_of("Users") == (("http", "users", 80), ("https", "users", 443))
    assert [origin.prefixes for origin in origins_of("users")] == [
        ("http://users/", "http://users:80/"),
        ("https://users/", "https://users:443/"),
    ]


def test_a_name_with_a_port_owns_it_in_both_schemes():
    assert [origin.prefixes for origin in origins_of("orders.test:8080")] == [
        ("http://orders.test:8080/",),
        ("https://orders.test:8080/",),
    ]


def test_an_ipv6_name_is_written_in_one_way():
    assert {origin.authority for origin in origins_of("[2001:DB8:0::1]:80")} == {
        "[2001:db8::1]",
        "[2001:db8::1]:80",
    }
    assert origins_of("[::1]")[0].server == "::1"


@pytest.mark.parametrize("name", ["", "a b", "http://users", "users/1", "a@b", "ü", "::1", "a:x"])
def test_what_cannot_stand_in_a_url_is_no_name(name):
    with pytest.raises(ValueError, match="a service's name is as in a URL"):
        origins_of(name)


def test_a_name_is_a_string():
    with pytest.raises(TypeError, match="not 7"):
        origins_of(7)


FIRST = Instance(Host("10.0.0.1", 8080), path="/api")
SECOND = Instance(Host("10.0.0.2", 443), authority="two.internal")
THIRD = Host("::1", 80)


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("/api/b?c", Next("/b?c")),
        ("/api", Next("/")),
        ("/api?c", Next("/?c")),
        ("/apis", Next("/apis")),
        ("b", Next("b")),
        ("http://users/b", Next("http://users/b")),
        ("http://users/api/b", Next("http://users/b")),
        ("http://10.0.0.1:8080/api/b", Next("http://users/b", FIRST.host)),
        ("//10.0.0.1:8080/b#f", Next("http://users/b#f", FIRST.host)),
        ("https://10.0.0.2/b", Next("http://users/b", SECOND.host)),
        ("https://two.internal/api/b", Next("http://users/api/b", SECOND.host)),
        ("http://two.internal/b", Next("http://two.internal/b")),
        ("http://[::1]/b", Next("http://users/b", THIRD)),
        ("http://10.0.0.1:9999/b", Next("http://10.0.0.1:9999/b")),
        ("http://elsewhere/b", Next("http://elsewhere/b")),
        ("https://users/b", Next("https://users/b")),
        ("mailto:me@users", Next("mailto:me@users")),
    ],
)
def test_a_location_of_a_known_host_is_the_services_and_pinned(location, expected):
    lb = RoundRobinLB(ListProvider(FIRST, SECOND, THIRD, "no host"))
    lb.update()
    assert next_of(location, place_of("http://users/a"), lb, FIRST) == expected


def test_a_balancer_that_keeps_its_hosts_to_itself_has_no_known_ones():
    class Own(RoundRobinLB):
        _members = None

    lb = Own.__new__(Own)
    found = next_of("http://10.0.0.1:8080/b", place_of("http://users/a"), lb, None)
    assert found == Next("http://10.0.0.1:8080/b")
