"""Requests that are made while an answer is under way."""

from threading import Thread

from requests import PreparedRequest
from requests.cookies import RequestsCookieJar

from ahoyhoy.http.fast import spare
from ahoyhoy.http.fast.spare import blank_request, provide_request


def test_a_blank_request_is_for_its_taker_alone():
    for _ in range(3):
        provide_request()
    taken = [blank_request() for _ in range(5)]
    for kind in (id, lambda r: id(r.headers), lambda r: id(r._cookies), lambda r: id(r.hooks)):
        assert len({kind(request) for request in taken}) == 5


def test_one_that_was_provided_is_as_one_that_was_not():
    provide_request()
    provided = blank_request()
    spare._requests.clear()
    for request in (provided, blank_request()):
        assert type(request) is PreparedRequest
        assert type(request._cookies) is RequestsCookieJar
        assert not request._cookies
        assert (request.method, request.url, request.body) == (None, None, None)
        assert request.hooks == {"response": []}


def test_no_more_are_kept_than_threads_may_take():
    for _ in range(100):
        provide_request()
    assert len(spare._requests) == spare._MOST


def test_threads_are_not_given_the_same_one():
    taken = []

    def take():
        for _ in range(1_000):
            provide_request()
            taken.append(blank_request())

    threads = [Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(request) for request in taken}) == 4_000
