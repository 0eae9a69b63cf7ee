"""Classifiers, hosts, retries and Django's requests as 4.x had them."""

import types

import pytest

from ahoyhoy import Host
from ahoyhoy.classifiers import raise_for_status
from ahoyhoy.classifiers.exceptions import Ahoyhoy500Exception
from ahoyhoy.retries import Retry
from ahoyhoy.utils.django import get_cookies, get_headers


def answer(status):
    return types.SimpleNamespace(status_code=status, reason="reason", url="http://a/x")


@pytest.mark.parametrize("status", [100, 200, 404, 499, 600, 999])
def test_other_answers_are_returned(status):
    response = answer(status)
    assert raise_for_status(response) is response


@pytest.mark.parametrize("status", [500, 503, 599])
def test_5xx_answers_are_raised(status):
    response = answer(status)
    with pytest.raises(Ahoyhoy500Exception) as raised:
        raise_for_status(response)
    assert raised.value.response is response
    assert str(raised.value) == f"{status} Server Error: reason for url: http://a/x"


def test_a_host_is_a_named_pair():
    host = Host("a", "80")
    assert host == ("a", "80") == Host(address="a", port="80")
    assert (host.address, host.port) == tuple(host)
    assert repr(host) == "Host(address='a', port='80')"
    assert len({host, Host("a", "80")}) == 1


def failing(times, kind=ValueError):
    calls = []

    def call(*args, **kwargs):
        calls.append((args, kwargs))
        if len(calls) <= times:
            raise kind("again")
        return len(calls)

    return call, calls


def test_a_retry_is_called_with_a_function_and_its_arguments():
    call, calls = failing(2)
    retry = Retry(
        exceptions=ValueError, tries=3, delay=0, max_delay=None, backoff=2, jitter=0, logger=None
    )
    assert retry(call, fargs=(1,), fkwargs={"a": 2}) == 3
    assert calls == [((1,), {"a": 2})] * 3
    assert retry(call) == 4


def test_a_retry_gives_up_after_its_tries():
    call, calls = failing(9)
    with pytest.raises(ValueError, match="again"):
        Retry(exceptions=Exception, tries=2)(call)
    assert len(calls) == 2


def test_a_retry_lets_other_errors_through():
    call, calls = failing(9, kind=KeyError)
    with pytest.raises(KeyError):
        Retry(exceptions=ValueError, tries=5)(call)
    assert len(calls) == 1


def test_a_retry_by_default_goes_on_for_ever_on_any_exception():
    call, _ = failing(50)
    assert Retry()(call) == 51


def test_a_retry_may_have_a_function_of_its_own():
    def once(f, fargs=None, fkwargs=None, **options):
        return f(*fargs), options["tries"]

    assert Retry(once, tries=7)(str, fargs=(1,)) == ("1", 7)


META = {
    "HTTP_X_REQUEST_ID": "7",
    "HTTP_X_EMPTY": "",
    "CONTENT_TYPE": "text/plain",
    "REMOTE_ADDR": "10.0.0.1",
    "HTTP_ACCEPT": "*/*",
}


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["X-Request-Id"], {"X-Request-Id": "7"}),
        (("x-request-id", "Accept"), {"x-request-id": "7", "Accept": "*/*"}),
        (
            ["Content-Type", "Remote-Addr"],
            {"Content-Type": "text/plain", "Remote-Addr": "10.0.0.1"},
        ),
        (["X-Empty", "X-Missing"], {}),
        ([], {}),
    ],
)
def test_named_headers_of_a_django_request(names, found):
    assert get_headers(types.SimpleNamespace(META=META), names) == found


def test_named_cookies_of_a_django_request():
    request = types.SimpleNamespace(COOKIES={"id": "7", "empty": "", "other": "x"})
    assert get_cookies(request, ["id", "empty", "missing"]) == {"id": "7"}
