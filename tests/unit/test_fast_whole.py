import io

import pytest

from ahoyhoy.http.fast.whole import Replayed, whole_answer


def answer(*lines, status="200 OK", body=b"ok", version="1.1"):
    head = "\r\n".join([f"HTTP/{version} {status}", *lines])
    return head.encode() + b"\r\n\r\n" + body


def test_an_answer_with_its_whole_body_is_one():
    whole = whole_answer(answer("Content-Length: 2", "Content-Type: text/plain"), "GET")
    assert whole.body == b"ok"
    assert (whole.head.status, whole.head.reason, whole.head.version) == (200, "OK", 11)
    assert whole.head.found == [("Content-Length", "2"), ("Content-Type", "text/plain")]


@pytest.mark.parametrize("said", ["keep-alive", "Keep-Alive"])
def test_a_connection_that_is_kept_may_say_so(said):
    assert whole_answer(answer(f"Connection: {said}", "Content-Length: 2"), "GET").body == b"ok"


def test_a_body_may_be_empty():
    assert whole_answer(answer("Content-Length: 0", body=b""), "POST").body == b""


@pytest.mark.parametrize(
    "received",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n",
        answer("Content-Length: 3"),
        answer("Content-Length: 1"),  # the rest would be the next answer's beginning
        answer("Content-Length: 2", "Content-Length: 2"),
        answer("Content-Length: +2"),
        answer("Content-Length: ²"),
        answer(),
        answer("Content-Length: 2", "Transfer-Encoding: chunked"),
        answer("Content-Length: 2", "Content-Encoding: gzip"),
        answer("Content-Length: 2", "Set-Cookie: a=b"),
        answer("Content-Length: 2", "Connection: close"),
        answer("Content-Length: 2", "Connection: keep-alive", "Connection: close"),
        answer("Content-Length: 2", version="1.0"),
        answer("Content-Length: 0", status="204 No Content", body=b""),
        answer("Content-Length: 0", status="304 Not Modified", body=b""),
        answer("Content-Length: 2", status="103 Early Hints"),
        answer("Content-Length: 2", " folded"),
    ],
    ids=repr,
)
def test_what_is_not_whole_or_not_plain_is_none(received):
    assert whole_answer(received, "GET") is None


def test_the_answer_to_a_head_has_no_body_to_be_whole():
    assert whole_answer(answer("Content-Length: 2"), "HEAD") is None


def test_what_was_received_comes_before_what_is_still_to_come():
    class Sock:
        def makefile(self, mode, buffering):
            assert (mode, buffering) == ("rb", 0)
            return io.FileIO(self.path)

    def read(tmp, received):
        sock = Sock()
        sock.path = tmp
        with Replayed(sock, received).makefile("rb") as stream:
            return stream.read()

    assert read("/dev/null", b"x" * 20_000) == b"x" * 20_000


def test_a_head_that_was_seen_at_once_is_seen_at_once_again():
    received = answer("X: " + "x" * 20_000)
    with Replayed(None, received).makefile("rb") as stream:
        assert stream.peek() == received
