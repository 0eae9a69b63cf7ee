"""Against real servers, a quick session ends where a stock one does: answers, cookies, redirects."""

import gzip
import http.cookiejar
from contextlib import closing

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from requests.adapters import HTTPAdapter

from ahoyhoy.http import KeepAliveAdapter
from issues.raw_server import CLOSE, RESET, RawServer, answer
from properties.sessions_seen import (
    Quick,
    calm,
    seen_of_error,
    seen_of_jar,
    seen_of_request,
)

PACKED = gzip.compress(b"content")
ANSWERS = {
    "/ok": answer(),
    "/empty": answer(204, body=b""),
    "/unchanged": answer(304, body=b""),
    "/wrong": answer(404),
    "/broken": answer(503),
    "/gzip": answer(200, "Content-Encoding: gzip", body=PACKED),
    "/no-gzip": answer(200, "Content-Encoding: gzip", body=b"content"),
    "/text": answer(200, "Content-Type: text/plain; charset=utf-8", body="é".encode()),
    "/cookie": answer(200, "Set-Cookie: a=1; Path=/"),
    "/cookies": answer(200, "set-cookie: b=2; HttpOnly", "Set-Cookie: c=3; Path=/cookie"),
    "/old-cookie": answer(200, 'Set-Cookie2: d="4"; Version="1"'),
    "/no-cookie": answer(200, "X-Set-Cookie: x=1", "Xet-Cookie: y=1"),
    "/gone": answer(200, "Set-Cookie: a=1; Path=/; Max-Age=0"),
    "/secure": answer(200, "Set-Cookie: s=1; Secure"),
    "/elsewhere": answer(200, "Set-Cookie: e=1; Domain=example.com"),
    **{
        f"/{n}": answer(n, "Location: /ok", "Set-Cookie: r=1; Path=/")
        for n in (301, 302, 303, 307, 308)
    },
    "/300": answer(300, "Location: /ok"),
    "/nowhere": answer(302),
    "/loop": answer(302, "Location: /loop"),
    "/twice": answer(302, "Location: /301"),
    "/fragment": answer(302, "Location: ok#there"),
    "/bytes": answer(302, "Location: /é"),
    "/odd": answer(302, "Location: /a b%zz"),
    "/bad": answer(302, "Location: http://[::1/"),
    "/scheme": answer(302, "Location: ftp://h/"),
    "/relative": answer(302, "Location: //{netloc}/ok"),
    "/away": answer(302, "Location: http://localhost:{port}/ok"),
    "/closed": CLOSE,
    "/reset": RESET,
    "/cut": b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\nok",
    "/cut-loop": b"HTTP/1.1 302 Found\r\nLocation: /ok\r\nContent-Length: 9\r\nConnection: close\r\n\r\nok",
}


@pytest.fixture(scope="module", autouse=True)
def calm_environment(tmp_path_factory):
    with calm(tmp_path_factory.mktemp("home")):
        yield


@pytest.fixture(scope="module")
def server():
    def say(request):
        said = ANSWERS.get(request.path, ANSWERS["/ok"])
        if not said:
            return said
        if request.method == "HEAD":
            said = said[: said.index(b"\r\n\r\n") + 4]
        port = str(server.host.port).encode()
        return said.replace(b"{netloc}", b"127.0.0.1:" + port).replace(b"{port}", port)

    server = RawServer(say)
    with closing(server):
        yield server


def opened(kind, adapter):
    session = kind()
    for scheme in ("http://", "https://"):
        session.mount(scheme, adapter())
    return session


def seen(session, server, method, path, options):
    """What came of a call: on the wire, in the answer, in the session."""
    server.requests.clear()
    try:
        response = session.request(method, server.url + path, timeout=30, **options)
        result = {
            **seen_of_response(response),
            "history": [seen_of_response(each) for each in response.history],
        }
        response.close()
    except Exception as error:
        result = {**seen_of_error(error), "response": seen_of_failed(error)}
        del result["context"]  # a quick transport has another one
    return {
        "wire": [request._replace(peer=None) for request in server.requests],
        "result": result,
        "cookies": seen_of_cookies(session.cookies),
    }


def seen_of_failed(error):
    response = getattr(error, "response", None)
    return None if response is None else seen_of_response(response)


def seen_of_cookies(jar):
    return {**seen_of_jar(jar), "cookies": sorted(map(repr, jar))}


