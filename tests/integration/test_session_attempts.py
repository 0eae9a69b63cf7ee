"""A session's requests to a service: which hosts they go to, and what comes back."""

import io
import sys

import pytest
import requests

from ahoyhoy import CircuitOpenError, Hedged, Session, attempts_of
from ahoyhoy.circuit import BreakerFactory
from ahoyhoy.exceptions import ClientNoEndpointsException
from ahoyhoy.lb import RoundRobinLB
from integration.calls import counts, in_order


@pytest.fixture
def users(cluster):
    """A session whose only service prefers the first host, then the second …"""
    with Session(in_order(*cluster.hosts), name="users") as session:
        yield session


def test_relative_and_logical_urls_go_to_the_service(cluster, users):
    answers = [users.get(url) for url in ("/a?b=c", "http://users/a?b=c", b"/a?b=c")]
    assert [r.url for r in answers] == ["http://users/a?b=c"] * 3
    assert [r.path for r in cluster[0].requests] == ["/a?b=c"] * 3


def test_each_service_of_a_mapping_has_its_hosts(cluster):
    first, second, _ = cluster.hosts
    targets = {"users": f"127.0.0.1:{first.port}", "orders.test:8080": in_order(second)}
    with Session(targets) as session:
        session.get("http://users/1")
        session.get("http://orders.test:8080/2")
        with pytest.raises(requests.exceptions.MissingSchema):
            session.get("/3")
    assert [[r.path for r in node.requests] for node in cluster] == [["/1"], ["/2"], []]


def test_calls_are_spread_by_the_balancer_that_was_asked_for(cluster):
    target = ",".join(f"127.0.0.1:{port}" for _, port in cluster.hosts)
    with Session(target, lb=RoundRobinLB) as session:
        for _ in range(6):
            session.get("/x")
    assert counts(cluster) == [2, 2, 2]


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH"])
def test_a_host_that_refuses_is_passed_over_for_every_method(cluster, users, method):
    cluster[0].kill()
    answer = users.request(method, "/x", data=b"pay")
    assert answer.json()["port"] == cluster[1].port
    assert [a.error for a in attempts_of(answer)] == ["connection refused", None]


def test_a_reset_after_sending_is_repeated_only_where_that_is_safe(cluster, users):
    cluster[0].set(fault="reset")
    assert users.get("/x").json()["port"] == cluster[1].port
    assert users.put("/x", data=b"1").json()["port"] == cluster[1].port
    key = {"Idempotency-Key": "7"}
    assert users.post("/x", headers=key).json()["port"] == cluster[1].port
    with pytest.raises(requests.ConnectionError):
        users.post("/x", data=b"pay")
    assert counts(cluster)[1:] == [3, 0]


def test_an_answer_that_is_cut_short_is_a_failed_attempt(cluster, users):
    cluster[0].set(fault="half-body")
    assert users.get("/x").json()["port"] == cluster[1].port
    with pytest.raises(requests.exceptions.ChunkedEncodingError) as raised:
        users.post("/x")
    assert raised.value.request.url == "http://users/x"


def test_a_last_5xx_is_returned_with_its_body(cluster, users):
    for number, node in enumerate(cluster):
        node.set(status=503, body=b"%d" % number)
    answer = users.get("/x")
    assert (answer.status_code, answer.content) == (503, b"2")
    assert len(attempts_of(answer)) == 3
    assert users.post("/x").content == b"0"


def test_when_all_fail_the_last_error_is_the_one_of_requests(cluster, users):
    for node in cluster:
        node.kill()
    with pytest.raises(requests.ConnectionError) as raised:
        users.post("/x?secret=1", data=b"pay")
    error = raised.value
    assert type(error) is requests.ConnectionError
    assert type(error.args[0]).__name__ == "MaxRetryError"
    assert error.request.url == "http://users/x?secret=1"
    assert error.request.body == b"pay"
    assert [a.host for a in error.attempts] == list(cluster.hosts)
    if sys.version_info >= (3, 11):
        (note,) = error.__notes__
        assert note.startswith("users: 3 attempts on 3 of 3 hosts")
        assert "secret" not in note


def test_a_timeout_keeps_its_class(cluster, users):
    cluster[0].set(fault="stall")
    with pytest.raises(requests.ReadTimeout) as raised:
        users.post("/x", timeout=0.05)
    assert len(raised.value.attempts) == 1


