import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ahoyhoy.lb.providers import DnsProvider, FileProvider, IProvider, SrvProvider, provider_of
from ahoyhoy.lb.providers.targets.target import name_of
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
        ("HTTP+dns://users:443", DnsProvider, "dns://users:443", "http", None),
        ("http+srv://_https._tcp.users", SrvProvider, "srv://_https._tcp.users", "http", None),
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
        ("https+file:///a", r"'https\+file://' is not known"),
        ("https+http://a", r"'https\+http://' is not known"),
        ("ftp+dns://a:1", r"'ftp\+dns://' is not known"),
        ("https+://a:1", r"'https\+://' is not known"),
        ("https+env://a", "'env://' is not known"),
        ("+dns://a:1", "has no scheme"),
        ("dns://users", "has no port"),
        ("dns://10.0.0.1:80", "is an address already: use ListProvider"),
        ("dns://[::1]:80", "is an address already"),
        ("dns://ns.internal/users:80", "'ns.internal': before a slash must be an IP address"),
        ("dns://users.internal:80/api", "'users.internal:80': before a slash must be an IP"),
        ("dns://10.0.0.1:53/", "before a slash must be an IP address"),
        ("dns:///", "before a slash must be an IP address"),
        ("dns://b\u00fccher:80", "'b\u00fccher:80' is not ASCII: .* xn--"),
        ("srv://_http._tcp.b\u00fccher", "is not ASCII"),
        ("dns://a..b:80", "is not a name"),
        ("srv://", "is not a name"),
        ("srv://_http._tcp.users:80", "is not a name"),
        ("http://a:80,http://b:80", "scheme is written once"),
        ("http://a/api,b/api", "'/api,b/api': a base path is written once, after the last host"),
        ("http://a//", "'//': a base path has no empty"),
        ("http://a/api//", "'/api//': a base path has no empty"),
        ("http://a//api", "no empty, '.' or '..' segments"),
        ("http://a/api/../admin", "no empty, '.' or '..' segments"),
        ("http://a/.", "no empty, '.' or '..' segments"),
        ("http://a/%2E%2e/admin", "no empty, '.' or '..' segments"),
        ("http://a/api\\v1", r"'api\\\\v1' in the base path must be written in %XX form"),
        ("http://a/%zz", "'%zz' in the base path must be written in %XX form"),
        ("http://a/\u00e4", "'\u00e4' in the base path must be written in %XX form"),
        ("env:", "after env: comes the name of a variable"),
        ("env://USERS_HOSTS", "after env: comes the name of a variable"),
        ("env:USERS-HOSTS", "after env: comes the name of a variable"),
        ("file://hosts.json", "absolute path after file://"),
        ("file:///dir/", "absolute path after file://"),
        ("file:///a%00b", "absolute path after file://"),
    ],
)
def test_any_other_target_is_an_error_that_lists_the_forms(target, message):
    with pytest.raises(ValueError, match=message) as caught:
        provider_of(target)
    for form in ("http://", "dns://", "srv://", "file:///", "env:"):
        assert form in str(caught.value).partition("one of")[2]


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("http://me:secret@a:80", "no user name or password"),
        ("me:secret@a:80", "no user name or password"),
        ("env:me:secret@a:80", "after env: comes the name"),
        ("dns://me:secret@users:80", "no user name or password"),
        ("srv://_http._tcp.users?token=secret", "no query"),
        ("https+dns://users:80#secret", "no query or fragment"),
        ("https+file://me:secret@/a", "is not known"),
        ("unknown://me:secret@a?token=secret#secret", "'unknown://' is not known"),
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


@pytest.mark.parametrize("target", [None, 80, b"me:secret@a:80", ["a:80"], ("a", 80)])
@pytest.mark.parametrize("read", [provider_of, name_of])
def test_what_is_no_string_is_a_type_error_that_shows_one(read, target):
    with pytest.raises(TypeError, match="a string such as 'h1:8080,h2:8080', not") as caught:
        read(target)
    assert type(target).__name__ in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("target", ["http://a/api/", "http://a/api"])
def test_a_slash_at_the_end_of_a_base_path_makes_no_difference(target):
    assert provider_of(target).get_list()[0].path == "/api"


def test_a_base_path_may_have_all_that_a_path_may_have():
    path = "/v1.2/a~b!$&'()*+;=:-_/%2F%C3%A4%2C"
    assert provider_of(f"http://a{path}").get_list()[0].path == path


PARTS = [
    *("http", "https", "dns", "srv", "file", "+", "://", ":", "/", ",", "[", "]", "::1", "80", "."),
    *("env:", "+", "//", "..", "%2e", "@", "?", "#"),
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
    assert isinstance(name_of(target), (str, type(None)))
