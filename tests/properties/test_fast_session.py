"""Whatever a call is made of, a quick session gives its adapter what a stock one does."""

import copy
from collections import OrderedDict
from collections.abc import Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from requests.cookies import RequestsCookieJar
from requests.structures import CaseInsensitiveDict

from properties.session_calls import (
    HEADER_NAMES,
    HEADER_VALUES,
    ORIGINS,
    PATHS,
    Text,
    calls,
    plain_calls,
    same,
)
from properties.sessions_seen import calm, make_sessions, outcome

URL = "http://users.internal:8080/"
EASY = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
MANY = settings(EASY, max_examples=400)


@pytest.fixture(scope="module", autouse=True)
def calm_environment(tmp_path_factory):
    with calm(tmp_path_factory.mktemp("home")):
        yield


def the_same(call, stock, quick):
    expected = outcome(stock, copy.copy(call))
    assert outcome(quick, copy.copy(call)) == expected
    return expected


@MANY
@given(calls())
def test_a_request_is_what_it_is_in_a_stock_session(call):
    the_same(call, *make_sessions())


@pytest.mark.parametrize("origin", ORIGINS)
def test_a_url_is_what_requests_makes_of_it(origin):
    stock, quick = make_sessions()
    for path in ("", "?a", *(f"/{path}" for path in PATHS)):
        for params in (None, {}, {"p": "é &", "q": 1}, "p=é", [("p", "1"), ("p", None)]):
            the_same({"method": "GET", "url": origin + path, "params": params}, stock, quick)


class Pairs(Mapping):
    """A mapping of names to more than one value each."""

    def __getitem__(self, name):
        return [value for key, value in self.items() if key == name][-1]

    def __iter__(self):
        return iter([name for name, _ in self.items()])

    def __len__(self):
        return 3

    def items(self):
        return [("a", "1"), ("a", "2"), ("b", None)]


FIELDS = [
    *[None, {}, {"a": "b c"}, {"a": 1, "b": None}, {"a": ["x", "y"]}, {"a": {"x": 1}}, {"a": b"x"}],
    *[{"a": object}, {1: 2}, {b"a": "b"}, [("a", ["x", None])], "a=é", b"a", "", Pairs()],
    *[{"a": None}, OrderedDict(a="b"), True, 1.5, {"a": True, "b": -0.5}],
]
NAMED = ["Content-Type", "content-type", "CONTENT-LENGTH", "Transfer-Encoding", "Host", "Cookie"]


@pytest.mark.parametrize("argument", ["params", "data", "json"])
@pytest.mark.parametrize("fields", FIELDS, ids=repr)
def test_fields_are_what_requests_makes_of_them(fields, argument):
    stock, quick = make_sessions()
    for method in ("GET", "POST", "HEAD", "put"):
        for headers in (None, *({name: "0"} for name in NAMED)):
            call = {"method": method, "url": URL, argument: fields, "headers": headers}
            the_same(call, stock, quick)
            the_same({"json": {"other": 1}, **call}, stock, quick)


@pytest.mark.parametrize("name", HEADER_NAMES, ids=repr)
def test_a_header_is_what_requests_makes_of_it(name):
    for value in HEADER_VALUES:
        stock, quick = make_sessions()
        the_same({"method": "GET", "url": URL, "headers": {name: value}}, stock, quick)
        the_same({"method": "GET", "url": URL, "headers": {"Z": "z", name: value}}, stock, quick)
        if isinstance(name, str):
            for session in (stock, quick):
                session.headers[name] = value
        for headers in (None, {"Z": "z"}, {name: "z"}):
            the_same({"method": "GET", "url": URL, "headers": headers}, stock, quick)


@MANY
@given(plain_calls())
def test_a_plain_request_is_what_it_is_in_a_stock_session_and_took_the_fast_path(call):
    stock, quick = make_sessions()
    the_same(call, stock, quick)
    assert quick.quick == 1


def step(name, *arguments):
    """A change of a session: `step("put", "headers", "X", "1")`."""
    return st.tuples(
        st.just(name), *(a if hasattr(a, "example") else st.just(a) for a in arguments)
    )


_names = st.sampled_from(["X-A", "x-a", "Accept", "User-Agent", "ACCEPT", "X-B", "Content-Length"])
_values = st.sampled_from(["v", "w", "", " bad", "b\nad", b"v", None, Text("v"), "é", 5])
_plain_values = st.sampled_from(["v", "w", "x y", None])
_mappings = {
    "headers": [{}, {"X": "y"}, CaseInsensitiveDict({"X": "y"}), None, OrderedDict(X="y")],
    "auth": [None, ("u", "p"), (), same],
    "proxies": [{}, None, OrderedDict(), {"http": "http://p:1"}, {"no_proxy": "*"}, ()],
    "hooks": [{"response": []}, {"response": [same]}, {}, None, {"response": [], "x": [same]}],
    "params": [{}, None, {"p": "1"}, [], OrderedDict(), [("p", 1)]],
    "stream": [False, True, None],
    "verify": [True, False, None, "/session.pem"],
    "cert": [None, "/cert.pem", ("/cert.pem", "/key.pem")],
    "trust_env": [True, False, 0, 1],
    "max_redirects": [30, 0],
    "cookies": [{}, {"a": "b"}, RequestsCookieJar],
}
changes = st.one_of(
    step("put", "headers", _names, _plain_values),
    step("put", "headers", _names, _values),
    step("put", "cookies", "a", "b"),
    step("drop", "headers", _names),
    step("clear", "cookies"),
    step("clear", "headers"),
    *(step("set", name, st.sampled_from(values)) for name, values in _mappings.items()),
)


def change(session, kind, name, *arguments):
    if kind == "set":
        value = arguments[0]
        value = value() if isinstance(value, type) else copy.deepcopy(value)
        setattr(session, name, value)
        return
    there = getattr(session, name)
    if there is None:
        return
    if kind == "put":
        there[arguments[0]] = arguments[1]
    elif kind == "drop":
        there.pop(arguments[0], None)
    else:
        there.clear()


@MANY
@given(st.lists(st.one_of(changes, plain_calls(), plain_calls(), calls()), max_size=8))
def test_what_changes_in_a_session_is_in_its_next_request(steps):
    stock, quick = make_sessions()
    for each in steps:
        if isinstance(each, dict):
            the_same(each, stock, quick)
        else:
            change(stock, *each)
            change(quick, *each)


@EASY
@given(
    st.lists(
        st.one_of(
            step("put", "headers", _names, st.sampled_from(["v", "w", None])),
            step("drop", "headers", _names),
            *(
                step("set", name, st.sampled_from(values))
                for name, values in {
                    "stream": [True, False, None],
                    "verify": [True, False, "/session.pem", None],
                    "cert": [None, "/cert.pem"],
                    "trust_env": [True, False],
                    "proxies": [{}, None],
                    "params": [{}, None],
                }.items()
            ),
        )
    ),
    plain_calls(),
)
def test_settings_of_a_session_do_not_take_it_off_the_fast_path(steps, call):
    stock, quick = make_sessions()
    the_same(call, stock, quick)
    for each in steps:
        change(stock, *each)
        change(quick, *each)
    the_same(call, stock, quick)
    assert quick.quick == 2
