import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ahoyhoy.lb.providers import DnsProvider, FileProvider, IProvider, SrvProvider, provider_of
from ahoyhoy.utils import Host, Instance


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("a:8080,b:8081", [Instance(Host("a", 8080)), Instance(Host("b", 8081))]),
        ("[::1]:8080", [Instance(Host("::1", 8080))]),
        ("a:443", [Instance(Host("a", 443))]),
        ("http://a", [Instance(Host("a", 80), "http")]),
        ("http://a/", [Instance(Host("a", 80), "http")]),
        (
            "HTTPS://a,b:8443",
            [Instance(Host("a", 443), "https"), Instance(Host("b", 8443), "https")],
        ),
        ("http://a:443", [Instance(Host("a", 443), "http")]),
        (
            "http://[::1],[fe80::1]:81",
            [Instance(Host("::1", 80), "http"), Instance(Host("fe80::1", 81), "http")],
        ),
        (
            "http://a:1,b:2/base/v1/",
            [
                Instance(Host("a", 1), "http", path="/base/v1"),
                Instance(Host("b", 2), "http", path="/base/v1"),
            ],
        ),
    ],
)
def test_hosts_are_listed_with_their_scheme_and_path(target, expected):
    assert provider_of(target).get_list() == tuple(expected)


@pytest.mark.parametrize(
    ("target", "kind", "shown", "scheme", "resolver"),
    [
        ("dns://users.internal:80", DnsProvider, "dns://users.internal:80", None, None),
        ("dns:///users.internal:80", DnsProvider, "dns://users.internal:80", None, None),
        ("dns://10.0.0.2/users:80", DnsProvider, "dns://users:80", None, "10.0.0.2"),
        ("dns://[::1]:5353/users:80", DnsProvider, "dns://users:80", None, "[::1]:5353"),
        ("https+dns://users:8443", DnsProvider, "dns://users:8443", "https", None),
        ("srv://_http._tcp.users", SrvProvider, "srv://_http._tcp.users", None, None),
        ("srv://_https._tcp.users", SrvProvider, "srv://_https._tcp.users", "https", None),
        ("https+srv://10.0.0.2:53/_a._tcp.b", SrvProvider, "srv://_a._tcp.b", "https", "10.0.0.2:53"),
    ],
)  # fmt: skip
def test_dns_and_srv_targets_name_what_is_asked_and_who(target, kind, shown, scheme, resolver):
    source = provider_of(target)
    assert repr(source) == f"<{kind.__name__} {shown}>"
    assert (source._scheme, source._resolver) == (scheme, resolver)


@pytest.mark.parametrize("prefix", ["file://", "file://localhost"])
def test_a_file_target_is_an_absolute_path(tmp_path, prefix):
    path = tmp_path / "my hosts.json"
    path.write_text('["a:1"]')
    source = provider_of(prefix + str(path).replace(" ", "%20"))
    assert isinstance(source, FileProvider)
    assert source.get_list() == (Instance(Host("a", 1)),)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("", "has no address"),
        ("users", "'users' has no port"),
        ("users/api", "has no scheme such as http://"),
        ("a:80,", "has no address"),
        ("http://", "has no address"),
        ("http:///path", "has no address"),
        ("http://a:0", "the port is a number from 1 to 65535"),
        ("http://a:99999999999999999999", "the port is a number from 1 to 65535"),
        ("http://a:", "the port is a number from 1 to 65535"),
        ("http://::1:80", "IPv6 goes into brackets"),
        ("http://[::1:80", "is not an IPv6 address"),
        ("http://[a]:80", "is not an IPv6 address"),
        ("http://[::1]80", "is not an IPv6 address"),
        ("http://[::zz]:80", "is not an address"),
        ("http://a b", "no spaces"),
        ("http://a\n", "no spaces or control characters"),
        ("ftp://a", "'ftp://' is not known"),
        ("http+dns://a:1", r"'http\+dns://' is not known"),
        ("https+file:///a", "is not known"),
        ("+dns://a:1", "has no scheme"),
        ("dns://users", "has no port"),
        ("dns://10.0.0.1:80", "is an address already: use ListProvider"),
        ("dns://[::1]:80", "is an address already"),
        ("dns://ns.internal/users:80", "must be an IP address"),
        ("dns://a..b:80", "is not a name"),
        ("srv://", "is not a name"),
        ("srv://_http._tcp.users:80", "is not a name"),
        ("file://hosts.json", "absolute path after file://"),
        ("file:///dir/", "absolute path after file://"),
        ("file:///a%00b", "absolute path after file://"),
    ],
)
def test_any_other_target_is_an_error_that_lists_the_forms(target, message):
    with pytest.raises(ValueError, match=message) as caught:
        provider_of(target)
    for form in ("http://", "dns://", "srv://", "file:///"):
        assert form in str(caught.value).partition("one of")[2]


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("http://me:secret@a:80", "no user name or password"),
        ("me:secret@a:80", "no user name or password"),
        ("http://a:80/?key=secret", "no query"),
        ("http://a:80/#secret", "no query or fragment"),
    ],
)
def test_secrets_in_a_target_are_refused_and_not_repeated(target, message):
    with pytest.raises(ValueError, match=message) as caught:
        provider_of(target)
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


PARTS = [
    *("http", "https", "dns", "srv", "file", "+", "://", ":", "/", ",", "[", "]", "::1", "80", "."),
    *("_http._tcp.a", "a", "%00", "%", "\u00e4", "\u0661", "9" * 5000, "a" * 64, "xn--", "-"),
]


@given(st.one_of(st.text(), st.lists(st.sampled_from(PARTS), max_size=8).map("".join)))
@example("dns://\u00df\u200d.:1")
@example("http://[::1%]:80")
def test_whatever_is_written_is_a_provider_or_a_value_error(target):
    try:
        source = provider_of(target)
    except ValueError:
        return
    assert isinstance(source, IProvider)
