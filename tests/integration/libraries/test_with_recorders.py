"""Recorders and stand-ins below requests: vcrpy replaces connections, httpretty and mocket sockets."""

import json

import pytest
import requests

import ahoyhoy
from integration.libraries.service import URL, VCR_LEAKS, asked, needed, refuse, warm_up


@VCR_LEAKS
def test_vcr_records_and_plays_what_the_service_answered(users, servers, tmp_path):
    vcr = needed("vcr")
    tape = str(tmp_path / "tape.yaml")
    warm_up(users, servers)
    with vcr.use_cassette(tape, match_on=["method", "path"]) as cassette:
        recorded = users.get(URL).json()
        assert len(cassette) == 1
    assert asked(servers) == ["/1"]
    with vcr.use_cassette(tape, record_mode="none", match_on=["method", "path"]) as cassette:
        assert users.get(URL).json() == recorded
        assert cassette.all_played
    assert asked(servers) == ["/1"]
    for _ in range(4):
        assert users.get(URL).json()["path"] == "/1"
    assert len(asked(servers)) == 5


@VCR_LEAKS
def test_vcr_plays_attempts_one_by_one(users, servers, tmp_path):
    vcr = needed("vcr")
    tape = str(tmp_path / "tape.yaml")
    refuse(servers[0])
    matched = {"match_on": ["method", "path"], "allow_playback_repeats": False}
    with vcr.use_cassette(tape, **matched):
        recorded = [users.get(URL).json() for _ in range(2)]
    attempts = len(asked(servers))
    assert attempts > 2
    with vcr.use_cassette(tape, record_mode="none", **matched) as cassette:
        assert [users.get(URL).json() for _ in range(2)] == recorded
        assert cassette.play_count == attempts


class Sockets:
    """A library that answers at an address of the service, in the place of sockets."""

    def __init__(self, name):
        self.library = needed(name)

    def answering(self, url, body):
        return getattr(self, f"_{self.library.__name__}")(url, body)

    def _httpretty(self, url, body):
        enabled = self.library.enabled()
        self.library.reset()

        class Answering:
            def __enter__(_):
                enabled.__enter__()
                self.library.register_uri(self.library.GET, url, body=body)

            def __exit__(_, *error):
                enabled.__exit__(*error)
                self.library.reset()

        return Answering()

    def _mocket(self, url, body):
        entry = needed("mocket.mocks.mockhttp").Entry
        mocketizer = self.library.Mocketizer()

        class Answering:
            def __enter__(_):
                mocketizer.__enter__()
                entry.single_register(entry.GET, url, body=body)

            def __exit__(_, *error):
                mocketizer.__exit__(*error)

        return Answering()


@pytest.mark.parametrize("name", ["httpretty", "mocket"])
@pytest.mark.parametrize("balanced", [True, False])
def test_what_stands_in_for_sockets_answers_at_the_address_of_a_host(name, balanced):
    sockets = Sockets(name)
    target = {"users": "http://10.1.2.3:8080"} if balanced else None
    with ahoyhoy.Session(target) as session:
        url = URL if balanced else "http://10.1.2.3:8080/1"
        with sockets.answering("http://10.1.2.3:8080/1", json.dumps({"id": 1})):
            assert session.get(url).json() == {"id": 1}
            assert session.get(url).json() == {"id": 1}
        session.close()


@pytest.mark.parametrize("name", ["httpretty", "mocket"])
def test_connections_that_were_open_before_it_stay_real_as_with_stock(name, servers):
    sockets = Sockets(name)
    host = servers[0].host
    url = f"http://{host.address}:{host.port}/1"
    answers = []
    for make in (requests.Session, ahoyhoy.Session):
        with make() as session:
            session.get(url)
            with sockets.answering(url, json.dumps({"id": 1})):
                answers.append(session.get(url).json())
            session.close()
    assert answers[0] == answers[1]
