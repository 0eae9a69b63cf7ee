"""Whatever a call is made of, a quick session gives its adapter what a stock one does."""

import copy
from collections import OrderedDict

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from requests.cookies import RequestsCookieJar
from requests.structures import CaseInsensitiveDict

from properties.session_calls import Text, calls, plain_calls, same
from properties.sessions_seen import calm, make_sessions, outcome

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
