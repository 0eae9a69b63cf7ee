"""How long a session's requests may take."""

import pytest
import requests

import ahoyhoy
from ahoyhoy import DeadlineExceeded, Session, Single
from integration.attempts import taking
from integration.calls import counts, in_order


@pytest.fixture
def users(cluster):
    with Session(in_order(*cluster.hosts), name="users") as session:
        yield session


def by_request(session):
    session.get("/x", deadline=0.3)


def by_block(session):
    with ahoyhoy.deadline(0.3):
        session.get("/x")


def by_setting(session):
    lb = session.get_adapter("http://users/").service.lb
    with Session(lb, name="users", deadline=0.3) as hurried:
        hurried.get("/x")


@pytest.mark.parametrize("get", [by_request, by_block, by_setting])
def test_a_deadline_ends_a_request(cluster, users, get):
    cluster[0].set(fault="stall")
    with taking(0.3), pytest.raises(DeadlineExceeded) as raised:
        get(users)
    assert isinstance(raised.value, requests.Timeout)
    assert raised.value.request.url == "http://users/x"
    assert len(raised.value.attempts) == 1


def test_a_deadline_covers_all_redirects(cluster):
    for node in cluster:
        node.set(status=302, headers={"Location": "/again"}, delay=0.1)
    with Session(in_order(*cluster.hosts), name="users", deadline=0.35) as session:
        with taking(0.35), pytest.raises(DeadlineExceeded):
            session.get("/x")
        with pytest.raises(DeadlineExceeded):
            session.get("/x", deadline=0.15)
    assert 3 <= sum(counts(cluster)) <= 6


def test_the_requests_own_deadline_counts_instead_of_the_sessions(cluster):
    cluster[0].set(delay=0.3)
    with Session(in_order(*cluster.hosts), name="users", deadline=0.1) as session:
        assert session.get("/x", deadline=5).status_code == 200
        assert session.get("/x", deadline=None).status_code == 200


def test_a_hooks_own_request_is_not_asked_for_the_same(cluster, users):
    seen = []

    def ask_again(response, **_):
        if not seen:
            seen.append(response)
            seen.append(users.get("/inner"))

    users.get("/x", deadline=5, strategy=Single(), hooks={"response": ask_again})
    cluster[0].kill()
    assert users.get("/y", hooks={"response": ask_again}).json()["port"] == cluster[1].port
    assert len(seen) == 2


def test_a_strategy_of_the_request_counts_for_it(cluster, users):
    cluster[0].kill()
    with pytest.raises(requests.ConnectionError):
        users.get("/x", strategy=Single())
    assert users.get("/x").status_code == 200


def test_the_services_timeout_counts_where_the_request_has_none(cluster):
    cluster[0].set(fault="stall")
    with Session(in_order(cluster.hosts[0]), name="users", timeout=0.2) as session:
        with taking(0.2), pytest.raises(requests.ReadTimeout):
            session.post("/x")
        cluster[0].set(delay=0.5)
        assert session.post("/x", timeout=5).status_code == 200
        assert session.post("/x", timeout=None).status_code == 200
        with pytest.raises(requests.ReadTimeout):
            session.send(session.prepare_request(requests.Request("POST", "/x")))
