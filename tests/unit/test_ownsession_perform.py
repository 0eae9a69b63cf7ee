"""What a client's attempt has of a session of the library's own: one request, or nothing at all."""

from unittest import mock

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ProtocolError

from ahoyhoy import Host, Instance
from ahoyhoy._core import Cancellation, Deadline
from ahoyhoy.http import KeepAliveAdapter, fast
from ahoyhoy.http.bounds import AttemptCancelledError, Bounds, bounding
from ahoyhoy.http.fitted import Fit
from ahoyhoy.http.ownsession import OwnSession
from ahoyhoy.http.proxy import call_session
from ahoyhoy.http.view import view_of
from ahoyhoy.testing.clock import FakeClock
from properties.sessions_seen import (
    Quick,
    Recorder,
    calm,
    make_sessions,
    outcome,
    seen_of_request,
    typed,
)

URL = "http://users.internal:8080/1"


@pytest.fixture(autouse=True)
def calm_environment(tmp_path):
    with calm(tmp_path):
        yield


class Transport(HTTPAdapter):
    """Keeps what it is given, and answers with an empty 200 or an error."""

    error = None
    status = 200
    given = ()

    def send(self, request, **options):
        self.given = [*self.given, (request, options)]
        if self.error is not None:
            raise self.error
        response = requests.Response()
        response.url, response.request, response.status_code = request.url, request, self.status
        response._content, response._content_consumed = b"", True
        if len(self.given) == 1:
            response.headers["Location"] = "/2"
        else:
            response.status_code = 200
        return response


@pytest.fixture(params=["a user's", "the library's"])
def transport(request, monkeypatch):
    """A transport of either kind, which go different ways."""
    if request.param == "a user's":
        return Transport()
    for name in ("error", "status", "given", "send"):
        monkeypatch.setattr(KeepAliveAdapter, name, vars(Transport)[name], raising=False)
    return KeepAliveAdapter()


@pytest.fixture
def session(transport):
    session = Quick()
    session.mount("http://", transport)
    return session


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"params": {"a": 1}, "headers": {"X": "y"}},
        {"json": [1], "timeout": 3, "verify": False, "stream": True, "cert": "c"},
        {"data": {"a": "b"}, "allow_redirects": False},
    ],
)
def test_it_sends_what_request_does(options):
    stock, quick = make_sessions()
    response = quick.perform("POST", URL, options)
    assert response.status_code == 200
    request, told = quick.get_adapter(URL).given[0]
    expected = outcome(stock, {"method": "POST", "url": URL, **options})
    assert expected["given"] == [(seen_of_request(request), typed(told))]
    assert quick.quick == 1


@pytest.mark.parametrize(
    "options",
    [
        {"auth": ("u", "p")},
        {"cookies": {}},
        {"files": None},
        {"hooks": None},
        {"proxies": {}},
        {"no_such": 1},
        {"headers": {"X": b"y"}},
        {"data": iter([b"a"])},
        {"verify": {}},
    ],
)
def test_where_it_is_not_plain_nothing_is_done(session, transport, options):
    assert session.perform("GET", URL, options) is None
    assert not transport.given


def test_a_body_that_can_be_read_once_is_still_there_when_nothing_was_done(session):
    body = iter([b"a", b"b"])
    assert session.perform("POST", URL, {"data": body}) is None
    assert list(body) == [b"a", b"b"]


@pytest.mark.parametrize("owner", [requests.Session, OwnSession])
@pytest.mark.parametrize("verb", ["request", "get", "post"])
def test_a_verb_that_somebody_patched_is_to_be_called(session, transport, owner, verb):
    with mock.patch.object(owner, verb, print):
        assert session.perform("GET", URL, {}) is None
    assert not transport.given
    assert session.perform("GET", URL, {}) is not None


@pytest.mark.parametrize("name", ["request", "get", "send", "get_adapter"])
def test_a_method_that_somebody_put_on_the_session_is_to_be_called(session, transport, name):
    setattr(session, name, print)
    assert session.perform("GET", URL, {}) is None
    assert not transport.given


def test_a_subclass_with_a_request_of_its_own_is_to_be_called(transport):
    class Own(OwnSession):
        def request(self, *args, **kwargs):
            raise AssertionError

    session = Own()
    session.mount("http://", transport)
    assert session.perform("GET", URL, {}) is None


def test_it_does_nothing_while_it_is_switched_off(session):
    with mock.patch.object(fast, "ENABLED", False):
        assert session.perform("GET", URL, {}) is None


