import pickle
import threading
import traceback

import pytest
import requests

from ahoyhoy._core import Verdict
from ahoyhoy.circuit import BreakerFactory
from ahoyhoy.client import Client
from ahoyhoy.exceptions import (
    Ahoyhoy500Exception,
    CircuitOpenError,
    ClientNoEndpointsException,
    DeadlineExceeded,
    ProviderError,
)
from ahoyhoy.http.bounds import current
from ahoyhoy.lb import RoundRobinLB
from ahoyhoy.lb.providers import ListProvider
from ahoyhoy.lb.providers.iprovider import IProvider
from ahoyhoy.retries import RetryPolicy
from ahoyhoy.utils import Host


class Start:
    def randrange(self, _stop):
        return 0

    def seed(self):
        pass


class Now:
    def delay(self, _failures):
        return 0.0


HOSTS = [Host("10.0.0.1", 80), Host("10.0.0.2", 80), Host("::1", 80), Host("10.0.0.4", 80)]


@pytest.fixture
def fail(recorded, clock):
    """The error of a call whose attempts end as the script says, each after 0.6 s."""

    def call(*script, method="GET", path="/x", hosts=HOSTS, prepare=lambda lb: None, **options):
        session, adapter = recorded(*script)
        send = adapter.send

        def slow(request, **kwargs):
            clock.advance(0.6)
            return send(request, **kwargs)

        adapter.send = slow
        lb = RoundRobinLB(ListProvider(*hosts), rng=Start())
        lb.use_breaker(BreakerFactory(clock=clock))
        prepare(lb)
        options = {"policy": RetryPolicy(backoff=Now()), "clock": clock, **options}
        client = Client(lb, session=session, **options)
        with pytest.raises(Exception) as caught:  # noqa: PT011
            client.request(method, path)
        return caught.value

    return call


def test_the_text_is_the_diagnosis(fail):
    error = fail(requests.ConnectTimeout("x"), requests.ReadTimeout("y"), 503, 503, name="users")
    assert str(error) == (
        "users: 4 attempts on 4 of 4 hosts in 2.4 s: 10.0.0.1:80 connect timeout;"
        " 10.0.0.2:80 read timeout; [::1]:80 HTTP 503; 10.0.0.4:80 HTTP 503"
    )


def test_without_a_name_it_is_the_method_and_path_without_the_query(fail):
    error = fail(503, method="POST", path="/x?token=hunter2")
    assert str(error) == "POST /x: 1 attempt on 1 of 4 hosts in 0.6 s: 10.0.0.1:80 HTTP 503"
    assert "hunter2" not in "".join(traceback.format_exception(error))


def test_one_host_is_a_host(fail):
    error = fail(503, hosts=HOSTS[:1])
    assert str(error) == (
        "GET /x: 3 attempts on 1 of 1 host in 1.8 s:"
        " 10.0.0.1:80 HTTP 503; 10.0.0.1:80 HTTP 503; 10.0.0.1:80 HTTP 503"
    )


def test_ten_attempts_are_told_and_all_are_kept(fail):
    hosts = [Host("h", number) for number in range(1, 13)]
    error = fail(requests.ConnectionError(ConnectionRefusedError()), hosts=hosts)
    assert "12 attempts on 12 of 12 hosts in 7.2 s: …; h:3 connection refused; h:4" in str(error)
    assert len(error.attempts) == 12


def test_the_error_is_the_last_real_one_in_its_class_with_the_first_telling_as_cause(fail):
    original = requests.ReadTimeout("original text")
    error = fail(503, 503, original)
    assert type(error) is requests.ReadTimeout
    assert error.__cause__ is original
    assert error.request is original.request
    assert [a.verdict for a in error.attempts] == [Verdict.RETRYABLE] * 3
    assert [a.started for a in error.attempts] == pytest.approx([0.0, 0.6, 1.2])


def test_a_5xx_keeps_its_response(fail):
    error = fail(502, 503, 504)
    assert isinstance(error, Ahoyhoy500Exception)
    assert error.response.status_code == 504


def test_what_was_sent_counts_more_than_what_was_not(fail):
    refused = requests.ConnectionError(ConnectionRefusedError())
    error = fail(503, refused, hosts=HOSTS[:2], policy=RetryPolicy(attempts=9, backoff=Now()))
    assert isinstance(error, Ahoyhoy500Exception)


