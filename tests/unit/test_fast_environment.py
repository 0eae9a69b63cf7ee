"""What the environment says: asked as seldom as possible, and never a moment too late."""

import os
import threading
from unittest import mock

import pytest
import requests.utils

from ahoyhoy.http.fast import environment
from ahoyhoy.http.fast.environment import Environment

URL = "http://users.internal:8080/1"


@pytest.fixture(autouse=True)
def nothing_said(monkeypatch, tmp_path):
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name in ("NETRC", "REQUEST_METHOD"):
            monkeypatch.delenv(name)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def asked(monkeypatch):
    """How often requests was asked for the proxies, or to bypass them."""
    asked = []
    for name in ("getproxies", "should_bypass_proxies"):
        monkeypatch.setattr(requests.utils, name, counted(getattr(requests.utils, name), asked))
    return asked


def counted(function, asked):
    def count(*args, **kwargs):
        asked.append(function.__name__)
        return function(*args, **kwargs)

    return count


def test_requests_is_asked_once_however_many_variables_there_are(asked, monkeypatch):
    for n in range(2000):
        monkeypatch.setenv(f"VARIABLE_{n}", "x")
    environ = Environment()
    assert [environ.proxies_for(URL) for _ in range(100)] == [{}] * 100
    assert len(asked) == 1


def test_requests_is_asked_once_for_each_origin_where_there_are_proxies(asked, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://p:1")
    monkeypatch.setenv("NO_PROXY", ".internal")
    environ = Environment()
    for path in ("", "1", "2?q"):
        assert environ.proxies_for(f"http://users.internal:8080/{path}") == {}
        assert environ.proxies_for(f"http://elsewhere/{path}") == {
            "http": "http://p:1",
            "no": ".internal",
        }
    assert asked.count("should_bypass_proxies") == 2


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "Http_Proxy", "users_proxy"])
def test_a_variable_is_seen_when_it_comes_changes_and_goes(name):
    environ = Environment()
    key = name[:-6].lower()
    assert environ.proxies_for(URL) == {}
    os.environ[name] = "http://p:1"
    assert environ.proxies_for(URL) == {key: "http://p:1"}
    os.environ[name] = "http://q:1"
    assert environ.proxies_for(URL) == {key: "http://q:1"}
    os.environ[name] = ""
    assert environ.proxies_for(URL) == {}
    del os.environ[name]
    assert environ.proxies_for(URL) == {}


@pytest.mark.parametrize("last", ["LAST", "_"])
def test_a_variable_that_takes_the_place_of_another_is_seen(last, monkeypatch):
    """As many names as before, and the newest has the same name as before."""
    monkeypatch.setenv("OTHER", "x")
    os.environ.pop(last, None)
    monkeypatch.setenv(last, "x")
    environ = Environment()
    assert environ.proxies_for(URL) == {}
    monkeypatch.delenv("OTHER")
    monkeypatch.setenv("Http_Proxy", "http://p:1")
    del os.environ[last]
    os.environ[last] = "x"
    assert environ.proxies_for(URL) == {"http": "http://p:1"}


def test_in_a_cgi_script_a_header_of_the_request_is_no_proxy(monkeypatch):
    environ = Environment()
    monkeypatch.setenv("HTTP_PROXY", "http://p:1")
    assert environ.proxies_for(URL) == {"http": "http://p:1"}
    monkeypatch.setenv("REQUEST_METHOD", "GET")
    monkeypatch.setenv("LATER", "x")
    assert environ.proxies_for(URL) == {}
    monkeypatch.delenv("REQUEST_METHOD")
    assert environ.proxies_for(URL) == {"http": "http://p:1"}


def test_what_changes_while_it_is_read_is_not_remembered(monkeypatch):
    """Another thread sets the variable after its value was read, and sets it back."""
    environ = Environment()
    monkeypatch.setenv("http_proxy", "http://p:1")
    stock = requests.utils.getproxies

    def too_late():
        monkeypatch.setenv("http_proxy", "http://q:1")
        return stock()

    with mock.patch.object(requests.utils, "getproxies", too_late):
        assert environ.proxies_for(URL) == {"http": "http://q:1"}
    monkeypatch.setenv("http_proxy", "http://p:1")
    assert environ.proxies_for(URL) == {"http": "http://p:1"}