def test_a_request_without_a_timeout_has_that_of_the_fit(session, transport):
    fit = Fit(timeout=(3, 30))
    for options, expected in [({}, (3, 30)), ({"timeout": 1}, 1), ({"timeout": None}, None)]:
        transport.given = ()
        session.perform("GET", URL, options, fit)
        assert transport.given[0][1]["timeout"] == expected


def test_a_request_for_a_named_instance_goes_to_its_address_with_its_name(session, transport):
    seen = []

    def send(self, request, **_options):
        address = self.build_connection_pool_key_attributes(request, True)[0]["host"]
        seen.append((address, request.headers["Host"]))
        raise requests.ConnectionError

    instance = Instance(Host("10.0.0.1", 8080), authority="users.internal")
    with mock.patch.object(type(transport), "send", send), pytest.raises(requests.ConnectionError):
        session.perform("GET", URL, {}, Fit(instance))
    assert seen == [("10.0.0.1", "users.internal:8080")]


def test_the_requests_after_a_redirect_have_the_fit_too(session, transport):
    transport.status = 302
    response = session.perform("GET", URL, {}, Fit(timeout=7))
    assert [each.status_code for each in response.history] == [302]
    assert [options["timeout"] for _, options in transport.given] == [7, 7]
    assert [request.path_url for request, _ in transport.given] == ["/1", "/2"]


@pytest.mark.parametrize(("failing", "hops", "busy"), [(1, 1, True), (2, 2, True)])
def test_an_error_says_what_the_transport_was_asked(session, transport, failing, hops, busy):
    transport.status = 302
    stock = transport.send

    def send(request, **options):
        if len(transport.given) + 1 == failing:
            raise requests.ConnectionError("down", request=request)
        return stock(request, **options)

    transport.send = send
    with pytest.raises(requests.ConnectionError) as raised:
        session.perform("GET", URL, {})
    trace = raised.value.trace
    assert (trace.hops, trace.busy) == (hops, busy)


def test_an_error_in_the_body_says_that_the_transport_had_answered(session, transport):
    class Broken:
        def stream(self, *_args, **_options):
            raise ProtocolError("cut")

    stock = transport.send

    def send(request, **options):
        response = stock(request, **options)
        vars(response).update(_content=False, _content_consumed=False, raw=Broken())
        return response

    # In the class: what is on the object would be called in another way.
    with (
        mock.patch.object(
            type(transport), "send", lambda _, *args, **options: send(*args, **options)
        ),
        pytest.raises(requests.exceptions.ChunkedEncodingError) as raised,
    ):
        session.perform("GET", URL, {})
    assert (raised.value.trace.hops, raised.value.trace.busy) == (1, False)


def test_what_was_put_on_a_transport_is_called_as_without_the_fast_path(session, transport):
    for is_fast in (True, False):
        transport.send = mock.Mock(side_effect=transport.send)
        with mock.patch.object(fast, "ENABLED", is_fast):
            call_session(session, "get", "GET", URL, (), {}, Fit(timeout=7))
        assert transport.send.call_args.kwargs["timeout"] is None
        del transport.send


def test_an_error_before_the_transport_was_asked_says_so(session):
    with pytest.raises(requests.exceptions.InvalidJSONError) as raised:
        session.perform("POST", URL, {"json": float("nan")})
    assert (raised.value.trace.hops, raised.value.trace.busy) == (0, False)


def test_a_request_has_no_more_time_than_its_attempt(session, transport):
    with bounding(Bounds(Deadline.after(2, FakeClock()))):
        session.perform("GET", URL, {"timeout": 30})
    assert transport.given[0][1]["timeout"] == 2


def test_a_request_that_nobody_wants_any_more_is_not_sent(session, transport):
    cancellation = Cancellation()
    cancellation.cancel()
    with bounding(Bounds(cancellation=cancellation)), pytest.raises(AttemptCancelledError):
        session.perform("GET", URL, {})
    assert not transport.given


def test_a_view_of_the_session_is_as_quick(session, transport):
    view = view_of(session, Fit(timeout=7))
    view.get(URL)
    assert session.quick == 1
    assert transport.given[0][1]["timeout"] == 7


def test_a_transport_that_connects_in_its_own_way_is_asked_as_it_is():
    session = Quick()
    recorder = Recorder()
    session.mount("http://", recorder)
    session.perform("GET", URL, {}, Fit(timeout=7))
    expected = make_sessions()
    other = next(expected)
    call_session(other, "get", "GET", URL, (), {}, Fit(timeout=7))
    assert typed(recorder.given[0][1]) == typed(other.get_adapter(URL).given[0][1])
