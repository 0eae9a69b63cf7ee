"""Caching sessions and adapters keep answers by the service's URL, whichever host gave them."""

import email.utils

import pytest
import requests

import ahoyhoy
from integration.libraries.service import URL, asked, in_turn, needed, refuse

cachecontrol = needed("cachecontrol")
requests_cache = needed("requests_cache")

FRESH = {"Cache-Control": "max-age=600", "Date": email.utils.formatdate(usegmt=True)}


class CachingSession(requests_cache.CacheMixin, ahoyhoy.Session):
    """As requests-cache describes it for any subclass of requests' session."""


@pytest.fixture(params=["a mixin over ours", "theirs, with our adapter"])
def caching(request, servers):
    balancer = in_turn(servers)
    if request.param == "a mixin over ours":
        session = CachingSession(target={"users": balancer}, backend="memory")
    else:
        session = requests_cache.CachedSession(backend="memory")
        session.mount("http://users/", ahoyhoy.Adapter(balancer))
    with session:
        yield session


def test_a_caching_session_asks_once(caching, servers):
    answers = [caching.get(URL) for _ in range(4)]
    assert [answer.from_cache for answer in answers] == [False, True, True, True]
    assert {answer.text for answer in answers} == {answers[0].text}
    assert {answer.url for answer in answers} == {URL}
    assert asked(servers) == ["/1"]


def test_a_caching_session_asks_again_without_its_cache(caching, servers):
    for _ in range(4):
        with caching.cache_disabled():
            caching.get(URL)
    assert [server.count for server in servers] == [2, 2]


def test_a_caching_session_gives_the_old_answer_when_no_host_can(caching, servers):
    for server in servers:
        server.set(headers={"ETag": '"1"'})
    caching.settings.stale_if_error = caching.settings.always_revalidate = True
    old = caching.get(URL).text
    refuse(*servers)
    assert caching.get(URL).text == old
    assert len(asked(servers)) == 4


@pytest.fixture
def ours(servers):
    with ahoyhoy.Session({"users": in_turn(servers)}) as session:
        yield session


def test_a_session_given_to_cachecontrol_asks_once(ours, servers):
    for server in servers:
        server.set(headers=FRESH)
    session = cachecontrol.CacheControl(ours)
    answers = [session.get(URL) for _ in range(4)]
    assert [bool(answer.from_cache) for answer in answers] == [False, True, True, True]
    assert asked(servers) == ["/1"]


def test_an_etag_is_shown_to_whichever_host_is_next(ours, servers):
    for server in servers:
        server.set(headers={"ETag": '"1"', "Cache-Control": "no-cache"})
    session = cachecontrol.CacheControl(ours)
    session.get(URL)
    session.get(URL)
    sent = [request.headers.get("if-none-match") for s in servers for request in s.requests]
    assert sorted(sent, key=str) == ['"1"', None]


def test_its_adapter_under_a_service_caches_and_the_service_still_balances(ours, servers):
    for server in servers:
        server.set(headers=FRESH)
    ours.mount("http://users/", cachecontrol.CacheControlAdapter())
    for number in (1, 2, 1, 2, 3, 4, 3, 4):
        ours.get(f"http://users/{number}")
    assert sorted(asked(servers)) == ["/1", "/2", "/3", "/4"]
    assert [server.count for server in servers] == [2, 2]


def test_our_adapter_over_theirs_retries_what_theirs_does_not_keep(ours, servers):
    refuse(servers[0])
    servers[1].set(headers=FRESH)
    ours.mount("http://", cachecontrol.CacheControlAdapter())
    answers = [ours.get(URL) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200] * 4
    assert servers[1].count == 1


def test_installed_for_every_session_a_cache_leaves_ours_as_it_is(servers, monkeypatch):
    monkeypatch.setattr(requests, "Session", requests.Session)  # put back afterwards
    monkeypatch.setattr(requests.sessions, "Session", requests.Session)
    with ahoyhoy.Session({"users": in_turn(servers)}) as session:
        requests_cache.install_cache(backend="memory")
        for _ in range(4):
            session.get(URL)
        requests_cache.uninstall_cache()
    assert len(asked(servers)) == 4