def test_an_open_circuit_everywhere_is_a_connection_error(cluster):
    lb = in_order(*cluster.hosts)
    breaker = BreakerFactory(failure_threshold=1, break_duration=60)
    for node in cluster:
        node.set(status=500)
    with Session(lb, name="users", breaker=breaker) as session:
        session.get("/x")
        assert [host.circuit for host in session.hosts()] == ["open"] * 3
        with pytest.raises(requests.ConnectionError) as raised:
            session.get("/x")
    assert isinstance(raised.value, ClientNoEndpointsException)
    assert not isinstance(raised.value, CircuitOpenError)
    assert raised.value.request.url == "http://users/x"
    assert counts(cluster) == [1, 1, 1]


def test_a_service_without_hosts_is_a_connection_error():
    with Session(in_order(), name="users") as session, pytest.raises(requests.ConnectionError):
        session.get("/x")


def test_a_file_is_sent_again_from_where_it_stood(cluster, users):
    cluster[0].set(fault="reset")
    file = io.BytesIO(b"head:body")
    file.seek(5)
    users.put("/x", data=file)
    assert [node.requests[0].body for node in list(cluster)[:2]] == [b"body", b"body"]


def test_a_generator_goes_on_only_if_nothing_was_sent(cluster, users):
    cluster[0].kill()
    answer = users.put("/x", data=(piece for piece in [b"a", b"b"]))
    assert answer.json()["port"] == cluster[1].port
    assert cluster[1].requests[0].body == b"ab"
    cluster[1].set(fault="reset")
    with pytest.raises(requests.ConnectionError):
        users.put("/x", data=(piece for piece in [b"a", b"b"]))
    assert counts(cluster)[2] == 0


def test_a_hook_a_cookie_and_an_auth_are_applied_once(cluster, users):
    cluster[0].set(status=503)
    cluster[1].set(headers={"Set-Cookie": "id=7; Path=/"})
    heard, signed = [], []

    def sign(request):
        signed.append(request.url)
        request.headers["Authorization"] = "t"
        return request

    hooks = {"response": lambda r, **_: heard.append(r.status_code)}
    users.get("/x", auth=sign, hooks=hooks)
    assert (heard, signed) == ([200], ["http://users/x"])
    assert users.cookies.get("id", domain="users.local") == "7"
    assert [r.headers["Authorization"] for node in cluster for r in node.requests] == ["t", "t"]


def test_a_hedge_wins_over_a_slow_host(cluster):
    cluster[0].set(delay=2)
    hedged = Hedged(delay=0.05, max_extra=1.0)
    with Session(in_order(*cluster.hosts), name="users", strategy=hedged) as session:
        answer = session.get("/x")
    assert answer.json()["port"] == cluster[1].port
    assert "Host" not in answer.request.headers
    assert answer.request.url == "http://users/x"


def test_a_streamed_answer_keeps_its_host_busy_until_it_is_read(cluster, users):
    with users.get("/x", stream=True) as answer:
        assert users.hosts()[0].in_flight == 1
        assert answer.raw.read(1)
        answer.content  # noqa: B018
        assert users.hosts()[0].in_flight == 0
    users.get("/x")
    assert cluster[0].connections == 1


def test_statistics_and_hosts_are_the_services(cluster, users):
    users.get("/x")
    assert users.stats().calls == 1
    assert [host.requests for host in users.hosts("users")] == [1, 0, 0]
    with pytest.raises(ValueError, match="there is no service 'orders': the session has users"):
        users.hosts("orders")


def test_listeners_hear_of_the_service(cluster):
    heard = []
    with Session(in_order(*cluster.hosts), name="users", listeners=[heard.append]) as session:
        session.get("/x?secret")
    assert [type(event).__name__ for event in heard] == [
        "CallStarted", "AttemptStarted", "AttemptEnded", "CallEnded",
    ]  # fmt: skip
    assert {(event.service, event.path) for event in heard} == {("users", "http://users/x")}


def test_a_closed_session_can_be_used_again(cluster, users):
    users.get("/x")
    users.close()
    users.get("/x")
    assert (cluster[0].count, cluster[0].connections) == (2, 2)
