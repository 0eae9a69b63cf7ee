"""What a Consul agent may say, and the one that the tests start does not."""

import pytest

from ahoyhoy.exceptions import ProviderError
from ahoyhoy.lb.providers import ConsulProvider, RefusedError
from integration.registries import ports
from integration.server_process import until
from integration.stand_in import StandIn, answering


def entry(port, **service):
    return {
        "Node": {"Node": "n", "Address": "10.0.0.1", "Meta": {"zone": "of-the-node"}},
        "Service": {"ID": f"users-{port}", "Port": port, **service},
        "Checks": [{"Status": "passing"}],
    }


def watching(server, **options):
    return ConsulProvider("users", address=server.address, **{"wait": 1, **options})


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"service": ""}, "service is a name"),
        ({"service": None}, "service is a name"),
        ({"wait": 601}, "wait is at most 600 seconds"),
        ({"wait": 0}, "wait must be"),
        ({"scheme": "ftp"}, "scheme"),
    ],
)
def test_what_cannot_be_is_refused_at_once(arguments, text):
    with pytest.raises(ValueError, match=text):
        ConsulProvider(**{"service": "users", **arguments})


@pytest.mark.parametrize(
    ("status", "kind", "text"),
    [
        (400, RefusedError, r"Consul refuses the query \(400: no\)"),
        (401, RefusedError, r"Consul refuses the token \(401"),
        (429, ProviderError, "Consul answered 429: no"),
        (500, ProviderError, "Consul answered 500: no"),
    ],
)
def test_a_status_is_a_refusal_or_may_pass(status, kind, text):
    with answering(status) as server:
        source = watching(server)
        with pytest.raises(ProviderError, match=text) as caught:
            source.get_list()
        source.close()
    assert type(caught.value) is kind


def test_entries_that_cannot_be_read_are_left_out_and_each_is_named_once(caplog):
    entries = [7, {"Service": {}}, entry(0), entry(80, Weights={"Passing": "x"}), entry(81)]
    with answering(entries, X_Consul_Index="7") as server:
        source = watching(server)
        assert ports(source) == [81]
        until(lambda: len(server.asked) > 3)
        source.close()
    assert source.get_list()[0].zone == "of-the-node"
    for name in ("7 is left", "'users-0' on node 'n' is left", "'users-80' on node 'n' is left"):
        assert caplog.text.count(name) == 1
    source.close()


@pytest.mark.parametrize("index", ["", "x", "0", "-7"])
def test_an_index_that_is_none_is_not_sent_and_asked_anew_once_a_second(index):
    with answering([entry(81)], X_Consul_Index=index) as server:
        source = watching(server)
        assert ports(source) == [81]
        until(lambda: len(server.asked) == 2)
        assert all("index" not in asked.query for asked in server.asked)
        source.close()


@pytest.mark.parametrize(
    ("services", "options", "text"),
    [
        ({}, {}, "the token may see no services at all: it needs service:read on 'users'"),
        ({"consul": []}, {}, "Consul knows no service 'users', or the token may not see it"),
        ({"users": ["red"]}, {"tag": "blue"}, "no instance of 'users' has the tag 'blue'"),
        ({"users": ["red"]}, {"tag": "red"}, "no instance of 'users' passes its checks"),
        ({"users": []}, {"datacenter": "dc2"}, "no instance of 'users' passes its checks"),
    ],
)
def test_why_there_are_no_instances_is_asked_for(services, options, text):
    def answer(asked):
        health = asked.path.startswith("/v1/health/")
        return 200, {"X-Consul-Index": "7"}, [] if health else services

    with StandIn(answer) as server:
        source = watching(server, **options)
        with pytest.raises(ProviderError, match=text):
            source.get_list()
        source.close()
    why = next(asked for asked in server.asked if asked.path == "/v1/catalog/services")
    assert why.query == ({"dc": "dc2"} if "datacenter" in options else {})


def test_a_datacenter_that_the_agent_does_not_know():
    with StandIn(lambda _: (500, {}, b"No path to datacenter")) as server:
        source = watching(server, datacenter="mars")
        with pytest.raises(RefusedError, match="Consul knows no datacenter 'mars'"):
            source.get_list()
        source.close()


def test_an_instance_one_of_whose_checks_is_critical_is_left_out():
    sick = {**entry(80), "Checks": [{"Status": "passing"}, {"Status": "critical"}]}
    with answering([sick, entry(81)], X_Consul_Index="7") as server:
        source = watching(server)
        assert ports(source) == [81]
        source.close()


def test_why_there_are_none_may_be_refused_too():
    def answer(asked):
        if asked.path.startswith("/v1/health/"):
            return 200, {"X-Consul-Index": "7"}, []
        return 403, {}, b"no"

    with StandIn(answer) as server:
        source = watching(server)
        with pytest.raises(ProviderError, match=r"and why is not known: .* answered 403: no"):
            source.get_list()
        source.close()


def test_what_is_asked():
    with answering([entry(81)], X_Consul_Index="7") as server:
        source = watching(
            server, tag="a b", datacenter="dc2", near="_agent", passing=False, token="secret"
        )
        assert ports(source) == [81]
        until(lambda: len(server.asked) == 2)
        source.close()
    first, second = server.asked[:2]
    assert first.path == "/v1/health/service/users"
    assert first.query == {"tag": "a b", "dc": "dc2", "near": "_agent"}
    assert first.headers["X-Consul-Token"] == "secret"
    assert second.query == {**first.query, "index": "7", "wait": "1000ms"}


def test_the_scheme_may_be_given_for_all():
    with answering([entry(81, Tags=["https"])], X_Consul_Index="7") as server:
        source = watching(server, scheme="http")
        assert source.get_list()[0].scheme == "http"
        source.close()
