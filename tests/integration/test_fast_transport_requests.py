"""The requests that the fast way sends, and those that it leaves to the stock way: the same bytes."""

import io

import pytest
from urllib3.util import SKIP_HEADER

from integration.wire_rig import OK, script_server, the_same

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
BODIES = [None, b"", b"body", "text", "t\xe4xt", b"x" * 100_000]


@pytest.fixture(scope="module")
def server():
    with script_server() as server:
        yield server


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("body", BODIES, ids=lambda body: repr(body)[:10])
def test_methods_and_bodies_are_the_same(server, method, body):
    answer = OK[:-2] if method == "HEAD" else OK
    fast = the_same(server, [answer], method=method, data=body)
    assert [len(requests) for requests in fast["wire"]] == [2]


HEADERS = [
    {},
    {"Accept-Encoding": "gzip"},
    {"accept-encoding": ""},
    {"Host": "users.internal"},
    {"HOST": ""},
    {"X": "\xe4\xf6\xfc \xa0"},
    {"X": "  a\t", "y": ""},
    {"X": "\x00\x0b\x7f\x85"},
    {"Cookie": "a=b; c=d", "Authorization": "Basic YTpi"},
    {"Content-Length": "0"},
    {"Connection": "close"},
    {f"X-{n}": str(n) for n in range(200)},
]


@pytest.mark.parametrize("headers", HEADERS, ids=lambda headers: repr(headers)[:30])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_headers_are_the_same(server, method, headers):
    the_same(server, method=method, change=lambda request: request.headers.update(headers))


PATHS = [
    "",
    "/",
    "?a",
    "/a/b.c-d_e~f",
    "/a;b=c,d",
    "/%C3%A4?x=%20",
    "/?",
    "/a?b=c&d=e",
    "/a?b?c/d:@",
]


@pytest.mark.parametrize("path", PATHS)
def test_paths_are_the_same(server, path):
    the_same(server, path=path)


def with_headers(**headers):
    return {"change": lambda request: request.headers.update(headers)}


def without(name):
    return {"change": lambda request: request.headers.pop(name)}


def at(path):
    def change(request):
        request.url = request.url.rstrip("/") + path

    return {"change": change}


ODD = {
    "no agent": without("User-Agent"),
    "an agent left out": with_headers(**{"User-Agent": SKIP_HEADER}),
    "an iterator": {"method": "POST", "data": lambda: iter([b"a", b"b"])},
    "a file": {"method": "POST", "data": lambda: io.BytesIO(b"content")},
    "bytes that may change": {"method": "POST", "data": lambda: bytearray(b"content")},
    "text that is none": {
        "method": "POST",
        "change": lambda request: setattr(request, "body", "\ud800"),
    },
    "a length that nobody says": {"method": "POST", "data": b"x", **without("Content-Length")},
    "no length, no body": {"method": "POST", **without("Content-Length")},
    "chunks that are not there": with_headers(**{"Transfer-Encoding": "chunked"}),
    "another method": {"method": "PURGE"},
    "a method that urllib3 knows": {"method": "TRACE"},
    "a method that is none": {"change": lambda request: setattr(request, "method", "GE T")},
    "a header left out": with_headers(**{"Accept-Encoding": SKIP_HEADER}),
    "a header that cannot be": with_headers(X=SKIP_HEADER),
    "a header of bytes": with_headers(X=b"bytes"),
    "a header of a number": with_headers(X=5),
    "a header of None": with_headers(X=None),
    "a header in another script": with_headers(X="\u20ac"),
    "a name in another script": with_headers(ä="x"),
    "a name with a space": with_headers(**{"X Y": "x"}),
    "a name with a colon": with_headers(**{"X: Y": "x"}),
    "no name": with_headers(**{"": "x"}),
    "a header of two": with_headers(X="a\r\nY: b"),
    "a folded header": with_headers(X="a\r\n b"),
    "a line feed": with_headers(X="a\nY: b"),
    "a carriage return": with_headers(X="a\rb"),
    "two slashes": at("//a//b"),
    "a fragment": at("/a#b"),
    "a letter that is escaped": at("/\xe4?\u20ac"),
    "a space": at("/a b"),
    "small letters in what is escaped": at("/%c3%a4"),
    "what looks escaped": at("/50%"),
    "brackets": at("/a?b[]=c|d"),
    "dots": at("/a/../b"),
    "a line feed in the path": at("/a\r\nX: y"),
    "no path but a query": at("?a=b"),
}
#: What is as odd, but goes the fast way all the same.
AS_USUAL = {"dots"}


@pytest.mark.parametrize("what", ODD)
def test_what_is_odd_is_the_same_and_left_to_the_stock_way(server, what):
    the_same(server, took=int(what in AS_USUAL), **ODD[what])
