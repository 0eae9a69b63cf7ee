import pickle
import threading

import pytest
import requests

from ahoyhoy.calling.counts import Counts
from ahoyhoy.client import Client, attempts_of
from ahoyhoy.client.instead import INSTEAD
from ahoyhoy.endpoints import Endpoint
from ahoyhoy.endpoints.defaults import Callbacks
from ahoyhoy.exceptions import (
    Ahoyhoy500Exception,
    BuilderError,
    LbNoEndpointsException,
)
from ahoyhoy.lb import RoundRobinLB
from ahoyhoy.lb.providers import ListProvider
from ahoyhoy.retries import Retry, RetryPolicy
from ahoyhoy.utils import Host

A, B = Host("a", 1), Host("b", 1)


def balancer(*hosts):
    return RoundRobinLB(ListProvider(*(hosts or (A, B))))


@pytest.fixture
def client_over(recorded):
    """A client over two hosts and a session that answers from a script."""

    def make(*script, **options):
        session, adapter = recorded(*script)
        return Client(balancer(), session=session, **options), adapter

    return make


@pytest.mark.parametrize(
    "url", ["x", "", "http://a/x", "users?token=hunter2", "http://u:hunter2@a/", None, b"/x", 5]
)
def test_it_takes_paths_and_says_so(client_over, url):
    client, adapter = client_over()
    with pytest.raises(requests.exceptions.InvalidURL, match="a Client takes paths") as caught:
        client.get(url)
    assert "hunter2" not in str(caught.value)
    assert adapter.requests == []


@pytest.mark.parametrize("verb", ["get", "options", "head", "post", "put", "patch", "delete"])
def test_each_verb_reaches_a_host(client_over, verb):
    client, adapter = client_over()
    assert getattr(client, verb)("/x").status_code == 200
    (request,) = adapter.requests
    assert request.method == verb.upper()
    assert request.url in ("http://a:1/x", "http://b:1/x")


def test_request_takes_any_method_and_its_arguments_by_position(client_over):
    client, adapter = client_over()
    client.request("purge", "/x", {"a": "1"}, b"data", {"X": "1"})
    (request,) = adapter.requests
    assert (request.method, request.body, request.headers["X"]) == ("PURGE", b"data", "1")
    assert request.url.endswith("/x?a=1")


def test_request_with_positional_headers_and_timeout_does_not_clash_with_defaults(client_over):
    client, adapter = client_over(200, headers={"A": "1"})
    client.request("GET", "/x", None, None, {"B": "2"}, None, None, None, 9)
    assert (adapter.requests[0].headers["A"], adapter.requests[0].headers["B"]) == ("1", "2")
    assert adapter.options[0]["timeout"] == 9


def test_a_body_by_position_reaches_the_host(client_over):
    client, adapter = client_over()
    client.post("/x", b"data")
    assert adapter.requests[0].read_body == b"data"


def test_a_file_is_sent_whole_again_on_the_next_host(client_over, tmp_path):
    path = tmp_path / "body"
    path.write_bytes(b"0123456789")
    client, adapter = client_over(ConnectionResetError(104, "reset"), 200)
    with path.open("rb") as file:
        file.seek(3)
        client.put("/x", data=file)
    assert [request.read_body for request in adapter.requests] == [b"3456789"] * 2


def test_an_iterator_is_not_sent_again(client_over):
    client, adapter = client_over(ConnectionResetError(104, "reset"), 200)
    with pytest.raises(ConnectionResetError):
        client.put("/x", data=iter([b"a", b"b"]))
    assert len(adapter.requests) == 1


def test_a_get_goes_on_to_another_host_and_the_response_tells(client_over):
    client, adapter = client_over(503, 200)
    response = client.get("/x")
    assert len({request.url for request in adapter.requests}) == 2
    first, second = attempts_of(response)
    assert (first.status, first.error, second.status, second.error) == (503, "HTTP 503", 200, None)
    assert {first.host, second.host} == {A, B}


def test_what_no_client_returned_has_no_attempts():
    assert attempts_of(requests.Response()) == attempts_of(None) == ()


def test_a_post_that_was_answered_5xx_is_not_repeated(client_over):
    client, adapter = client_over(503)
    with pytest.raises(Ahoyhoy500Exception):
        client.post("/x")
    assert len(adapter.requests) == 1


def test_callbacks_run_for_each_attempt(client_over):
    paths, answers = [], []
    callbacks = Callbacks(
        lambda path: paths.append(path) or path, lambda r: answers.append(r.status_code) or r
    )
    client, _ = client_over(503, 200, callbacks=callbacks)
    client.get("/x")
    assert (paths, answers) == (["/x", "/x"], [503, 200])


def test_the_exception_callbacks_result_ends_failover(client_over):
    callbacks = Callbacks(exception=lambda error: "stand-in")
    client, adapter = client_over(requests.ConnectionError("x"), 200, callbacks=callbacks)
    assert client.get("/x") == "stand-in"
    assert len(adapter.requests) == 1
    assert sum(host.failures for host in client.hosts()) == 1


