"""`requests-mock` answers in the place of services: as a context, as an adapter, for one session."""

import pytest
import requests

import ahoyhoy
from integration.libraries.service import URL, USER, asked, in_turn, needed

requests_mock = needed("requests_mock")


def test_the_url_of_a_service_is_answered(users, patched):
    with patched(), requests_mock.Mocker() as mock:
        mock.get(URL, json=USER)
        response = users.get(URL)
        assert (response.json(), response.url) == (USER, URL)
        assert [request.url for request in mock.request_history] == [URL]


def test_the_mock_of_one_session_leaves_others_alone(users, patched):
    with patched(), requests_mock.Mocker(session=users) as mock:
        mock.get(URL, json=USER)
        assert users.get(URL).json() == USER
        with requests.Session() as other, pytest.raises(requests.ConnectionError):
            other.get("http://127.0.0.1:9/")


def test_what_is_sent_is_seen_as_it_was_meant(users, patched):
    with patched(), requests_mock.Mocker() as mock:
        mock.post(URL, status_code=201)
        users.post(URL, params={"page": "2"}, json=USER, headers={"X-Name": "value"}, timeout=7)
        (request,) = mock.request_history
        assert (request.json(), request.qs) == (USER, {"page": ["2"]})
        assert (request.headers["X-Name"], request.timeout, request.verify) == ("value", 7, True)


def test_a_call_that_is_answered_above_the_balancer_is_one(users, patched):
    with patched(), requests_mock.Mocker() as mock:
        mock.get(URL, [{"status_code": 503}, {"json": USER}])
        assert users.get(URL).status_code == 503
        assert mock.call_count == 1


def test_errors_and_unknown_urls_are_raised(users, patched):
    with patched(), requests_mock.Mocker() as mock:
        mock.get(URL, exc=requests.ConnectTimeout("slow"))
        with pytest.raises(requests.ConnectTimeout, match="slow"):
            users.get(URL)
        with pytest.raises(requests_mock.NoMockAddress):
            users.get("http://users/2")


def test_what_is_not_mocked_may_reach_the_servers(users, servers):
    with requests_mock.Mocker(real_http=True) as mock:
        mock.get(URL, json=USER)
        assert users.get(URL).json() == USER
        for _ in range(4):
            assert users.get("http://users/2").json()["path"] == "/2"
    assert [server.count for server in servers] == [2, 2]


def test_the_fixture_answers(users, servers, requests_mock):
    requests_mock.get(URL, json=USER)
    assert users.get(URL).json() == USER
    assert asked(servers) == []


@pytest.mark.parametrize("where", ["http://users", "http://users/", "http://users/1"])
def test_its_adapter_takes_the_place_of_the_service(servers, where):
    with ahoyhoy.Session({"users": in_turn(servers)}) as session:
        mock = requests_mock.Adapter()
        mock.register_uri("GET", URL, json=USER)
        session.mount(where, mock)
        assert session.get(URL).json() == USER
        assert (mock.call_count, asked(servers)) == (1, [])


def test_its_adapter_for_another_scheme_leaves_the_service_alone(users, servers):
    mock = requests_mock.Adapter()
    mock.register_uri("GET", "mock://users/1", json=USER)
    users.mount("mock://", mock)
    assert users.get("mock://users/1").json() == USER
    assert users.get(URL).json()["path"] == "/1"
