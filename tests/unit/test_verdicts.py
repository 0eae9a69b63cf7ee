"""The table of what errors mean, over errors that requests and urllib3 made themselves."""

import errno
import socket
import ssl

import pytest
import requests
import urllib3

from ahoyhoy._core import Verdict
from ahoyhoy.classifiers.verdicts import judge_error, judge_response
from ahoyhoy.exceptions import Ahoyhoy500Exception, CircuitOpenError

OK = b"HTTP/1.1 200 OK\r\nConnection: close\r\n"


def caught(call):
    with pytest.raises(Exception) as info:  # noqa: PT011
        call()
    return info.value


def get(url="http://10.0.0.1/x", **options):
    with requests.Session() as session:
        session.trust_env = False
        return session.get(url, **options)


def shown(judgement):
    marks = [m for m in ("refused", "slow") if getattr(judgement, m)]
    return judgement.verdict.value, judgement.reason, *marks


CONNECTING = [
    (ConnectionRefusedError(errno.ECONNREFUSED, "refused"), ("unsent", "connection refused", "refused")),
    (OSError(errno.EHOSTUNREACH, "no route to host"), ("unsent", "cannot connect", "refused")),
    (OSError(errno.ENETUNREACH, "unreachable"), ("unsent", "cannot connect", "refused")),
    (socket.gaierror(socket.EAI_NONAME, "unknown"), ("unsent", "name not resolved", "refused")),
    (TimeoutError("timed out"), ("unsent", "connect timeout", "slow")),
    # this machine's own trouble says nothing about the host
    (OSError(errno.EMFILE, "too many open files"), ("ignored", "")),
    (OSError(errno.ENFILE, "file table overflow"), ("ignored", "")),
    (OSError(errno.EADDRNOTAVAIL, "no local port left"), ("ignored", "")),
    (OSError(errno.ENOBUFS, "no buffer space"), ("ignored", "")),
    (OSError(errno.ENOMEM, "no memory"), ("ignored", "")),
    (PermissionError(errno.EACCES, "denied"), ("ignored", "")),
]  # fmt: skip


@pytest.mark.parametrize(("error", "verdict"), CONNECTING, ids=lambda x: repr(x)[:40])
def test_an_error_of_connecting_means_that_nothing_was_sent(wire, error, verdict):
    wire(error)
    assert shown(judge_error(caught(get))) == verdict


EXCHANGES = [
    (TimeoutError("timed out"), ("retryable", "read timeout", "slow")),
    (ConnectionResetError(errno.ECONNRESET, "reset"), ("retryable", "connection reset")),
    (BrokenPipeError(errno.EPIPE, "broken pipe"), ("retryable", "connection reset")),
    (b"", ("retryable", "closed without an answer")),
    (b"garbage\r\n\r\n", ("retryable", "connection failed")),
    (OSError(errno.EHOSTUNREACH, "no route"), ("retryable", "connection failed")),
    (ssl.SSLError(1, "bad record mac"), ("retryable", "TLS error")),
    (OK + b"Content-Length: 9\r\n\r\nshort", ("retryable", "answer cut short")),
    (OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab", ("retryable", "answer cut short")),
    (OK + b"Content-Encoding: gzip\r\n\r\nnot gzip", ("retryable", "answer cannot be decoded")),
]


@pytest.mark.parametrize(("reply", "verdict"), EXCHANGES, ids=lambda x: repr(x)[:48])
def test_an_error_after_connecting_means_that_the_request_may_have_happened(wire, reply, verdict):
    wire(wire.socket(reply))
    assert shown(judge_error(caught(get))) == verdict


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (ssl.SSLCertVerificationError(1, "self-signed"), ("unsent", "certificate rejected")),
        (ssl.SSLError(1, "wrong version number"), ("retryable", "TLS error")),
        (TimeoutError("handshake timed out"), None),
    ],
    ids=repr,
)
def test_an_error_of_the_handshake(wire, monkeypatch, error, verdict):
    def handshake(*_args, **_kwargs):
        raise error

    wire(b"")
    monkeypatch.setattr("urllib3.connection.ssl_wrap_socket", handshake)
    judgement = judge_error(caught(lambda: get("https://10.0.0.1/x")))
    if verdict is None:  # nothing was sent, and a trial costs the caller that timeout
        assert judgement.slow
        assert judgement.is_failure
    else:
        assert shown(judgement) == verdict


def test_a_proxy_that_cannot_be_reached_means_that_nothing_was_sent(wire):
    wire(ConnectionRefusedError(errno.ECONNREFUSED, "refused"))
    error = caught(lambda: get(proxies={"http": "http://proxy:3128"}))
    assert isinstance(error, requests.exceptions.ProxyError)
    assert shown(judge_error(error)) == ("unsent", "proxy not reached", "refused")


def test_a_proxy_that_refuses_the_tunnel_means_that_nothing_was_sent(wire):
    wire(b"HTTP/1.1 403 Forbidden\r\n\r\n")
    error = caught(lambda: get("https://a/", proxies={"https": "http://proxy:3128"}))
    assert shown(judge_error(error)) == ("unsent", "proxy not reached", "refused")


