"""What calls of a session are made of, in all the ways that requests takes or refuses."""

import math

from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict


class Text(str):
    """A str, and yet not one."""


def any_of(*lists):
    return st.sampled_from([item for each in lists for item in each])


_letters = "abcxyzABC019-_.~!$&'()*+,;=:@/"
_odd = '%? #[]{}|\\^`"<>éß中\u200b\t\n%2e%2F'
PATHS = [
    *["", "a/../b", "./a", "a/.", "a//b", "%41", "%2f", "a?", "a?#", "a?b=1", "a?b=%41&c", "//"],
    *["a?b#c", "a#b", "..", "...", ".well-known/x", "a;b=c", "a b", "é", "a?é=1", "?a", "a@b?c@d"],
    *["a?b?c", "a'b", "a|b", "%zz", "a\\b", "[a]", "a?b=/../c", "a/..b", "a?b=[c]", "\t", "a%"],
]
ORIGINS = [
    *["http://h", "http://h:80", "http://users.internal:8080", "https://h", "https://h:443"],
    *["http://127.0.0.1:8080", "http://[::1]:8080", "http://a-b.c_d", "http://h:", "http://h:0"],
    *["http://H", "HTTP://h", "http://h:080", "http://h:99999", "http://*", "http://.h", "http:/"],
    *["http://u:p@h", "http://u@h", "http://bücher.example", "http://a%41", "http://h.:1"],
    *["mailto:a@b.c", "http+unix://x", "httpx://h", "ftp://h", " http://h", "h", "", "//h"],
    *["http://[::1", "http://[fe80::1%25eth0]", "http://[fe80::1%25a%2Fb]", "http://1.2.3.4.5"],
    *["http://h_:1", "http://-h", "http://xn--a", "http://" + "h" * 64, "http://h..i", "http://_"],
    *["http://[0:0::1]", "http://[::FFFF:1.2.3.4]", "http://[1::2::3]", "http://[1]", "http:h"],
]
paths = st.one_of(
    st.text(_letters, max_size=12),
    st.text(_letters + _odd, max_size=12),
    st.sampled_from(PATHS),
)
origins = st.sampled_from(ORIGINS)
urls = st.one_of(
    st.builds("http://users.internal:8080/{}".format, paths),
    st.builds("{}/{}".format, origins, paths),
    origins,
    st.sampled_from([Text("http://h/text"), b"http://h/bytes"]),
)
plain_methods = st.sampled_from(["GET", "get", "HEAD", "POST", "put", "PATCH", "DELETE", "OPTIONS"])
methods = st.one_of(
    plain_methods, plain_methods, st.sampled_from(["X", "straße", Text("GET"), b"GET", "", "G\n"])
)
_scalars = st.one_of(
    st.text(max_size=5),
    st.integers(-9, 9),
    st.floats(allow_nan=False),
    st.booleans(),
    st.none(),
    st.binary(max_size=4),
)
_fields = st.one_of(_scalars, st.lists(_scalars, max_size=3))
_names = st.one_of(st.text(max_size=4), st.binary(max_size=3), st.integers(0, 9))
forms = st.one_of(
    st.none(),
    st.dictionaries(
        st.text("ab é&=~*%+", max_size=4), st.one_of(st.text(max_size=5), st.integers())
    ),
    st.dictionaries(_names, _fields, max_size=3),
    st.lists(st.tuples(_names, _fields), max_size=3),
    st.lists(st.tuples(_names, _fields), max_size=3).map(tuple),
    st.text(max_size=5),
    st.binary(max_size=5),
    st.sampled_from(
        [{}, [], (), "", b"", 0, 5, Text("a=b"), bytearray(b"a"), {1: 2}, [1], "a=b&c=%41"]
    ),
)
jsons = st.one_of(
    st.none(),
    st.recursive(
        _scalars,
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner)),
        max_leaves=5,
    ),
    st.sampled_from([{}, [], 0, "", float("nan"), float("inf"), {"a": object}, {1: 2}]),
)
HEADER_NAMES = [
    *["X-A", "x-a", "ACCEPT", "accept-encoding", "User-Agent", "Content-Type", "Content-Length"],
    *["Host", "Cookie", "Authorization", "Transfer-Encoding", "Connection", Text("X-T"), b"X-B"],
    *["", " X", "X:", "X\n", "X Y", "X\t", "é", "\x7f", 5, None],
]
HEADER_VALUES = [
    *["v", "", "a b", " v", "\tv", "v ", "v\r\n", "v\nX: y", "é", "中", "\x00", "a\tb", "\xa0"],
    *[b"v", b" v", None, 5, Text("t"), " "],
]
headers = st.one_of(
    st.none(),
    st.dictionaries(
        st.sampled_from(["X-A", "Accept", "x-a", "Q"]), st.sampled_from(["v", "w", None])
    ),
    st.dictionaries(st.sampled_from(HEADER_NAMES), st.sampled_from(HEADER_VALUES), max_size=4),
    st.dictionaries(st.sampled_from(["X-A", "accept"]), st.sampled_from(["v", None])).map(
        CaseInsensitiveDict
    ),
    st.sampled_from([{}, [], [("X-L", "v")], 5]),
)