def test_what_is_bypassed_while_that_changes_is_not_remembered(monkeypatch):
    environ = Environment()
    monkeypatch.setenv("http_proxy", "http://p:1")
    stock = requests.utils.should_bypass_proxies

    def too_late(*args, **kwargs):
        monkeypatch.setenv("no_proxy", "*")
        return stock(*args, **kwargs)

    with mock.patch.object(requests.utils, "should_bypass_proxies", too_late):
        assert environ.proxies_for(URL) == {}
    monkeypatch.delenv("no_proxy")
    assert environ.proxies_for(URL) == {"http": "http://p:1"}


def test_threads_may_ask_while_others_set_variables():
    environ = Environment()
    done = threading.Event()
    proxy = "users_proxy"

    def change():
        while not done.is_set():
            os.environ[proxy] = "http://p:1"
            os.environ["A"] = "x"
            del os.environ[proxy], os.environ["A"]

    def ask():
        try:
            return environ.proxies_for(URL)
        except KeyError:  # out of urllib, which looks for a name that was there just now
            return {}

    thread = threading.Thread(target=change)
    thread.start()
    try:
        said = [ask() for _ in range(2000)]
    finally:
        done.set()
        thread.join()
    assert all(each in ({}, {"users": "http://p:1"}) for each in said)
    assert environ.proxies_for(URL) == {}


def test_any_number_of_origins_may_be_asked_for(monkeypatch):
    monkeypatch.setattr(environment, "_MAX_ORIGINS", 3)
    monkeypatch.setenv("http_proxy", "http://p:1")
    environ = Environment()
    for n in range(10):
        assert environ.proxies_for(f"http://h{n}/") == {"http": "http://p:1"}
    assert len(environ._proxies.bypassed) <= 3


@pytest.mark.parametrize("file", [".netrc", "_netrc"])
def test_a_netrc_file_may_have_auth_as_soon_as_it_is_there(file, tmp_path):
    environ = Environment()
    assert not environ.may_have_auth()
    (tmp_path / file).touch()
    assert environ.may_have_auth()
    (tmp_path / file).unlink()
    assert not environ.may_have_auth()


@pytest.mark.parametrize("change", [{"NETRC": "/nowhere"}, {"HOME": None}])
def test_there_may_be_auth_where_another_place_must_be_looked_at(change, monkeypatch):
    for name, value in change.items():
        monkeypatch.delenv(name) if value is None else monkeypatch.setenv(name, value)
    assert Environment().may_have_auth()


def test_of_two_bundles_that_of_requests_counts(monkeypatch):
    environ = Environment()
    assert not environ.ca_bundle()
    monkeypatch.setenv("CURL_CA_BUNDLE", "/curl.pem")
    assert environ.ca_bundle() == "/curl.pem"
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/requests.pem")
    assert environ.ca_bundle() == "/requests.pem"
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "")
    assert environ.ca_bundle() == "/curl.pem"


@pytest.mark.parametrize("is_all", [True, False])
def test_what_cannot_be_told_quickly_is_asked_of_requests(is_all, monkeypatch):
    """Somebody put another thing in the place of os.environ; or a system that is asked too."""
    monkeypatch.setattr(environment, "_IS_ALL", is_all)
    if is_all:
        monkeypatch.setattr(os, "environ", dict(os.environ))
    os.environ["http_proxy"] = "http://p:1"
    os.environ["CURL_CA_BUNDLE"] = "/curl.pem"
    try:
        environ = Environment()
        assert environ.may_have_auth()
        assert environ.ca_bundle() == "/curl.pem"
        assert environ.proxies_for(URL) == {"http": "http://p:1"}
    finally:
        del os.environ["http_proxy"], os.environ["CURL_CA_BUNDLE"]
