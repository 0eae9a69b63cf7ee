"""The fast way to send and the stock way: the same bytes on the wire, the same answer, the same error."""

import gzip
import zlib
from contextlib import closing

import pytest
import requests
from urllib3.exceptions import ProtocolError

from ahoyhoy.http import KeepAliveAdapter
from integration.wire_rig import CLOSE, OK, PAUSE, RESET, SILENCE, script_server, the_same

PACKED = gzip.compress(b"content")
CHUNKS = b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"


@pytest.fixture(scope="module")
def server():
    with script_server() as server:
        yield server


def head(*lines, status="200 OK", version="1.1"):
    return "\r\n".join((f"HTTP/{version} {status}", *lines, "", "")).encode("latin-1")


def answer(*lines, body=b"ok", **line):
    return head(*lines, f"Content-Length: {len(body)}", **line) + body


EXPIRES = "Expires=Wed, 21 Oct 2099 07:28:00 GMT"  # Max-Age would be another time each time
ANSWERS = {
    "plain": [OK],
    "in two pieces": [head("Content-Length: 2"), PAUSE, b"ok"],
    "in two pieces, cut within the head": [OK[:20], PAUSE, OK[20:]],
    "byte by byte": [step for n in range(len(OK)) for step in (OK[n : n + 1], PAUSE)],
    "no body": [head("Content-Length: 0")],
    "204": [head(status="204 No Content")],
    "304 with a length": [head("Content-Length: 5", "ETag: x", status="304 Not Modified")],
    "a redirect": [answer("Location: /there", status="302 Found")],
    "an error": [answer(status="503 Service Unavailable")],
    "a status nobody knows": [answer(status="799 ?")],
    "1000 bytes": [answer(body=b"x" * 1000)],
    "a body longer than a piece": [answer(body=b"x" * 50_000)],
    "a body as long as a piece": [answer(body=b"x" * 10_240)],
    "a body longer than the buffer": [answer(body=bytes(range(256)) * 33)],
    "no headers at all": [head(), b"all", CLOSE],
    "up to the end": [head("X: y"), b"a", PAUSE, b"ll", CLOSE],
    "the last on its connection": [answer("Connection: close"), CLOSE],
    "closed without a word": [OK, CLOSE],
    "HTTP/1.0": [answer(version="1.0"), CLOSE],
    "HTTP/1.0, kept": [answer("Connection: Keep-Alive", version="1.0")],
    "HTTP/1.0, kept in another way": [answer("Keep-Alive: timeout=5", version="1.0")],
    "HTTP/1.0 of a proxy": [answer("Proxy-Connection: keep-alive", version="1.0")],
    "HTTP/1.2": [answer(version="1.2")],
    "HTTP/0.9": [answer(version="0.9"), CLOSE],
    "more than was asked for": [OK + OK],
    "chunks": [head("Transfer-Encoding: chunked") + CHUNKS],
    "chunks, late": [head("Transfer-Encoding: chunked"), CHUNKS[:9], PAUSE, CHUNKS[9:]],
    "chunks in capitals": [head("TRANSFER-ENCODING: Chunked") + CHUNKS],
    "chunks and trailers": [head("Transfer-Encoding: chunked") + CHUNKS[:-2] + b"X: y\r\n\r\n"],
    "chunks and a length": [head("Transfer-Encoding: chunked", "Content-Length: 5") + CHUNKS],
    "chunks by a second name": [head("Transfer-Encoding: gzip, chunked") + CHUNKS, CLOSE],
    "another transfer encoding": [answer("Transfer-Encoding: identity")],
    "no chunks after all": [head("Transfer-Encoding: chunked") + b"no\r\n", CLOSE],
    "a chunk too short": [head("Transfer-Encoding: chunked") + b"9\r\nabc", CLOSE],
    "gzip": [answer("Content-Encoding: gzip", body=PACKED)],
    "gzip in chunks": [
        head("Content-Encoding: gzip", "Transfer-Encoding: chunked"),
        b"%x\r\n%b\r\n0\r\n\r\n" % (len(PACKED), PACKED),
    ],
    "gzip by an odd name": [answer("Content-Encoding: X-GZip", body=PACKED)],
    "deflate": [answer("Content-Encoding: deflate", body=zlib.compress(b"content"))],
    "gzip that is none": [answer("Content-Encoding: gzip", body=b"no gzip")],
    "gzip cut short": [answer("Content-Encoding: gzip", body=PACKED[:-5])],
    "gzip of nothing": [answer("Content-Encoding: gzip", body=b"")],
    "an encoding nobody knows": [answer("Content-Encoding: zip", body=b"zip")],
    "an encoding that is said to be none": [answer("Content-Encoding: ")],
    "cookies": [answer("Set-Cookie: a=b; Path=/", f"Set-Cookie: c=d; {EXPIRES}; HttpOnly")],
    "a cookie of old": [answer('Set-Cookie2: a="b"; Version="1"')],
    "headers that repeat": [answer("X-A: 1", "x-a: 2", "X-B: 3", "X-A: 4")],
    "headers in odd cases": [answer("ETAG: x", "content-TYPE: text/HTML; Charset='UTF-8'")],
    "headers of one character": [answer("A:b", "C:", "D: ", "E:\tf\t ", "!: x:y : z")],
    "headers in latin-1": [answer("X: \xe4\xf6\xfc", "Y: \xa0z\xa0")],
    "headers of characters that are none": [answer("X: \x85\x80", "Y: \x01")],
    "headers in utf-8": [answer("X: ä".encode().decode("latin-1"))],
    "100 lines": [answer(*(f"X-{n}: {n}" for n in range(98)))],
    "101 lines": [answer(*(f"X-{n}: {n}" for n in range(99)))],
    "a long header": [answer("X: " + "x" * 9000)],
    "a header too long": [answer("X: " + "x" * 70_000), SILENCE],
    "many spaces": [answer("X:" + " " * 7000 + "\x01")],
    "a folded header": [answer("X: a", " b", "\tc")],
    "a first line that is folded": [answer(" a", "X: b")],
    "a line without a colon": [answer("X: a", "nonsense", "Y: b"), CLOSE],
    "a name with a space": [answer("X : a", "X Y: b"), CLOSE],
    "no name": [answer(": a")],
    "lines of a mailbox": [answer("From me", "X: a")],
    "line feeds alone": [OK.replace(b"\r\n", b"\n")],
    "carriage returns alone": [answer("X: a\rb", "Y: c\r"), CLOSE],
    "a line feed within": [answer("X: a\nY: b")],
    "an early end of the head": [answer("X: a\n\nY: b"), CLOSE],
    "a message of parts": [answer("Content-Type: multipart/mixed; boundary=x", body=b"--x--")],
    "a message within": [answer("Content-Type: message/rfc822")],
    "text": [answer("Content-Type: text/plain")],
    "json": [answer("Content-Type: application/json; charset=")],
    "no reason": [answer(status="200 ")],
    "not even a space": [answer(status="200")],
    "a reason with spaces": [answer(status="200  Quite  OK ")],
    "a reason in latin-1": [answer(status="200 Gr\xfc\xdfe\xa0")],
    "100 before": [head(status="100 Continue") + OK],
    "100 before, and its own headers": [head("X: y", status="100 Continue"), PAUSE, OK],
    "103 instead": [head("Link: </x>", status="103 Early Hints")],
    "no status": [b"HTTP/1.1 OK\r\n\r\n", CLOSE],
    "a status too long": [answer(status="2000 OK")],
    "a status too small": [answer(status="099 OK")],
    "another protocol": [b"ICY 200 OK\r\n\r\n", CLOSE],
    "another version": [answer(version="2.0"), CLOSE],
    "nonsense": [b"\x00\xff\r\n\r\n", CLOSE],
    "an empty line": [b"\r\n" + OK, CLOSE],
    "equal lengths": [answer("Content-Length: 2")],
    "lengths in one line": [head("Content-Length: 2, 2"), b"ok", CLOSE],
    "lengths that differ": [answer("Content-Length: 3")],
    "a length below zero": [head("Content-Length: -2"), b"ok", CLOSE],
    "a length that is none": [head("Content-Length: two"), b"ok", CLOSE],
    "a length with a sign": [head("Content-Length: +2") + b"ok"],
    "a length with a line below": [head("Content-Length: 1_0") + b"ok" * 5],
    "a length that is empty": [head("Content-Length:"), b"ok", CLOSE],
    "a length with zeros": [head("Content-Length: 0002") + b"ok"],
    "a body too short": [head("Content-Length: 9") + b"ok", CLOSE],
    "no body after all": [head("Content-Length: 9"), CLOSE],
    "a long body too short": [head("Content-Length: 30000") + b"x" * 20_000, CLOSE],
    "a reset within the body": [head("Content-Length: 9") + b"ok", PAUSE, RESET],
    "an end within the head": [OK[:30], CLOSE],
    "an end within the first line": [OK[:7], CLOSE],
    "a reset within the head": [OK[:30], PAUSE, RESET],
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_answers_are_the_same(server, answer):
    the_same(server, ANSWERS[answer])


@pytest.mark.parametrize("answer", ANSWERS)
def test_answers_to_head_are_the_same(server, answer):
    the_same(server, ANSWERS[answer], method="HEAD")


def test_a_body_too_short_that_is_not_decoded_is_given_as_far_as_it_came(server):
    server.script = ANSWERS["a body too short"]
    request = requests.Request("GET", server.url, headers={"User-Agent": "x"}).prepare()
    with closing(KeepAliveAdapter()) as adapter:
        assert adapter.send(request).content == b"ok"
        pieces = adapter.send(request, stream=True).raw.stream()
        assert next(pieces) == b"ok"
        with pytest.raises(ProtocolError):
            next(pieces)


def test_a_body_too_short_is_an_error_whenever_it_is_asked_for(server):
    server.script = ANSWERS["a body too short"]
    request = requests.Request("GET", server.url, headers={"User-Agent": "x"}).prepare()
    with closing(KeepAliveAdapter()) as adapter:
        assert adapter.send(request).content == b"ok"
        response = adapter.send(request)
        for _ in range(3):
            with pytest.raises(requests.exceptions.ChunkedEncodingError):
                response.content  # noqa: B018 - to read it


def test_a_body_that_was_let_go_of_before_it_came_is_empty(server):
    server.script = [head("Content-Length: 9"), SILENCE]
    request = requests.Request("GET", server.url, headers={"User-Agent": "x"}).prepare()
    with closing(KeepAliveAdapter()) as adapter:
        assert adapter.send(request).content == b"ok"
        response = adapter.send(request, stream=True)
        response.close()
        assert response.content == b""


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("end", [CLOSE, RESET])
def test_no_answer_is_the_same_error_or_sends_the_request_again(server, method, end):
    fast = the_same(server, [end], method=method)
    assert ("error" in fast) == (method == "POST")


@pytest.mark.parametrize("end", [CLOSE, RESET])
def test_an_answer_before_the_request_was_read_is_the_same(server, end):
    the_same(server, [PAUSE, OK, PAUSE, end], method="POST", path="/early", data=b"x" * 10_000_000)


TIMEOUTS = {
    "before the answer": [SILENCE],
    "within the first line": [OK[:7], SILENCE],
    "within the head": [OK[:25], SILENCE],
    "before the body": [OK[:-2], SILENCE],
    "within the body": [OK[:-1], SILENCE],
    "within a chunk": [head("Transfer-Encoding: chunked"), CHUNKS[:5], SILENCE],
}


@pytest.mark.parametrize("when", TIMEOUTS)
@pytest.mark.parametrize("timeout", [0.25, (None, 0.25)])
def test_timeouts_are_the_same(server, when, timeout):
    fast = the_same(server, TIMEOUTS[when], options={"timeout": timeout})
    assert "error" in fast
