"""The bytes of a request, and the ones that stock code makes better."""

import pytest
import requests

from ahoyhoy.http.fast import outgoing as module
from ahoyhoy.http.fast.outgoing import Lines, host_line, is_plain, outgoing

HOST = "Host: a\r\n"


def prepared(method="GET", **options):
    headers = {"User-Agent": "x"}
    return requests.Request(method, "http://a/b", headers=headers, **options).prepare()


def test_a_request_in_full():
    request = prepared("POST", data=b"body")
    request.headers["X"] = "\xe4"
    [sent] = outgoing(request, "/b", HOST, Lines())
    assert sent == (
        b"POST /b HTTP/1.1\r\nHost: a\r\nAccept-Encoding: identity\r\n"
        b"User-Agent: x\r\nContent-Length: 4\r\nX: \xe4\r\n\r\nbody"
    )


def test_a_host_and_a_coding_of_its_own():
    request = prepared()
    request.headers.update({"HOST": "b", "accept-encoding": "gzip"})
    assert outgoing(request, "/", None, Lines()) == (
        b"GET / HTTP/1.1\r\nUser-Agent: x\r\nHOST: b\r\naccept-encoding: gzip\r\n\r\n",
    )


def test_a_host_that_only_http_client_knows():
    assert outgoing(prepared(), "/", None, Lines()) is None


def test_a_large_body_is_not_copied():
    body = b"x" * 20_000
    _, sent = outgoing(prepared("PUT", data=body), "/", HOST, Lines())
    assert sent is body


@pytest.mark.parametrize(
    ("host", "port", "line"),
    [
        ("a", 80, "Host: a\r\n"),
        ("a.", 81, "Host: a:81\r\n"),
        ("127.0.0.1", 443, "Host: 127.0.0.1:443\r\n"),
        ("::1", 80, None),
        ("a b", 80, None),
    ],
)
def test_the_line_of_a_host(host, port, line):
    assert host_line(host, port, 80) == line


@pytest.mark.parametrize("target", ["/", "/a/b?c=d&e", "/%C3%A4?%20", "/a;b=(c)*'!$,:@~._-+?/?"])
def test_plain_targets(target):
    assert is_plain(target)


@pytest.mark.parametrize(
    "target",
    ["", "a", "//a", "/a b", "/%c3", "/%", "/%4", "/a#b", "/\xe4", "/?", "/a\r\n", "/[", "*"],
)
def test_targets_that_urllib3_may_change(target):
    assert not is_plain(target)


def test_names_that_programs_make_up_are_not_kept_for_ever(monkeypatch):
    monkeypatch.setattr(module, "_legal", set())
    for number in range(3000):
        request = prepared()
        request.headers[f"X-{number}"] = "y"
        assert outgoing(request, "/", HOST, Lines()) is not None
    assert len(module._legal) <= 1024


def test_the_lines_of_the_last_request_serve_as_long_as_they_are_the_same():
    lines = Lines()
    first = [("Accept", "*/*"), ("A", "b")]
    text = lines.of(first)
    assert text == "Accept: */*\r\nA: b\r\n"
    assert lines.of(list(first)) is text
    assert lines.of(first[:1]) == "Accept: */*\r\n"
    assert lines.of([first[0], ("A", "c")]) == "Accept: */*\r\nA: c\r\n"
    assert lines.of([first[0], ("A", b"c")]) is None
    assert lines.of([first[0], ("A", "b\r\n")]) is None
    assert lines.of(first) == text
