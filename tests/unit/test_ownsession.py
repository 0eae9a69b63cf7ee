"""A session of the library's own is a `requests.Session`, and does nothing quickly that is patched."""

import copy
import inspect
import pickle
from unittest import mock

import pytest
import requests
import requests.models
import requests.sessions
import requests.utils
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict

from ahoyhoy.http import KeepAliveAdapter, fast
from ahoyhoy.http.fast.bypassing import skippable
from ahoyhoy.http.ownsession import OwnSession
from ahoyhoy.http.sessions import new_session
from properties.sessions_seen import Quick, Recorder, calm, make_sessions, outcome

URL = "http://users.internal:8080/1"
CALL = {"method": "POST", "url": URL, "json": {"a": 1}, "headers": {"X": "y"}}


@pytest.fixture(autouse=True)
def calm_environment(tmp_path):
    with calm(tmp_path):
        yield


def quick_session(kind=Quick):
    session = kind()
    session.mount("http://", Recorder())
    return session


def test_it_is_a_session_of_requests():
    session = OwnSession()
    assert isinstance(session, requests.Session)
    assert OwnSession.__attrs__ == requests.Session.__attrs__
    assert vars(session).keys() == vars(requests.Session()).keys()
    assert type(session.get_adapter(URL)) is HTTPAdapter


def test_its_request_takes_the_arguments_of_requests():
    own, stock = (inspect.signature(kind.request) for kind in (OwnSession, requests.Session))
    assert list(own.parameters) == list(stock.parameters)
    assert [p.default for p in own.parameters.values()] == [
        p.default for p in stock.parameters.values()
    ]


def test_arguments_may_be_positional():
    stock, quick = make_sessions()
    given = []
    for session in (stock, quick):
        adapter = session.get_adapter("http://")
        session.request("POST", URL, {"p": 1}, b"data", {"X": "y"}, None, None, None, 3, False)
        request, options = adapter.given[0]
        given.append((request.url, request.body, dict(request.headers), options["timeout"]))
    assert given[0] == given[1]
    assert quick.quick == 1


def test_a_new_session_keeps_its_connections_alive():
    session = new_session()
    assert type(session) is OwnSession
    for scheme in ("http://", "https://"):
        assert type(session.get_adapter(scheme)) is KeepAliveAdapter


@pytest.mark.parametrize(
    "again", [lambda s: pickle.loads(pickle.dumps(s)), copy.copy, copy.deepcopy]
)
def test_a_copy_of_it_is_as_quick(again):
    session = Quick()
    session.headers["X"] = "y"
    session.mount("http://", Recorder())
    session.get(URL)
    copied = again(session)
    assert type(copied) is Quick
    assert vars(copied).keys() == set(requests.Session.__attrs__)
    copied.get(URL)
    assert copied.quick == 1
    assert copied.get_adapter(URL).given[-1][0].headers["X"] == "y"


def test_headers_that_were_taken_from_another_session_are_its_own():
    one, other = quick_session(), quick_session()
    other.headers = one.headers
    one.get(URL)
    one.headers["X"] = "y"
    other.get(URL, headers={"Z": "z"})
    assert other.get_adapter(URL).given[0][0].headers["X"] == "y"
    assert "Z" not in one.headers


@pytest.mark.parametrize(
    "headers", [None, {"ACCEPT": "v"}, {"Accept": None, "X": "y"}, {"X": None}]
)
def test_a_header_of_the_session_that_is_none_keeps_its_place(headers):
    stock, quick = make_sessions()
    for session in (stock, quick):
        session.headers["Accept"] = session.headers["X"] = None
        session.headers["Z"] = "z"
    for _ in range(2):
        expected = outcome(stock, {**CALL, "headers": headers})
        assert outcome(quick, {**CALL, "headers": headers}) == expected
    assert quick.quick == 2


def test_what_a_transport_does_to_a_request_stays_in_that_request():
    session = quick_session()
    session.get(URL)
    first = session.get_adapter(URL).given[0][0]
    first.headers["X"] = "y"
    first._cookies.set("a", "b")
    first.hooks["response"].append(None)
    session.get(URL)
    second = session.get_adapter(URL).given[1][0]
    assert "X" not in second.headers
    assert "X" not in session.headers
    assert not second._cookies
    assert second.hooks == {"response": []}


