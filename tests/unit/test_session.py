"""What a session is, without a network."""

import inspect
import pickle
import weakref

import pytest
import requests
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict

from ahoyhoy import CircuitBreaker, Host, ListProvider, PeakEwmaLB, RoundRobinLB, Session
from ahoyhoy.exceptions import BuilderError
from ahoyhoy.lb.iloadbalancer import ILoadBalancer
from ahoyhoy.lb.limits import Limits

TARGET = "10.0.0.1:8080,10.0.0.2:8080"


@pytest.fixture(params=[None, TARGET, {"users": TARGET, "orders:8080": TARGET}])
def session(request):
    with Session(request.param) as session:
        yield session


# -- as in requests ----------------------------------------------------------------------------


def test_it_is_a_session_for_whoever_asks(session):
    assert isinstance(session, requests.Session)
    assert session
    assert hash(session) == object.__hash__(session)
    assert {session: 1}[session] == 1
    assert session != Session()
    assert weakref.ref(session)() is session
    assert not hasattr(session, "__len__")
    assert isinstance(session.headers, CaseInsensitiveDict)
    with session as same:
        assert same is session


def test_other_urls_go_to_the_adapters_of_requests(session):
    for scheme in ("http://", "https://"):
        adapter = session.get_adapter(f"{scheme}example.org/")
        assert type(adapter) is HTTPAdapter
        assert adapter is session.adapters[scheme]


def test_without_a_target_nothing_is_other_than_in_requests():
    session, stock = Session(), requests.Session()
    assert list(session.adapters) == list(stock.adapters)
    for name in stock.__attrs__:
        if name not in ("adapters", "cookies"):
            assert getattr(session, name) == getattr(stock, name)
    with pytest.raises(requests.exceptions.MissingSchema):
        session.get("/x")
    with pytest.raises(requests.exceptions.InvalidSchema):
        session.get_adapter("nothing://x")
    with pytest.raises(ValueError, match="the session has none"):
        session.hosts()


def test_request_takes_what_it_takes_in_requests_and_in_that_order():
    ours = list(inspect.signature(Session.request).parameters)
    theirs = list(inspect.signature(requests.Session.request).parameters)
    assert ours[: len(theirs)] == theirs


def test_a_timeout_that_was_not_given_is_none(monkeypatch):
    given = []

    def record(self, request, **settings):
        given.append(settings["timeout"])
        response = requests.Response()
        response.status_code, response._content = 200, b""
        return response

    monkeypatch.setattr(HTTPAdapter, "send", record)
    session = Session()
    session.get("http://example.org/")
    session.get("http://example.org/", timeout=None)
    session.request("GET", "http://example.org/", None, None, None, None, None, None, 7)
    assert given == [None, None, 7]


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        (
            {"deadline": 1},
            r"deadline= is for the URL of a service, and 'http://o/x' is no service's",
        ),
        ({"key": "a", "deadline": 1}, "deadline= is for the URL of a service"),
        ({"nonsense": 1}, r"unexpected keyword argument 'nonsense'"),
    ],
)
def test_arguments_of_services_are_refused_for_other_urls(session, argument, message):
    with pytest.raises(TypeError, match=message):
        session.get("http://o/x?secret", **argument)


@pytest.mark.parametrize(
    ("argument", "error"),
    [
        ({"deadline": -1}, ValueError),
        ({"priority": "urgent"}, ValueError),
        ({"key": 7}, TypeError),
        ({"strategy": "twice"}, TypeError),
        ({"nonsense": 1}, TypeError),
    ],
)
def test_arguments_of_services_are_checked(argument, error):
    with Session(TARGET) as session, pytest.raises(error):
        session.get("/x", **argument)


def test_a_relative_url_leaves_the_callers_request_as_it_was():
    session = Session(TARGET, name="users")
    request = requests.Request("GET", "/x", params={"a": "b"})
    assert session.prepare_request(request).url == "http://users/x?a=b"
    assert request.url == "/x"


@pytest.mark.parametrize("url", ["//users/x", "x", "", "?a"])
def test_only_a_path_is_relative(url):
    with pytest.raises(requests.exceptions.MissingSchema):
        Session(TARGET).get(url)


