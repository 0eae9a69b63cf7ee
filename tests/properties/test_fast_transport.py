"""What is sent and read fast is what the stock way makes of the same, whatever that is."""

import http.client
import io

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ahoyhoy.http.fast.answers import Answer
from integration.wire_rig import CLOSE, PAUSE, script_server, the_same

_NAMES = st.sampled_from([
    "Content-Length", "CONTENT-LENGTH", "Content-Type", "content-type", "Transfer-Encoding",
    "Connection", "Keep-Alive", "Proxy-Connection", "Set-Cookie", "ETag", "X-A", "x-a",
])  # fmt: skip
_VALUES = st.sampled_from([
    "0", "2", "-1", "two", "2, 2", "+2", "1_0", "", "chunked", "Chunked", "gzip, chunked",
    "close", "keep-alive", "timeout=5", "text/plain", "multipart/mixed; boundary=x",
    "message/rfc822", "a=b; Path=/", "  spaces\t", "\xe4\xf6", "\x85", "a:b",
])  # fmt: skip
_ODD = st.text(st.characters(max_codepoint=255), max_size=8)
_LINES = st.one_of(
    st.builds("{}: {}".format, _NAMES, _VALUES),
    st.builds(
        "{}{}{}".format,
        _NAMES | _ODD,
        st.sampled_from([":", ": ", ":\t ", " :", ""]),
        _VALUES | _ODD,
    ),
    st.sampled_from([" folded", "\tfolded", "no colon", ": no name", "From me", ""]),
)
_FIRST = st.one_of(
    st.just("HTTP/1.1 200 OK"),
    st.builds(
        "{}{}{}{}{}".format,
        st.sampled_from(
            ["HTTP/1.1", "HTTP/1.0", "HTTP/1.2", "HTTP/0.9", "HTTP/2", "http/1.1", "ICY", ""]
        ),
        st.sampled_from([" ", "  ", "\t", ""]),
        st.sampled_from(
            [
                "200",
                "204",
                "304",
                "404",
                "100",
                "103",
                "999",
                "1000",
                "099",
                "+20",
                "2 0",
                "\xb2\xb2\xb2",
            ]
        ),
        st.sampled_from([" ", "  ", ""]),
        st.sampled_from(["OK", "Not  Found ", "", "Gr\xfc\xdfe", "\xa0", "\x1c"]) | _ODD,
    ),
    _ODD,
)
_ENDS = st.sampled_from(["\r\n"] * 9 + ["\n", "\r", ""])
_HEADS = st.builds(
    lambda first, lines, end, body: f"{first}{''.join(map(''.join, lines))}{end}{body}".encode(
        "latin-1"
    ),
    st.builds("{}{}".format, _FIRST, _ENDS),
    st.lists(st.tuples(_LINES, _ENDS), max_size=8)
    | st.lists(st.just(("X: y", "\r\n")), min_size=97, max_size=101),
    _ENDS,
    st.sampled_from(["", "ok", "5\r\nabcde\r\n0\r\n\r\n"]),
)


class Source(io.RawIOBase):
    """Gives its bytes in pieces of at most so many."""

    def __init__(self, data, size):
        self._rest = io.BytesIO(data)
        self._size = size

    def readable(self):
        return True

    def readinto(self, buffer):
        piece = self._rest.read(min(len(buffer), self._size))
        buffer[: len(piece)] = piece
        return len(piece)

    def makefile(self, _mode):
        return io.BufferedReader(self)


def read(kind, data, method, size):
    """All that can be seen of an answer of this class."""
    answer = kind(Source(data, size), method=method)
    seen = {}
    try:
        answer.begin()
        seen["rest"] = answer.fp.read()
        seen["message"] = {
            name: repr(value).split(" at 0x")[0] for name, value in vars(answer.msg).items()
        }
        seen["items"] = answer.msg.items()
        seen["is one"] = answer.headers is answer.msg
    except Exception as error:
        seen["error"] = (type(error), str(error))
    names = vars(answer).keys() - {"fp", "headers", "msg", "fields", "arrived"}
    seen["state"] = {name: getattr(answer, name) for name in names}
    seen["open"] = answer.fp is not None
    answer.close()
    return seen, getattr(answer, "fields", None)


@settings(max_examples=1000, deadline=None)
@given(_HEADS, st.sampled_from(["GET", "HEAD"]), st.sampled_from([1, 40, 8192]))
@example(b"HTTP/1.1 200 OK\r\n\r\n", "GET", 8192)
@example(b"HTTP/1.1 200 OK\r\nX: a\r\r\n\r\n", "GET", 8192)
@example(b"HTTP/1.1 200 OK\r\nX: a\n\r\n\r\n", "GET", 8192)
@example(b"HTTP/1.1 200 OK\r\nX:\x0b a\r\n\r\n", "GET", 8192)
def test_any_head_is_read_as_http_client_reads_it(data, method, size):
    stock, _ = read(http.client.HTTPResponse, data, method, size)
    fast, _ = read(Answer, data, method, size)
    assert fast == stock


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(_NAMES, st.sampled_from(["0", "x", "a b", "", "\xe4"])), max_size=20))
def test_a_plain_head_is_read_fast(items):
    lines = "".join(f"{name}: {value}\r\n" for name, value in items)
    data = f"HTTP/1.1 200 OK\r\n{lines}\r\nbody".encode("latin-1")
    fast, fields = read(Answer, data, "GET", 8192)
    assert fields is not None
    assert fast["items"] == items
    assert {name: values for name, (_, *values) in fields.items()} == {
        name.lower(): [v for n, v in items if n.lower() == name.lower()] for name, _ in items
    }


@pytest.fixture(scope="module")
def server():
    with script_server() as server:
        yield server


_TOKENS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=6)
_TEXTS = st.text(st.characters(max_codepoint=255), max_size=6)
_PATHS = st.text(st.sampled_from("/ab?&=%2fF#[]|~+:@;., \xe4"), max_size=12).map("/".__add__)
_FRAMED = st.tuples(
    st.lists(st.tuples(_NAMES, _VALUES), max_size=4), st.binary(max_size=20), st.booleans()
)


def changed(path, headers, body):
    def change(request):
        request.url += path
        request.headers.update(headers)
        if body is not None:
            request.body = body

    return change


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["GET", "POST", "HEAD", "DELETE", "PURGE", "get"]),
    _PATHS,
    st.dictionaries(_TOKENS, _TEXTS, max_size=4),
    st.none() | st.binary(max_size=9) | _TEXTS,
    _FRAMED,
)
def test_any_exchange_is_the_same(server, method, path, headers, body, framed):
    fields, content, is_late = framed
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields)
    head = f"HTTP/1.1 200 OK\r\n{lines}Content-Length: {len(content)}\r\n\r\n".encode("latin-1")
    script = [head, PAUSE, content, CLOSE] if is_late else [head + content, CLOSE]
    data = None if body is None else b"x" * len(body if isinstance(body, bytes) else body.encode())
    change = changed(path, headers, body)
    the_same(server, script, took=None, method=method, data=data, path="", change=change)
