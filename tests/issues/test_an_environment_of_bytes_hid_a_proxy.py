"""`os.environb` keeps the very names it is given: put back after a new proxy, they hid it."""

import os

import pytest
import requests.utils

from ahoyhoy.http.fast.environment import Environment

URL = "http://users.internal:8080/1"
PROXY = {b"http_proxy": b"http://p:1"}


@pytest.fixture(autouse=True)
def nothing_said(monkeypatch):
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    before = dict(os.environb)
    yield
    os.environb.clear()
    os.environb.update(before)


def put_back():
    before = dict(os.environb)
    os.environb.clear()
    os.environb.update({**PROXY, **before})


def put_before_the_last():
    last, value = list(os.environb.items())[-1]
    del os.environb[last]
    os.environb.update({**PROXY, last: value})


@pytest.mark.parametrize("change", [put_back, put_before_the_last])
def test_a_proxy_is_seen_that_came_before_names_that_were_there(change):
    environ = Environment()
    assert environ.proxies_for(URL) == {}
    change()
    assert environ.proxies_for(URL) == requests.utils.get_environ_proxies(URL, no_proxy=None)
    assert environ.proxies_for(URL) == {"http": "http://p:1"}
