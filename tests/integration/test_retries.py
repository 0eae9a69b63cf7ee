"""What `add_retries` takes, and what it does on real servers."""

import pytest
import requests
import urllib3

from ahoyhoy import (
    Ahoyhoy500Exception,
    ClientNoEndpointsException,
    Endpoint,
    Retry,
    RetryPolicy,
    SessionClientBuilder,
    attempts_of,
)
from ahoyhoy.retries import ExponentialBackoff
from integration.calls import counts, in_order

QUICK = ExponentialBackoff(0.0)


def url_of(node):
    return f"http://127.0.0.1:{node.port}/x"


# -- a policy --------------------------------------------------------------------------------


def test_a_policy_says_how_often_a_call_is_sent(cluster, build):
    for node in cluster:
        node.set(status=503)
    client = build(in_order(*cluster.hosts), add_retries=RetryPolicy(attempts=7, backoff=QUICK))
    with pytest.raises(Ahoyhoy500Exception):
        client.get("/x")
    assert sum(counts(cluster)) == 7
    assert min(counts(cluster)) >= 1


def test_a_policy_of_one_attempt_never_repeats_but_moves_on_if_unsent(cluster, build):
    cluster[0].kill()
    cluster[1].set(status=503)
    client = build(in_order(*cluster.hosts), add_retries=RetryPolicy(attempts=1))
    with pytest.raises(Ahoyhoy500Exception):
        client.get("/x")
    assert counts(cluster) == [0, 1, 0]


def test_a_policy_may_choose_statuses_and_methods(cluster, build):
    policy = RetryPolicy(statuses={429}, methods={"POST"}, backoff=QUICK)
    client = build(in_order(*cluster.hosts), add_retries=policy)
    cluster[0].set(status=429)
    assert client.post("/x", b"data").status_code == 200
    assert client.get("/x").status_code == 429
    cluster[0].set(status=503)
    with pytest.raises(Ahoyhoy500Exception):
        client.post("/x", b"data")


def test_a_policy_without_failover_stays_where_it_is(cluster, build):
    cluster[0].kill()
    client = build(in_order(*cluster.hosts), add_retries=RetryPolicy(failover=False))
    with pytest.raises(requests.ConnectionError):
        client.get("/x")
    assert counts(cluster) == [0, 0, 0]


def test_a_policy_repeats_a_session_clients_call(cluster, session):
    builder = SessionClientBuilder().add_session(session)
    client = builder.add_retries(RetryPolicy(attempts=3, backoff=QUICK)).build()
    assert isinstance(client, Endpoint)
    cluster[0].set(status=503)
    with pytest.raises(Ahoyhoy500Exception):
        client.get(url_of(cluster[0]))
    assert cluster[0].count == 3
    with pytest.raises(Ahoyhoy500Exception):
        client.post(url_of(cluster[0]), b"data")
    assert cluster[0].count == 4


# -- urllib3's Retry -------------------------------------------------------------------------


def test_urllib3s_retry_is_understood(cluster, build):
    retry = urllib3.Retry(total=2, status_forcelist=[503], backoff_factor=0)
    client = build(in_order(*cluster.hosts), add_retries=retry)
    cluster[0].set(status=503)
    cluster[1].set(status=503)
    assert client.get("/x").json()["port"] == cluster[2].port
    cluster[0].set(status=500)
    with pytest.raises(Ahoyhoy500Exception):
        client.get("/x")
    with pytest.raises(Ahoyhoy500Exception):
        client.post("/x")
    assert counts(cluster) == [3, 1, 1]


def test_urllib3s_retry_may_allow_every_method(cluster, build):
    retry = urllib3.Retry(total=2, status_forcelist=[503], allowed_methods=None)
    cluster[0].set(status=503)
    assert build(in_order(*cluster.hosts), add_retries=retry).post("/x").status_code == 200


@pytest.mark.parametrize("retry", [urllib3.Retry(0), urllib3.Retry(False)])
def test_urllib3s_retry_of_zero_means_no_other_host(cluster, build, retry):
    client = build(in_order(*cluster.hosts), add_retries=retry)
    cluster[0].set(fault="reset")
    with pytest.raises(requests.ConnectionError):
        client.get("/x")
    assert counts(cluster) == [1, 0, 0]


def test_an_adapters_own_retry_of_the_users_session_is_left_to_it(cluster, build, session):
    retry = urllib3.Retry(total=2, status_forcelist=[503], backoff_factor=0)
    session.mount("http://", requests.adapters.HTTPAdapter(max_retries=retry))
    cluster[0].set(status=503)
    client = build(in_order(*cluster.hosts), add_session=session)
    assert client.get("/x").status_code == 200
    assert counts(cluster) == [3, 1, 0]


# -- the Retry of 4.x ------------------------------------------------------------------------


def test_a_4x_retry_repeats_on_the_host_before_failover(cluster, build):
    cluster[0].set(fault="close")
    client = build(in_order(*cluster.hosts), add_retries=Retry(tries=3))
    answer = client.get("/x")
    assert counts(cluster) == [3, 1, 0]
    assert len(attempts_of(answer)) == 2


def test_a_4x_retry_repeats_only_the_exceptions_it_names(cluster, build):
    cluster[0].set(fault="close")
    retry = Retry(exceptions=requests.ConnectTimeout, tries=3)
    build(in_order(*cluster.hosts), add_retries=retry).get("/x")
    assert counts(cluster) == [1, 1, 0]


def test_a_4x_retry_repeats_no_request_that_may_have_happened(cluster, build):
    cluster[0].set(fault="close")
    client = build(in_order(*cluster.hosts), add_retries=Retry(tries=4))
    with pytest.raises(requests.ConnectionError):
        client.post("/x", b"data")
    assert counts(cluster) == [1, 0, 0]


def test_a_4x_retry_without_end_ends_when_the_circuit_opens(cluster, build):
    for node in cluster:
        node.kill()
    client = build(in_order(*cluster.hosts), add_retries=Retry())
    with pytest.raises(ClientNoEndpointsException):
        client.get("/x")


def test_any_function_of_that_shape_will_do(cluster, build):
    calls = []

    def retry(f, fargs=None, fkwargs=None):
        calls.append((fargs, sorted(fkwargs)))
        return f(*fargs, **fkwargs)

    build(in_order(*cluster.hosts), add_retries=retry).post("/x", b"data", headers={"X": "y"})
    assert calls == [(("/x", b"data"), ["headers", "timeout"])]
    assert cluster[0].requests[0].body == b"data"


def test_a_4x_retry_repeats_a_session_clients_call(cluster, session):
    client = SessionClientBuilder().add_session(session).add_retries(Retry(tries=2)).build()
    cluster[0].set(fault="reset")
    with pytest.raises(requests.ConnectionError):
        client.get(url_of(cluster[0]))
    assert cluster[0].count == 2


def test_a_4x_retry_called_by_hand_calls_again(cluster, session):
    cluster[0].set(fault="close")
    with pytest.raises(requests.ConnectionError):
        Retry(exceptions=requests.ConnectionError, tries=3)(
            session.get, fargs=(url_of(cluster[0]),), fkwargs={"headers": {"X-A": "b"}}
        )
    assert cluster[0].count == 3
