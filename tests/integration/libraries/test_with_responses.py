"""`responses` answers in the place of services."""

import pytest
import requests

from integration.libraries.service import URL, USER, asked, needed

responses = needed("responses")


def test_the_url_of_a_service_is_answered(users, patched):
    with patched(), responses.RequestsMock() as mock:
        mock.get(URL, json=USER)
        response = users.get(URL)
        assert (response.json(), response.url, response.request.url) == (USER, URL, URL)
        assert [call.request.url for call in mock.calls] == [URL]


def test_what_is_sent_is_seen_as_it_was_meant(users, patched):
    with patched(), responses.RequestsMock() as mock:
        match = [
            responses.matchers.query_param_matcher({"page": "2"}),
            responses.matchers.json_params_matcher(USER),
            responses.matchers.header_matcher({"X-Name": "value"}),
        ]
        mock.post(URL, match=match, status=201)
        answer = users.post(URL, params={"page": 2}, json=USER, headers={"X-Name": "value"})
        assert answer.status_code == 201
        assert "Host" not in mock.calls[0].request.headers


def test_an_attempt_is_a_call(users, patched):
    with patched(), responses.RequestsMock() as mock:
        mock.get(URL, status=503)
        mock.get(URL, json=USER)
        assert users.get(URL).json() == USER
        assert [call.response.status_code for call in mock.calls] == [503, 200]


def test_a_connection_that_fails_is_an_attempt_too(users, patched):
    with patched(), responses.RequestsMock() as mock:
        mock.get(URL, body=requests.ConnectionError("reset"))
        mock.get(URL, json=USER)
        assert users.get(URL).json() == USER
        assert len(mock.calls) == 2


def test_what_must_not_be_sent_twice_is_one_call(users, patched):
    with patched(), responses.RequestsMock() as mock:
        mock.post(URL, body=requests.ConnectionError("reset"))
        with pytest.raises(requests.ConnectionError, match="reset"):
            users.post(URL, json=USER)
        assert len(mock.calls) == 1


def test_an_answer_that_was_not_asked_for_is_an_error(users, patched):
    def call_once():
        with responses.RequestsMock(assert_all_requests_are_fired=True) as mock:
            mock.get(URL, json=USER)
            mock.get("http://users/2", json=USER)
            users.get(URL)

    with patched(), pytest.raises(AssertionError, match="http://users/2"):
        call_once()


def test_a_service_that_is_not_registered_is_a_connection_error(users, patched):
    with patched(), responses.RequestsMock() as mock:
        mock.assert_all_requests_are_fired = False
        mock.get("http://orders/1")
        with pytest.raises(requests.ConnectionError, match="Connection refused by Responses"):
            users.get(URL)


def test_what_is_let_through_reaches_the_servers(users, servers):
    with responses.RequestsMock() as mock:
        mock.add_passthru("http://users/")
        for _ in range(4):
            assert users.get(URL).json()["path"] == "/1"
    assert [server.count for server in servers] == [2, 2]


def test_a_stream_and_a_redirect_are_answered(users, patched):
    with patched(), responses.RequestsMock() as mock:
        mock.get(URL, status=302, headers={"Location": "/2"})
        mock.get("http://users/2", body=b"x" * 1000)
        response = users.get(URL, stream=True)
        assert b"".join(response.iter_content(100)) == b"x" * 1000
        assert [hop.status_code for hop in response.history] == [302]


@responses.activate
def test_the_decorator_answers_too(users, servers):
    responses.get(URL, json=USER)
    assert users.get(URL).json() == USER
    assert asked(servers) == []