def test_a_session_whose_own_retries_gave_up_on_5xx_was_answered(wire):
    wire(b"HTTP/1.1 503 Busy\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
    with requests.Session() as session:
        session.trust_env = False
        retry = urllib3.Retry(1, status_forcelist=[503], backoff_factor=0)
        session.mount("http://", requests.adapters.HTTPAdapter(max_retries=retry))
        error = caught(lambda: session.get("http://10.0.0.1/"))
    assert isinstance(error, requests.exceptions.RetryError)
    assert shown(judge_error(error)) == ("retryable", "too many 5xx answers")


def test_a_session_whose_own_retries_gave_up_on_timeouts_still_timed_out(wire):
    wire(TimeoutError("timed out"))
    with requests.Session() as session:
        session.trust_env = False
        session.mount("http://", requests.adapters.HTTPAdapter(max_retries=2))
        error = caught(lambda: session.get("http://10.0.0.1/"))
    assert shown(judge_error(error)) == ("unsent", "connect timeout", "slow")


@pytest.mark.parametrize(
    "call",
    [
        lambda: get("no-scheme"),
        lambda: get("gopher://a/"),
        lambda: get("http://"),
        lambda: get("http://a:b:c/"),
        lambda: get(headers={"X": "a\nb"}),
        lambda: get(headers={"X": 1}),
        lambda: get(json=object()),
        lambda: get(json=float("nan")),
        lambda: get(bogus=1),
        lambda: get(timeout="soon"),
        lambda: get(headers="x"),
    ],
)
def test_a_programmers_mistake_says_nothing_about_the_host(wire, call):
    wire(b"")
    assert shown(judge_error(caught(call))) == ("ignored", "")


def test_a_circle_of_redirects_was_answered_each_time(wire):
    wire(b"HTTP/1.1 302 F\r\nLocation: /x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
    error = caught(get)
    assert isinstance(error, requests.TooManyRedirects)
    assert judge_error(error).verdict is Verdict.IGNORED


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (200, ("accepted", "")),
        (304, ("accepted", "")),
        (404, ("accepted", "")),
        (429, ("retryable", "HTTP 429")),
        (499, ("accepted", "")),
        (500, ("retryable", "HTTP 500")),
        (503, ("retryable", "HTTP 503")),
        (599, ("retryable", "HTTP 599")),
        (600, ("accepted", "")),
    ],
)
def test_an_answer_is_an_answer_unless_it_is_5xx_or_429(answer, status, verdict):
    assert shown(judge_response(answer(status))) == verdict


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_bad_answer_is_an_answer_and_only_429_says_that_the_host_is_well(answer, status):
    judgement = judge_response(answer(status))
    assert judgement.answered
    assert judgement.throttled is (status == 429)


@pytest.mark.parametrize(("status", "seconds"), [(429, 7.0), (503, 7.0), (500, None), (413, None)])
def test_two_answers_say_when_to_come_again(answer, status, seconds):
    response = answer(status)
    response.headers["Retry-After"] = "7"
    assert judge_response(response).retry_after == seconds


@pytest.mark.parametrize("response", [None, "text", object(), 503])
def test_what_is_no_response_is_accepted(response):
    assert judge_response(response).verdict is Verdict.ACCEPTED


@pytest.mark.parametrize(
    ("status", "verdict"),
    [(404, Verdict.IGNORED), (429, Verdict.RETRYABLE), (503, Verdict.RETRYABLE)],
)
def test_a_raised_status_means_what_the_answer_means(answer, status, verdict):
    error = caught(answer(status).raise_for_status)
    assert judge_error(error).verdict is verdict


def test_our_own_5xx_error_means_what_the_answer_means(answer):
    error = Ahoyhoy500Exception("x", response=answer(502))
    assert shown(judge_error(error)) == ("retryable", "HTTP 502")


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (CircuitOpenError("somebody else's"), ("ignored", "")),
        (ConnectionRefusedError(), ("unsent", "connection refused", "refused")),
        (ConnectionResetError(errno.ECONNRESET, "x"), ("retryable", "connection reset")),
        (TimeoutError(), ("retryable", "read timeout", "slow")),
        (requests.ConnectTimeout(), ("unsent", "connect timeout", "slow")),
        (requests.ReadTimeout(), ("retryable", "read timeout", "slow")),
        (requests.Timeout(), ("retryable", "read timeout", "slow")),
        (requests.ConnectionError(), ("retryable", "connection failed")),
        (requests.exceptions.ChunkedEncodingError(), ("retryable", "answer cut short")),
        (requests.exceptions.SSLError(), ("retryable", "TLS error")),
        (requests.HTTPError(), ("ignored", "")),
        (requests.RequestException(), ("ignored", "")),
        (TypeError(), ("ignored", "")),
        (KeyError(), ("ignored", "")),
    ],
    ids=repr,
)
def test_bare_errors_as_stand_ins_for_a_session_raise_them(error, verdict):
    assert shown(judge_error(error)) == verdict


def test_an_error_that_contains_itself_is_judged_all_the_same():
    error = requests.ConnectionError()
    inner = OSError(error)
    error.args = (inner,)
    inner.__cause__ = error
    assert judge_error(error).verdict is Verdict.RETRYABLE


def test_an_answer_with_headers_that_cannot_be_is_the_hosts_failure():
    request = requests.Request("GET", "http://a/").prepare()
    error = requests.exceptions.InvalidHeader("x", request=request)
    assert judge_error(error).verdict is Verdict.RETRYABLE
