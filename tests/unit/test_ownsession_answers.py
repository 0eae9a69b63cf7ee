"""What a session of the library's own does with what its transport answers."""

import http.client
from unittest import mock

import pytest
import requests
from requests.adapters import BaseAdapter

from properties.sessions_seen import Quick, calm

URL = "http://users.internal:8080/1"


@pytest.fixture(autouse=True)
def calm_environment(tmp_path):
    with calm(tmp_path):
        yield


class Answering(BaseAdapter):
    """Answers with what a function makes of the request."""

    def __init__(self, answer):
        super().__init__()
        self.send = lambda request, **_: answer(request)

    def close(self):
        pass


def answer_to(request, **attributes):
    response = requests.Response()
    response.url, response.request, response.status_code = request.url, request, 200
    response._content, response._content_consumed = b"", True
    vars(response).update(attributes)
    return response


def test_a_hook_that_the_transport_put_on_the_request_is_called():
    def answer(request):
        request.hooks["response"].append(lambda response, **options: called.append(options))
        return answer_to(request)

    called = []
    session = Quick()
    session.mount("http://", Answering(answer))
    session.get(URL, timeout=3)
    assert called[0]["timeout"] == 3
    assert session.quick == 1


def test_a_transport_that_answers_with_nothing_fails_as_in_requests():
    errors = []
    for session in (requests.Session(), Quick()):
        session.mount("http://", Answering(lambda request: None))
        with pytest.raises(AttributeError) as raised:
            session.get(URL)
        errors.append(str(raised.value))
    assert errors[0] == errors[1]


def test_a_jar_that_comes_while_the_request_is_sent_sees_the_answer():
    class Jar(requests.cookies.RequestsCookieJar):
        def extract_cookies(self, response, request):
            seen.append(request.get_full_url())

    def answer(request):
        session.cookies = Jar()
        original = mock.Mock(msg=http.client.HTTPMessage())
        return answer_to(request, raw=mock.Mock(_original_response=original))

    seen = []
    session = Quick()
    session.mount("http://", Answering(answer))
    session.get(URL)
    assert (seen, session.quick) == ([URL], 1)
