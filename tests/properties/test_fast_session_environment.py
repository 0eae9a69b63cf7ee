"""Whatever changes in the environment between two calls, a quick session does what a stock one does."""

import collections
import contextlib
import os
import tempfile
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from properties.session_calls import any_of
from properties.sessions_seen import calm, make_sessions, outcome

NAMES = any_of(
    ["http_proxy", "HTTP_PROXY", "Http_Proxy", "HTTPS_PROXY", "https_proxy", "all_proxy"],
    ["no_proxy", "NO_PROXY", "No_Proxy", "users_proxy", "http://users_proxy", "_proxy", "x_Proxy"],
    ["REQUEST_METHOD", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "A", "_", "Z", "proxy", "X_PROXY_"],
)
VALUES = any_of(
    ["", "*", "http://p:1", "http://u:p@p:1", "users", ".internal, 10.0.0.0/8", "127.0.0.1:80"],
    ["users:8080", "127.0.0.0/8,h", "/bundle.pem", "é\udc80"],
)
URLS = any_of(
    ["http://users/1", "https://users/1", "http://users:8080/1", "http://a.internal/"],
    ["http://10.1.2.3/", "http://127.0.0.1:80/", "http://[::1]/", "http://h/é", "http://u@h/"],
)
FILES = st.sampled_from(["a/.netrc", "a/_netrc", "b/.netrc"])
EASY = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
NETRC = "machine users login l password p\n"


@pytest.fixture(scope="module", autouse=True)
def calm_environment(tmp_path_factory):
    with calm(tmp_path_factory.mktemp("home")):
        yield


@contextlib.contextmanager
def homes():
    with tempfile.TemporaryDirectory() as folder, mock.patch.dict(os.environ):
        for name in ("a", "b"):
            Path(folder, name).mkdir()
        os.environ["HOME"] = str(Path(folder, "a"))
        yield Path(folder)


def set_to(_folder, name, value):
    os.environ[name] = value


def delete(_folder, name):
    os.environ.pop(name, None)


def move(_folder, name):
    """Gone and back: the same names in another order."""
    if name in os.environ:
        os.environ[name] = os.environ.pop(name)


def rebuild(_folder):
    everything = dict(os.environ)
    os.environ.clear()
    os.environ.update(everything)


def live_in(folder, name):
    os.environ["HOME"] = name and f"{folder}/{name}"


def write(folder, name):
    (folder / name).write_text(NETRC)


def unlink(folder, name):
    (folder / name).unlink(missing_ok=True)


def name_netrc(folder, name):
    os.environ["NETRC"] = str(folder / name)


def step(function, *arguments):
    return st.tuples(st.just(function), *arguments)


CALLS = step("call", URLS, st.sampled_from([None, None, True, False, "/own"]))
STEPS = st.one_of(
    step(set_to, NAMES, VALUES),
    step(set_to, NAMES, VALUES),
    step(delete, NAMES),
    step(move, NAMES),
    step(rebuild),
    step(live_in, st.sampled_from(["a", "b", "a/", ""])),
    step(write, FILES),
    step(unlink, FILES),
    step(name_netrc, st.sampled_from(["a/.netrc", "elsewhere"])),
    step("trust", st.booleans()),
    CALLS,
    CALLS,
)


@settings(EASY, max_examples=500)
@given(st.lists(STEPS, max_size=25), CALLS)
def test_a_request_and_its_settings_are_what_the_environment_says_now(steps, last):
    stock, quick = make_sessions()
    with homes() as folder:
        for kind, *arguments in [*steps, last]:
            if kind == "call":
                call = {"method": "GET", "url": arguments[0], "verify": arguments[1]}
                assert outcome(quick, call) == outcome(stock, call)
            elif kind == "trust":
                stock.trust_env = quick.trust_env = arguments[0]
            else:
                kind(folder, *arguments)


@EASY
@given(st.lists(st.one_of(step(set_to, NAMES, VALUES), step(delete, NAMES), step(rebuild))))
def test_variables_do_not_take_a_request_off_the_fast_path(steps):
    stock, quick = make_sessions()
    with homes() as folder:
        for kind, *arguments in steps:
            kind(folder, *arguments)
        call = {"method": "GET", "url": "http://users/1"}
        assert outcome(quick, call) == outcome(stock, call)
    assert quick.quick == 1


@pytest.mark.parametrize("place", ["a/.netrc", "a/_netrc", "elsewhere"])
def test_a_netrc_file_is_found_as_soon_as_it_is_there(place):
    stock, quick = make_sessions()
    call = {"method": "GET", "url": "http://users/1"}
    with homes() as folder:
        assert outcome(quick, call) == outcome(stock, call)
        (folder / place).write_text(NETRC)
        if place == "elsewhere":
            os.environ["NETRC"] = str(folder / place)
        seen = outcome(quick, call)
        assert seen == outcome(stock, call)
        assert "authorization" in str(seen)
        assert quick.quick == 1
        (folder / place).unlink()
        os.environ.pop("NETRC", None)
        assert outcome(quick, call) == outcome(stock, call)
        assert quick.quick == 2


def test_a_session_that_does_not_trust_the_environment_does_not_look_at_it():
    stock, quick = make_sessions()
    stock.trust_env = quick.trust_env = False
    call = {"method": "GET", "url": "http://users/1"}
    with homes() as folder:
        (folder / "a/.netrc").write_text(NETRC)
        set_to(folder, "http_proxy", "http://p:1")
        set_to(folder, "REQUESTS_CA_BUNDLE", "/bundle.pem")
        assert outcome(quick, call) == outcome(stock, call)
    assert quick.quick == 1


@pytest.mark.parametrize("stand_in", [dict, collections.UserDict, collections.ChainMap])
def test_an_environment_that_somebody_put_there_goes_the_stock_way(stand_in):
    stock, quick = make_sessions()
    call = {"method": "GET", "url": "http://users/1"}
    with homes(), mock.patch.object(os, "environ", stand_in(os.environ)):
        os.environ["http_proxy"] = "http://p:1"
        seen = outcome(quick, call)
        assert seen == outcome(stock, call)
        assert "http://p:1" in str(seen)
        assert quick.quick == 0
