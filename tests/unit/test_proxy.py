import copy
import functools
import pickle
from unittest import mock

import pytest
import requests

from ahoyhoy.http import SessionProxy, sessions
from ahoyhoy.http.proxy import takes_timeout
from ahoyhoy.http.sessions import is_requests_session, keep_from_children, new_session
from ahoyhoy.http.verbs import VERBS, stock_verb
from ahoyhoy.servicediscovery import ServiceDiscoveryHttpClient
from ahoyhoy.utils import Host


@pytest.mark.parametrize("verb", ["post", "put", "patch"])
def test_a_verb_with_a_body_reaches_the_session_with_all_its_arguments(verb):
    session = mock.Mock(spec_set=VERBS)
    result = getattr(SessionProxy(session), verb)("/x", b"data", json={"a": 1})
    method = getattr(session, verb)
    method.assert_called_once_with("/x", b"data", json={"a": 1})
    assert result is method.return_value


@pytest.mark.parametrize("verb", ["get", "options", "head", "delete"])
def test_a_verb_without_a_body_takes_params_after_the_url(verb):
    session = mock.Mock(spec_set=VERBS)
    call = getattr(SessionProxy(session), verb)
    method = getattr(session, verb)
    assert call("/x", {"a": 1}, headers={}) is method.return_value
    method.assert_called_once_with("/x", params={"a": 1}, headers={})
    for args, options in (({}, {}), {}), (({},), {"params": {}}):
        with pytest.raises(TypeError, match="URL and params"):
            call("/x", *args, **options)


def test_request_reaches_the_session_with_its_method():
    session = mock.Mock(spec_set=["request"])
    SessionProxy(session).request("purge", "/x", None, b"data", timeout=1)
    (call,) = session.request.mock_calls
    assert call.args[:2] == ("PURGE", "/x")
    assert call.kwargs["timeout"] == 1


def test_request_falls_back_to_the_verb_where_the_session_has_no_request(stub):
    session = stub("answer")
    assert SessionProxy(session).request("GET", "/x", stream=True) == "answer"
    assert session.calls == [("get", "/x", (), {"stream": True})]
    with pytest.raises(AttributeError, match="purge"):
        SessionProxy(session).request("PURGE", "/x")


def test_callbacks_run_around_a_call(stub):
    session = stub("answer")
    proxy = SessionProxy(session, lambda url: f"{url}/y", lambda result: f"[{result}]")
    assert proxy.get("/x") == "[answer]"
    assert session.calls[0][1] == "/x/y"


def test_what_the_exception_callback_returns_takes_the_answers_place(stub):
    error = ValueError("x")
    proxy = SessionProxy(stub(error), None, lambda r: f"[{r}]", lambda e: f"caught {e}")
    assert proxy.get("/") == "[caught x]"


def test_without_an_exception_callback_the_error_is_raised_and_post_does_not_run(stub):
    with pytest.raises(ValueError, match="x"):
        SessionProxy(stub(ValueError("x")), post_callback=pytest.fail).get("/")


def test_an_interruption_is_not_for_the_exception_callback(stub):
    with pytest.raises(KeyboardInterrupt):
        SessionProxy(stub(KeyboardInterrupt()), exception_callback=pytest.fail).get("/")


def test_callbacks_by_subclassing(stub):
    class Mine(SessionProxy):
        def pre_callback(self, urlpath):
            return "/mine" + urlpath

        def post_callback(self, result):
            return [result]

        def exception_callback(self, exc):
            return str(exc)

    session = stub("answer", ValueError("x"))
    assert Mine(session).get("/a") == ["answer"]
    assert Mine(session).get("/b") == ["x"]
    assert [call[1] for call in session.calls] == ["/mine/a", "/mine/b"]


def test_every_other_attribute_is_the_sessions():
    session = requests.Session()
    proxy = SessionProxy(session)
    assert proxy.headers is session.headers
    proxy.verify = False
    proxy.auth = ("u", "p")
    assert (session.verify, session.auth) == (False, ("u", "p"))
    assert "mount" in dir(proxy)
    assert "pre_callback" in dir(proxy)
    with pytest.raises(AttributeError, match="nonsense"):
        _ = proxy.nonsense


def test_what_the_session_does_not_know_is_the_proxys_own(stub):
    session = stub("answer")
    proxy = SessionProxy(session)
    proxy.note = 1
    proxy.get = lambda url: "patched"
    assert not hasattr(session, "note")
    assert proxy.get("/") == "patched"
    assert session.get("/") == "answer"