def test_a_retry_function_repeats_on_one_host_before_failover(client_over):
    error = requests.ConnectionError("x")
    client, adapter = client_over(
        error,
        retry_http_call_func=Retry(tries=2, sleep=lambda _: None),
        policy=RetryPolicy(attempts=2),
    )
    with pytest.raises(requests.ConnectionError):
        client.get("/x")
    urls = [request.url for request in adapter.requests]
    assert urls[0] == urls[1] != urls[2] == urls[3]


@pytest.mark.parametrize("name", sorted(INSTEAD))
def test_an_attribute_of_a_session_is_an_error_that_says_what_to_use(client_over, name):
    client, _ = client_over()
    for use in (lambda: getattr(client, name), lambda: setattr(client, name, None)):
        with pytest.raises(AttributeError, match=rf"no attribute '{name}'.*Instead, ") as caught:
            use()
        assert "NAME" not in str(caught.value)


def test_the_advice_names_the_builders_step():
    client = Client(balancer())
    with pytest.raises(AttributeError, match=r"add_headers\(\{…\}\)"):
        client.headers.update({})
    with pytest.raises(AttributeError, match=r"client\.get\(path, verify=…\)"):
        client.verify = False
    with pytest.raises(AttributeError, match=r"^Client has no attribute 'nonsense'$"):
        _ = client.nonsense
    assert not hasattr(client, "headers")


def test_it_resolves_an_endpoint_as_it_uses_it(client_over):
    client, adapter = client_over(200, headers={"X": "1"})
    endpoint = client.resolve()
    assert isinstance(endpoint, Endpoint)
    endpoint.get("/x")
    assert adapter.requests[0].headers["X"] == "1"
    assert not any(host.in_flight for host in client.hosts())
    with pytest.raises(LbNoEndpointsException):
        Client(RoundRobinLB(ListProvider())).resolve()


def test_it_counts_what_it_did(client_over):
    client, _ = client_over(503, 200, 503)
    client.get("/x")
    with pytest.raises(Ahoyhoy500Exception):
        client.post("/x")
    stats = client.stats()
    assert (stats.calls, stats.failures, stats.attempts) == (2, 1, 3)
    assert (stats.hosts, stats.available) == (2, 2)
    assert sum(host.requests for host in client.hosts()) == 3


def test_a_host_that_is_open_is_not_available(client_over):
    client, _ = client_over()
    client._lb.endpoints()[0].open()
    assert client.stats().available == 1
    client._lb.endpoints()[0].breaker.half_open()
    assert client.stats().available == 2


def test_many_threads_count_without_losing_one():
    counts = Counts()
    threads = [
        threading.Thread(
            target=lambda: [counts.add(failed=True, attempts=2, denied=3) for _ in range(500)]
        )
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    counts._lock.acquire()
    counts._after_fork()
    stats = counts.snapshot(())
    assert (stats.calls, stats.failures, stats.attempts) == (4000, 4000, 8000)
    assert stats.denied == 12000
    assert stats.retry_budget is None


def test_an_interrupted_call_is_counted_and_leaves_nothing_in_flight(client_over):
    client, _ = client_over(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        client.get("/x")
    assert client.stats().failures == 1
    assert not any(host.in_flight for host in client.hosts())


def test_it_closes_what_is_the_balancers_and_not_the_given_session(client_over):
    client, adapter = client_over()
    closed = []
    adapter.close = lambda: closed.append(1)
    with client as same:
        assert same is client
    assert closed == []
    assert client.get("/x").status_code == 200


def test_a_copy_in_another_process_has_its_settings_and_fresh_circuits():
    client = Client(balancer(), 3, headers={"X": "1"}, timeout=5, name="users")
    client._lb.endpoints()[0].open()
    copy = pickle.loads(pickle.dumps(client))
    assert repr(copy) == "<Client users over RoundRobinLB>"
    assert copy._settings.ep_list_update_tries == 3
    assert [host.circuit for host in copy.hosts()] == ["closed", "closed"]


@pytest.mark.parametrize("lb", [RoundRobinLB, None, object(), ListProvider(A)])
def test_what_is_no_balancer_is_a_type_error(lb):
    with pytest.raises(TypeError) as caught:
        Client(lb)
    assert isinstance(caught.value, BuilderError)


@pytest.mark.parametrize("updates", [0, -1, True])
def test_endpoint_updates_are_counted_from_1(updates):
    with pytest.raises(ValueError, match="at least once"):
        Client(balancer(), updates)


def test_an_unknown_argument_is_a_type_error():
    with pytest.raises(TypeError, match="hedge"):
        Client(balancer(), hedge=True)


def test_without_raising_an_error_of_the_network_is_raised_all_the_same(client_over):
    client, _ = client_over(503, requests.ReadTimeout("x"), raise_for_status=False)
    with pytest.raises(requests.ReadTimeout):
        client.get("/x")