def seen_of_response(response):
    before = (response._content, response._content_consumed)
    try:
        content = response.content
    except Exception as error:
        content = seen_of_error(error)
    return {
        "kind": (type(response), sorted(vars(response))),
        "status": (response.status_code, response.reason, response.url, response.encoding),
        "headers": list(response.headers._store.items()),
        "before": before,
        "content": content,
        "cookies": seen_of_cookies(response.cookies),
        "request": seen_of_request(response.request),
        "next": response.next and seen_of_request(response.next),
        # Each has one, and what is in it too: all of that would be too much to see.
        "urls": [each.url for each in response.history],
        "elapsed": (type(response.elapsed), response.elapsed.total_seconds() > 0),
    }


ADAPTERS = (HTTPAdapter, KeepAliveAdapter)
METHODS = st.sampled_from(["GET", "POST", "HEAD", "PUT", "DELETE"])
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "allow_redirects": st.booleans(),
        "stream": st.booleans(),
        "params": st.just({"a": "b c"}),
        "headers": st.sampled_from(
            [{"X": "y"}, {"Authorization": "Basic eDp5"}, {"Cookie": "z=1"}]
        ),
        "data": st.sampled_from([b"bytes", {"a": "b"}]),
        "json": st.just({"a": 1}),
        "auth": st.just(("u", "p")),
        "cookies": st.just({"k": "v"}),
    },
)
CALLS = st.lists(
    st.tuples(METHODS, st.sampled_from(sorted(ANSWERS)), OPTIONS), min_size=1, max_size=6
)


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(CALLS)
def test_a_series_of_calls_ends_in_the_same_way(server, calls):
    for adapter in ADAPTERS:
        with opened(requests.Session, adapter) as stock, opened(Quick, adapter) as quick:
            expected = [seen(stock, server, *call) for call in calls]
            assert [seen(quick, server, *call) for call in calls] == expected


@pytest.mark.parametrize("adapter", ADAPTERS)
@pytest.mark.parametrize("allow_redirects", [True, False])
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
@pytest.mark.parametrize("path", sorted(ANSWERS))
def test_each_answer_ends_in_the_same_way(server, adapter, path, method, allow_redirects):
    call = (method, path, {"allow_redirects": allow_redirects})
    with opened(requests.Session, adapter) as stock, opened(Quick, adapter) as session:
        for _ in range(2):  # the second on a connection that was used before
            expected = seen(stock, server, *call)
            assert seen(session, server, *call) == expected
        assert session.quick >= 1
        assert session.quick == 2 or len(session.cookies)


def test_a_cookie_takes_requests_to_the_stock_way_and_back(server):
    with opened(Quick, KeepAliveAdapter) as session:
        for path, quick in [("/ok", 1), ("/cookie", 2), ("/ok", 2), ("/gone", 2)]:
            session.get(server.url + path)
            assert session.quick == quick
        assert server.requests[-1].headers["cookie"] == "a=1"
        session.cookies.clear()
        session.get(server.url + "/ok")
        assert session.quick == 3


def test_a_jar_of_another_kind_has_the_cookies_of_the_answer(server):
    class Jar(requests.cookies.RequestsCookieJar):
        pass

    with opened(Quick, KeepAliveAdapter) as session:
        session.cookies = Jar()
        session.get(server.url + "/cookie")
        assert isinstance(session.cookies, http.cookiejar.CookieJar)
        assert session.cookies["a"] == "1"
        assert session.quick == 0


def test_a_policy_of_the_users_own_decides_about_cookies(server):
    class Refusing(http.cookiejar.DefaultCookiePolicy):
        def set_ok(self, cookie, request):
            return False

    with opened(Quick, KeepAliveAdapter) as session:
        session.cookies.set_policy(Refusing())
        for _ in range(3):
            session.get(server.url + "/cookie")
        assert not session.cookies
        assert session.quick == 3


def test_cookies_of_the_old_kind_are_kept_by_who_wants_them(server):
    policy = http.cookiejar.DefaultCookiePolicy
    with opened(requests.Session, HTTPAdapter) as stock, opened(Quick, HTTPAdapter) as quick:
        for session in (stock, quick):
            session.cookies.set_policy(policy(rfc2965=True, strict_rfc2965_unverifiable=False))
            session.get(server.url + "/old-cookie")
            assert session.cookies["d"] == "4"
        assert quick.quick == 1
