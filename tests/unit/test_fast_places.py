"""Which pool a request goes to: the one that stock code would choose, without asking it each time."""

from contextlib import closing

import pytest
import requests
import urllib3

from ahoyhoy import Host, Instance
from ahoyhoy.http import KeepAliveAdapter
from ahoyhoy.http.fast import places
from ahoyhoy.http.fast.places import place_of
from ahoyhoy.http.fitted import Fit, Names, fitted


@pytest.fixture
def adapter():
    with closing(KeepAliveAdapter()) as adapter:
        yield adapter


def found(adapter, url="http://a/b", verify=True):
    request = requests.Request("GET", url).prepare()
    return place_of(adapter, request, url[: url.find("/", 8)], verify)


FITS = {
    "none": Fit(),
    "an address": Fit(Instance(Host("10.0.0.1", 8080))),
    "a name": Fit(Instance(Host("10.0.0.1", 443), authority="users.internal")),
    "names": Fit(Instance(Host("::1", 8080)), names=Names("a", "b", "https", "/api")),
}


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("url", ["http://a/", "http://A:8080/x", "https://a/", "http://[::1]:80/"])
@pytest.mark.parametrize("verify", [True, False, "/", "/a/file"])
def test_the_pool_is_the_one_that_stock_code_chooses(adapter, fit, url, verify):
    view = fitted(adapter, FITS[fit])
    for _ in range(2):
        place = found(view, url, verify)
        request = requests.Request("GET", url).prepare()
        stock = view.get_connection_with_tls_context(request, verify, {})
        assert adapter.poolmanager.pools.get(place.key) is stock
        assert place.is_tls == (stock.scheme == "https")
        assert place.path == FITS[fit].known_names.path


def test_asking_makes_no_pool(adapter):
    assert found(adapter) is not None
    assert len(adapter.poolmanager.pools) == 0


def test_the_key_is_made_once(adapter, monkeypatch):
    place = found(adapter)
    monkeypatch.setattr(places, "_found", None)
    assert found(adapter, "http://a/c?d=e") is place


def test_others_settings_are_another_place(adapter):
    place = found(adapter)
    adapter.poolmanager.connection_pool_kw["maxsize"] = 5
    assert found(adapter) != place


def test_pools_in_a_way_of_ones_own_are_left_to_stock_code(adapter):
    adapter.poolmanager.key_fn_by_scheme["http"] = lambda _: "key"
    assert found(adapter) is None
    adapter.poolmanager = type("Own", (urllib3.PoolManager,), {})()
    assert found(adapter) is None


@pytest.mark.parametrize(
    "url", ["http:///b", "http://a?b=/c", "http://a#/b", "http://b@a/", "http://a\\/"]
)
def test_a_url_whose_server_is_not_plain_is_left_to_stock_code(adapter, url):
    request = requests.Request("GET", "http://a/").prepare()
    request.url = url
    assert place_of(adapter, request, url[: url.find("/", 8)], True) is None


def test_places_do_not_add_up(adapter):
    for number in range(3000):
        found(adapter, f"http://h{number}/")
    assert len(adapter.poolmanager._ahoyhoy_places.known) <= 1024