# -- what it is made of --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "name", "url"),
    [
        (TARGET, None, "http://service.ahoyhoy/x"),
        (TARGET, "users", "http://users/x"),
        ("dns://users.internal:8080", None, "http://users.internal:8080/x"),
        ("dns://users.internal:8080", "users", "http://users/x"),
        ("srv://_http._tcp.users.internal", None, "http://users.internal/x"),
        ("https+srv://_http._tcp.users.internal", None, "https://users.internal/x"),
        ("dns://users.internal:443", None, "https://users.internal/x"),
        ("https://10.0.0.1,10.0.0.2:8443", "users", "https://users/x"),
        (ListProvider(Host("10.0.0.1", 443)), "users", "https://users/x"),
        (RoundRobinLB(ListProvider(Host("10.0.0.1", 80))), "users", "http://users/x"),
        (ListProvider(), "users", "http://users/x"),
        (ListProvider("no host"), "users", "http://users/x"),
    ],
)
def test_the_name_is_the_given_one_or_the_targets(target, name, url):
    session = Session(target, name=name)
    assert session.prepare_request(requests.Request("GET", "/x")).url == url


class LookAlike:
    def pick(self):
        return None

    def update(self):
        pass


def test_a_target_may_be_a_balancer_or_look_like_one():
    lb = RoundRobinLB(ListProvider())
    assert Session(lb).get_adapter("http://service.ahoyhoy/").service.lb is lb
    assert isinstance(Session(LookAlike()).get_adapter("http://service.ahoyhoy/").service.lb, ILoadBalancer)  # fmt: skip
    assert type(Session(TARGET).get_adapter("http://service.ahoyhoy/").service.lb) is PeakEwmaLB


@pytest.mark.parametrize(
    ("target", "settings", "message"),
    [
        (None, {"timeout": 1, "name": "a"}, "name, timeout: of which service"),
        (TARGET, {"name": "a b"}, "a service's name"),
        ({"users": TARGET}, {"name": "a"}, "a mapping has the names"),
        ({"users": TARGET, "users:80": TARGET}, {}, "two services own http://users/"),
        (7, {}, "7 is no target"),
        (RoundRobinLB, {}, "is no target"),
        ("users", {}, "A target is one of"),
        (RoundRobinLB(ListProvider()), {"lb": PeakEwmaLB}, "leave lb= out"),
        (RoundRobinLB(ListProvider(), requests.Session()), {}, "mount adapters on this session"),
        (TARGET, {"lb": lambda provider: provider}, "is no load balancer"),
        (TARGET, {"lb": "LeastRequestLB"}, "give a class such as LeastRequestLB, not 'Least"),
        (TARGET, {"headers": {}}, "use session.headers"),
        (TARGET, {"raise_for_status": True}, r"call response.raise_for_status\(\)"),
        (TARGET, {"nonsense": 1}, "no setting nonsense; it has breaker"),
        (TARGET, {"breaker": CircuitBreaker()}, "makes no circuits"),
        (TARGET, {"host_header": "x"}, "host_header is 'service'"),
        (TARGET, {"server_name": "x"}, "server_name is 'service'"),
        (TARGET, {"timeout": -1}, "a timeout is"),
        (TARGET, {"limits": 7}, "give Limits"),
    ],
)
def test_what_cannot_be_is_refused_when_it_is_made(target, settings, message):
    with pytest.raises((TypeError, ValueError), match=message) as raised:
        Session(target, **settings)
    assert isinstance(raised.value, BuilderError | TypeError | ValueError)


def test_limits_are_the_balancers():
    session = Session(TARGET, limits=Limits(per_host=3))
    assert session.get_adapter("http://service.ahoyhoy/").service.settings.limits.per_host == 3


# -- copies ------------------------------------------------------------------------------------


class Own(Session):
    __attrs__ = [*requests.Session.__attrs__, "mine"]

    def __init__(self):
        super().__init__({"users": TARGET}, timeout=7)
        self.mine = 1


def test_a_subclass_that_lists_its_own_attributes_keeps_its_services():
    copy = pickle.loads(pickle.dumps(Own()))
    assert copy.mine == 1
    assert copy.get_adapter("http://users/").service.settings.timeout == 7


def test_a_pickled_session_has_its_settings(session):
    session.headers["X-A"] = "b"
    session.mount("http://users/", HTTPAdapter(max_retries=3))
    copy = pickle.loads(pickle.dumps(session))
    assert type(copy.headers) is CaseInsensitiveDict
    assert copy.headers == session.headers
    assert list(copy.adapters) == list(session.adapters)
    assert repr(copy).partition(" at ")[0] == repr(session).partition(" at ")[0]
    assert copy.get_adapter("http://users/").max_retries.total == 3


def test_it_says_whose_it_is():
    assert repr(Session({"users": TARGET, "o:81": TARGET})) == "<Session of users, o:81>"