SEAMS = {
    requests.Session: "send prepare_request merge_environment_settings get_adapter",
    requests.sessions: "merge_setting merge_cookies preferred_clock get_environ_proxies",
    requests.PreparedRequest: "prepare_url prepare_headers prepare_body prepare_cookies prepare",
    requests.models: "check_header_validity",
}


@pytest.mark.parametrize(
    ("owner", "name"), [(owner, name) for owner, names in SEAMS.items() for name in names.split()]
)
def test_what_somebody_patched_in_requests_is_called(owner, name):
    session = quick_session()
    with mock.patch.object(owner, name, autospec=True, side_effect=getattr(owner, name)) as patch:
        session.request(**CALL)
    assert patch.called
    assert session.quick == 0
    session.request(**CALL)
    assert session.quick == 1


STEPS = ["send", "prepare_request", "merge_environment_settings", "resolve_redirects"]


@pytest.mark.parametrize("name", [*STEPS, "get_redirect_target", "get_adapter"])
def test_what_somebody_put_on_the_session_is_called(name):
    session = quick_session()
    stock = getattr(session, name)
    setattr(session, name, mock.Mock(side_effect=stock))
    session.request(**CALL)
    assert getattr(session, name).called
    assert session.quick == (name == "get_adapter")


@pytest.mark.parametrize("name", [*STEPS, "get_redirect_target", "get_adapter", "request"])
def test_what_a_subclass_overrides_is_called(name):
    called = []

    def override(self, *args, **kwargs):
        called.append(name)
        return getattr(Quick, name)(self, *args, **kwargs)

    session = quick_session(type("Own", (Quick,), {name: override}))
    session.request(**CALL)
    assert called
    assert session.quick == (name in ("get_adapter", "request"))


def test_a_subclass_that_says_so_stays_on_the_fast_path():
    class Own(Quick):
        @skippable
        def prepare_request(self, request):
            return super().prepare_request(request)

    class Further(Own):
        def prepare_request(self, request):
            return super().prepare_request(request)

    session, further = quick_session(Own), quick_session(Further)
    session.get(URL)
    further.get(URL)
    assert (session.quick, further.quick) == (1, 0)
    with mock.patch.object(Own, "prepare_request", autospec=True, side_effect=Own.prepare_request):
        session.get(URL)
    assert session.quick == 1


def test_a_class_that_minds_what_is_set_on_it_is_not_bothered():
    class Strict(Quick):
        def __setattr__(self, name, value):
            assert not name.startswith("_ahoyhoy")
            super().__setattr__(name, value)

    session = quick_session(Strict)
    session.get(URL)
    assert session.quick == 1


def test_the_fast_path_can_be_switched_off():
    session = quick_session()
    with mock.patch.object(fast, "ENABLED", False):
        session.get(URL)
    assert session.quick == 0


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("auth", ("u", "p")),
        ("params", {"a": 1}),
        ("proxies", {"http": "http://p:1"}),
        ("hooks", {"response": [print]}),
        ("headers", {"X": "y"}),
        ("headers", CaseInsensitiveDict({"X": b"y"})),
        ("cookies", {}),
        ("proxies", ()),
        ("params", ()),
    ],
)
def test_what_a_session_adds_to_requests_is_left_to_requests(attribute, value):
    stock, quick = make_sessions()
    for session in (stock, quick):
        setattr(session, attribute, value)
    assert outcome(quick, CALL) == outcome(stock, CALL)
    assert quick.quick == 0


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("auth", ("u", "p")),
        ("cookies", {"a": "b"}),
        ("proxies", {"http": "http://p:1"}),
        ("hooks", {"response": []}),
        ("headers", {"X": b"y"}),
        ("data", iter([b"a", b"b"])),
        ("url", "http://u:p@users.internal/"),
        ("method", "stra\N{LATIN SMALL LETTER SHARP S}e"),
    ],
)
def test_what_is_not_plain_in_a_request_is_left_to_requests(argument, value):
    quick = quick_session()
    quick.request(**{**CALL, argument: value})
    assert quick.quick == 0
