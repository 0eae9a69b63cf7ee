"""A service that calls another one, on real servers of every kind."""

import contextlib

import pytest
import requests

from ahoyhoy import Client, ListProvider, Propagation, RoundRobinLB
from ahoyhoy.testing.cluster import Cluster
from propagating import KINDS, serving

TIMEOUT = "X-Request-Timeout"
PRIORITY = "X-Request-Priority"
# Under ASGI Django warns of a body that a plain iterator makes.
EVERY_PATH = [(kind, path) for kind in KINDS for path in ("/", "/stream")]
EVERY_PATH.remove(("django-sync-views-on-asgi", "/stream"))


@pytest.fixture(scope="module")
def cluster():
    """The service behind."""
    with Cluster(1) as cluster:
        yield cluster


@pytest.fixture
def behind(cluster):
    """Its one server."""
    cluster[0].set()
    cluster[0].reset_counts()
    return cluster[0]


def received(node):
    """The headers of each request that came to a server."""
    return [request.headers for request in node.requests]


@pytest.fixture
def call(cluster):
    """Calls the service behind, as the code of the one in front does."""
    balancer = RoundRobinLB(ListProvider(*cluster.hosts))
    with Client(balancer, propagation=Propagation(service_name="front")) as client:
        yield lambda: client.get("/")


@pytest.fixture
def front(call):
    """Asks a front service: `front("django", …)(path, headers)`."""
    with contextlib.ExitStack() as stack:
        session = stack.enter_context(requests.Session())
        session.trust_env = False

        def start(kind, **options):
            url = stack.enter_context(serving(kind, call, **options))
            return lambda path="/", headers=None: session.get(url + path, headers=headers)

        yield start


@pytest.mark.parametrize(("kind", "path"), EVERY_PATH)
def test_a_call_made_for_a_request_inherits_what_is_left_of_its_time(front, behind, kind, path):
    get = front(kind)
    answer = get(path, {TIMEOUT: "20", PRIORITY: "LOW"})
    assert answer.text == ("None" if path == "/" else "ab")
    (headers,) = received(behind)
    assert 0 < float(headers[TIMEOUT]) < 20
    assert headers[PRIORITY] == "low"
    assert headers["X-Service-Name"] == "front"


@pytest.mark.parametrize(("kind", "path"), EVERY_PATH)
def test_nothing_of_a_request_is_left_to_the_next_one(front, behind, kind, path):
    get = front(kind)
    for headers in ({TIMEOUT: "20", PRIORITY: "high"}, None):
        assert get(path, headers).ok
    first, second = received(behind)
    assert (TIMEOUT in first, first[PRIORITY]) == (True, "high")
    assert (TIMEOUT in second, PRIORITY in second) == (False, False)


@pytest.mark.parametrize("kind", KINDS)
def test_a_caller_says_who_it_is(front, behind, kind):
    assert front(kind)(headers={"X-Service-Name": "billing"}).text == "billing"


@pytest.mark.parametrize("kind", KINDS)
def test_a_request_that_says_nothing_has_the_default(front, behind, kind):
    assert front(kind, default=30)().ok
    assert 20 < float(received(behind)[0][TIMEOUT]) < 30


@pytest.mark.parametrize("kind", KINDS)
def test_a_late_request_is_answered_408_and_calls_nobody(front, behind, kind):
    answer = front(kind)(headers={"grpc-timeout": "5m"})
    assert (answer.status_code, answer.headers["X-Do-Not-Retry"]) == (408, "1")
    assert answer.text == "no time was left to answer this request\n"
    assert behind.count == 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_bad_timeout_is_answered_400_when_so_asked(front, behind, kind):
    answer = front(kind, on_bad="reject")(headers={TIMEOUT: "-1"})
    assert answer.status_code == 400
    assert answer.text == "X-Request-Timeout must be seconds from 0 up, such as 2.5\n"
    assert "X-Do-Not-Retry" not in answer.headers
    assert behind.count == 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", ["-1", "nan", "inf", "junk"])
def test_a_bad_timeout_is_otherwise_ignored(front, behind, kind, value):
    assert front(kind)(headers={TIMEOUT: value}).ok
    assert TIMEOUT not in received(behind)[0]


@pytest.mark.parametrize("kind", KINDS)
def test_the_cap_is_the_most_that_a_caller_gets(front, behind, kind):
    assert front(kind, cap=30)(headers={TIMEOUT: "1e6"}).ok
    assert float(received(behind)[0][TIMEOUT]) < 30
