"""Errors that come out of a call, of the request that was asked for and of others."""

import pytest
import requests
from requests.exceptions import ChunkedEncodingError
from urllib3.exceptions import MaxRetryError, NewConnectionError, ReadTimeoutError

from ahoyhoy._core import Verdict
from ahoyhoy.classifiers.asked import Asked
from ahoyhoy.exceptions import DeadlineExceeded
from ahoyhoy.http.view import Trace

POST = Asked("POST", "http://users:80/pay?a=1", by_requests=True)


def refused(url=None, method="POST"):
    request = None if url is None else requests.Request(method, url).prepare()
    reason = NewConnectionError(None, "refused")
    return requests.ConnectionError(MaxRetryError(None, "/", reason), request=request)


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (refused(), Verdict.RETRYABLE),  # raised by nobody knows whom
        (refused("http://users:80/pay?a=1"), Verdict.UNSENT),
        (refused("http://USERS:80/pay?added=by-the-session"), Verdict.UNSENT),
        (refused("http://users:80/paid"), Verdict.RETRYABLE),  # after a redirect
        (refused("http://users:80/pay", method="GET"), Verdict.RETRYABLE),  # after a 303
        (refused("http://audit:80/pay"), Verdict.IGNORED),  # a hook's, an auth function's
        (refused("https://users:80/pay"), Verdict.IGNORED),
        (refused("http://users:81/pay"), Verdict.IGNORED),
        (requests.ReadTimeout(request=requests.Request("GET", "http://users:80/x").prepare()),
         Verdict.RETRYABLE),
        (ConnectionRefusedError(), Verdict.RETRYABLE),  # raised by a hook: requests wraps its own
        (TypeError(), Verdict.IGNORED),
    ],
)  # fmt: skip
def test_only_the_request_that_was_asked_for_can_be_unsent(error, verdict):
    assert POST.judge(error).verdict is verdict


def test_a_stand_in_for_a_session_raises_what_it_likes():
    asked = POST._replace(by_requests=False)
    assert asked.judge(ConnectionRefusedError()).verdict is Verdict.UNSENT


def traced(error, **trace):
    error.trace = Trace(**trace)
    return error


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (traced(refused(), hops=1, busy=True), Verdict.UNSENT),  # by an adapter of its own kind
        (traced(refused(), hops=2, busy=True), Verdict.RETRYABLE),
        (traced(ConnectionRefusedError(), hops=1, busy=True), Verdict.UNSENT),
        (traced(refused(), hops=1), Verdict.IGNORED),  # by a hook, after the answer
        (traced(ConnectionRefusedError(), hops=1), Verdict.IGNORED),
        (traced(refused(), hops=0), Verdict.IGNORED),  # by an auth function
        (traced(refused("http://users:80/pay"), hops=2, busy=True), Verdict.RETRYABLE),
        (traced(ChunkedEncodingError(), hops=1), Verdict.RETRYABLE),  # the body was cut short
        (traced(requests.ConnectionError(ReadTimeoutError(None, "/", "slow")), hops=1),
         Verdict.RETRYABLE),
        (traced(DeadlineExceeded(), hops=1), Verdict.RETRYABLE),  # the body took too long
    ],
)  # fmt: skip
def test_where_an_error_came_from_tells_whose_it_is(error, verdict):
    assert POST.judge(error).verdict is verdict


@pytest.mark.parametrize("url", ["/pay", "pay", "http://[users/pay"])
def test_a_url_that_is_not_whole_cannot_be_compared(url):
    asked = POST._replace(url=url)
    assert asked.judge(refused("http://users:80/pay")).verdict is Verdict.UNSENT


def test_names_in_other_scripts_compare_as_they_are_sent():
    asked = POST._replace(url="http://b\u00fccher.example/pay")
    assert asked.judge(refused("http://b\u00fccher.example/pay")).verdict is Verdict.UNSENT