def same(response, **_options):
    return response


def optional(key, values):
    """The argument or none."""
    return st.one_of(st.just({}), values.map(lambda value: {key: value}))


def calls():
    """Arguments of `Session.request`."""
    parts = [
        st.fixed_dictionaries({"method": methods, "url": urls}),
        optional("params", forms),
        optional("data", forms),
        optional("json", jsons),
        optional("headers", headers),
    ]
    rare = [
        optional("cookies", st.sampled_from([None, {}, {"c": "1"}])),
        optional("auth", st.sampled_from([None, (), ("u", "p")])),
        optional("timeout", st.sampled_from([None, 1, 0.5, (1, 2)])),
        optional("allow_redirects", st.booleans()),
        optional("proxies", st.sampled_from([None, {}, {"http": "http://p:1"}, {"no_proxy": "*"}])),
        optional("hooks", st.sampled_from([None, {}, {"response": []}, {"response": same}])),
        optional("stream", st.sampled_from([None, True, False])),
        optional("verify", st.sampled_from([None, True, False, "/ca.pem"])),
        optional("cert", st.sampled_from([None, "/c.pem", ("/c.pem", "/k.pem")])),
        optional("files", st.sampled_from([None, {}, []])),
    ]
    few = st.one_of(st.just({}), st.just({}), st.one_of(*rare), st.tuples(*rare).map(merged))
    return st.tuples(*parts, few).map(merged)


def plain_calls():
    """Arguments that a quick session does not leave to requests."""
    value = st.one_of(st.text("aé &%", max_size=4), st.integers(), st.floats(), st.none())
    fields = st.dictionaries(st.text("aé &%", max_size=4), value, max_size=3)
    names = st.text("abcXYZ-_1", min_size=1, max_size=6)
    values = st.one_of(st.none(), st.text("ab c=;,", max_size=6).map(str.strip))
    path = st.text("abcXYZ019-_~!$&'()*+,;=:@/", max_size=12)
    return st.tuples(
        st.fixed_dictionaries(
            {
                "method": plain_methods,
                "url": st.builds("http://users.internal:8080/{}".format, path),
            }
        ),
        optional("params", fields),
        optional(
            "data", st.one_of(fields, st.binary(), st.text(), st.lists(st.tuples(names, names)))
        ),
        optional("json", st.one_of(fields.filter(lambda f: not any(map(is_no_json, f.values()))))),
        optional("headers", st.dictionaries(names, values, max_size=4)),
        optional("timeout", st.sampled_from([None, 1, (1, 2)])),
        optional("verify", st.sampled_from([None, True, False, "/ca.pem"])),
        optional("stream", st.sampled_from([None, True, False])),
        optional("allow_redirects", st.booleans()),
    ).map(merged)


def is_no_json(value):
    return isinstance(value, float) and not math.isfinite(value)


def merged(parts):
    return {name: value for part in parts for name, value in part.items()}