def test_where_no_host_could_be_reached_the_last_real_error_is_the_cause(fail):
    refused = requests.ConnectionError(ConnectionRefusedError())
    error = fail(refused, hosts=HOSTS[:2])
    assert type(error) is ClientNoEndpointsException
    assert isinstance(error, requests.ConnectionError)
    assert error.__cause__ is refused
    assert str(error) == (
        "GET /x: 2 attempts on 2 of 2 hosts in 1.2 s: 10.0.0.1:80 connection refused;"
        " 10.0.0.2:80 connection refused; no host left among 2"
    )


def test_with_every_circuit_open_the_error_says_so_at_once(fail):
    def open_all(lb):
        for endpoint in lb.endpoints():
            endpoint.open()

    error = fail(200, hosts=HOSTS[:2], prepare=open_all)
    assert type(error) is ClientNoEndpointsException
    assert str(error) == (
        "GET /x: no attempt; no host left among 2: 10.0.0.1:80 circuit open; 10.0.0.2:80 circuit open"
    )
    assert error.attempts == ()


def test_an_empty_list_says_so(fail):
    error = fail(200, hosts=[])
    assert str(error) == "GET /x: no attempt; no hosts: the provider's list is empty"
    assert isinstance(error.__cause__, Exception)


def test_a_provider_that_cannot_be_read_is_the_cause():
    class Down(IProvider):
        def get_list(self):
            raise ProviderError("no DNS")

    with pytest.raises(ClientNoEndpointsException, match="no attempt; no DNS") as caught:
        Client(RoundRobinLB(Down())).get("/x")
    assert isinstance(caught.value.__cause__, ProviderError)


def test_a_provider_that_is_waited_for_until_the_deadline_is_named_and_the_cause():
    class Slow(IProvider):
        def get_list(self):
            threading.Event().wait(current().deadline.remaining())
            raise ProviderError("etcd://users: no answer")

    told = r"no attempt; its deadline of 0.05 s passed \(etcd://users: no answer\)"
    with pytest.raises(DeadlineExceeded, match=told) as caught:
        Client(RoundRobinLB(Slow())).get("/x", deadline=0.05)
    assert isinstance(caught.value.__cause__, ProviderError)


def test_a_circuit_that_opened_between_choice_and_call_is_told_as_such(stub):
    class Meanwhile(RoundRobinLB):
        def lease(self, call, avoid=()):
            lease = super().lease(call, avoid)
            lease.endpoint.open()
            return lease

    with pytest.raises(requests.ConnectionError, match=r"10\.0\.0\.1:80 circuit open") as caught:
        Client(Meanwhile(ListProvider(HOSTS[0])), session=stub("x")).get("/x")
    assert isinstance(caught.value, (ClientNoEndpointsException, CircuitOpenError))


def test_the_programmers_own_mistake_is_raised_unchanged_with_its_attempts(fail):
    mistake = TypeError("bogus")
    error = fail(mistake)
    assert error is mistake
    assert str(error) == "bogus"
    assert [(a.verdict, a.error) for a in error.attempts] == [(Verdict.IGNORED, "TypeError")]


def test_an_error_of_somebody_elses_class_is_raised_as_it_is(fail):
    class Theirs(requests.ConnectionError):
        def __init__(self, code):
            super().__init__(f"code {code}")

    theirs = Theirs(7)
    error = fail(theirs, hosts=HOSTS[:1])
    assert error is theirs
    assert len(error.attempts) == 3


@pytest.mark.parametrize(
    "item",
    [
        503,
        requests.ReadTimeout("x"),
        requests.ConnectTimeout("x"),
        requests.ConnectionError("x"),
        requests.exceptions.SSLError("x"),
        requests.exceptions.ChunkedEncodingError("x"),
        requests.exceptions.ProxyError("x"),
        requests.exceptions.ContentDecodingError("x"),
        requests.exceptions.RetryError("x"),
        requests.TooManyRedirects("x"),
        TypeError("x"),
    ],
    ids=repr,
)
def test_what_a_call_raises_can_be_pickled_with_its_story(fail, item):
    error = fail(item, hosts=HOSTS[:2])
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert copy.attempts == error.attempts
    assert len(copy.attempts) > 0