def test_without_a_session_it_makes_one():
    assert isinstance(SessionProxy()._session, requests.Session)


def test_it_can_be_copied_and_pickled():
    proxy = SessionProxy(requests.Session())
    proxy.headers["X"] = "1"
    assert copy.copy(proxy)._session is proxy._session
    assert pickle.loads(pickle.dumps(proxy)).headers["X"] == "1"


class Stock(requests.Session):
    pass


class WithRequest(requests.Session):
    def request(self, method, url, **kwargs):
        return super().request(method, url, **kwargs)


class WithGet(requests.Session):
    def get(self, url, **kwargs):
        return super().get(url, **kwargs)


class WithoutTimeout(requests.Session):
    def request(self, method, url):
        return super().request(method, url)


class Duck:
    def get(self, url, timeout=None):
        return url, timeout


def patched_on_the_instance(name):
    session = requests.Session()
    setattr(session, name, lambda *_args, **_kwargs: None)
    return session


@pytest.mark.parametrize(
    ("make", "takes"),
    [
        (requests.Session, True),
        (Stock, True),
        (lambda: SessionProxy(requests.Session()), True),
        (lambda: ServiceDiscoveryHttpClient(Host("a", 1), session=requests.Session()), True),
        (new_session, True),
        (WithoutTimeout, False),
        (Duck, False),
        (lambda: SessionProxy(Duck()), False),
        (mock.Mock, False),
        (lambda: mock.Mock(spec=requests.Session), False),
        (lambda: mock.create_autospec(requests.Session), False),
        (lambda: patched_on_the_instance("get"), False),
        (lambda: patched_on_the_instance("request"), False),
        (lambda: SessionProxy(patched_on_the_instance("get")), False),
    ],
)
def test_a_default_timeout_goes_only_to_a_session_whose_verb_nobody_replaced(make, takes):
    assert takes_timeout(make(), "get") is takes


@pytest.mark.parametrize("kind", [WithRequest, WithGet])
def test_a_verb_written_anew_is_not_given_a_timeout_it_did_not_ask_for(kind):
    assert takes_timeout(kind(), "get") is False


def test_a_verb_patched_on_a_proxy_gets_no_timeout():
    proxy = SessionProxy(requests.Session())
    proxy.get = lambda url: url
    assert not takes_timeout(proxy, "get")
    assert takes_timeout(proxy, "post")


@pytest.mark.parametrize("name", ["get", "request"])
@pytest.mark.parametrize(
    "patch",
    [
        lambda name: mock.patch.object(requests.Session, name),
        lambda name: mock.patch.object(requests.Session, name, autospec=True),
        lambda name: mock.patch.object(requests.Session, name, lambda _s, _m, url=None: url),
        lambda name: mock.patch.object(requests.Session, name, lambda *_a, **k: k),
    ],
    ids=["mock", "autospec", "function", "any"],
)
def test_a_verb_patched_in_the_class_gets_no_timeout(name, patch):
    with patch(name):
        assert not takes_timeout(requests.Session(), name)
    assert takes_timeout(requests.Session(), name)


def test_what_instruments_a_verb_and_says_so_is_no_replacement():
    original = requests.Session.get

    @functools.wraps(original)
    def traced(*args, **kwargs):
        return original(*args, **kwargs)

    with mock.patch.object(requests.Session, "get", traced):
        assert takes_timeout(requests.Session(), "get")


def test_a_stock_verb_is_neither_overridden_nor_patched():
    class Mine(SessionProxy):
        def post(self, *_args, **_kwargs):
            return None

    plain, patched = SessionProxy(Duck()), SessionProxy(Duck())
    patched.get = pytest.fail
    assert stock_verb(plain, "get", SessionProxy)
    assert not stock_verb(patched, "get", SessionProxy)
    assert stock_verb(patched, "post", SessionProxy)
    assert not stock_verb(Mine(Duck()), "post", SessionProxy)
    assert not stock_verb(Duck(), "get", SessionProxy)


def test_a_real_session_is_told_from_what_looks_like_one():
    assert is_requests_session(Stock())
    assert not is_requests_session(mock.Mock(spec=requests.Session))
    assert not is_requests_session(Duck())


def test_in_a_forked_child_a_session_lets_go_of_its_parents_connections():
    session = requests.Session()
    adapter = session.get_adapter("http://a/")
    pool = adapter.poolmanager
    keep_from_children(session)
    keep_from_children(session)
    keep_from_children(Duck())
    sessions._kept[id(session)]._after_fork()
    assert adapter.poolmanager is not pool
