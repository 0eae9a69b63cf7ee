"""A real Consul agent: what changes there is seen here."""

import json

import pytest

from ahoyhoy.lb.providers.consul.consulprovider import ConsulProvider
from integration.registries import Consul, hosts, ports
from integration.server_process import until

TTL = {"TTL": "60s", "Status": "passing"}


@pytest.fixture(scope="module")
def agent():
    with Consul() as agent:
        yield agent


@pytest.fixture
def service(request, agent):
    """The name of a service of this test's own, empty again at its end."""
    name = request.node.name.removeprefix("test_").replace("_", "-")[:60]
    yield name
    for port in range(8001, 8006):
        if port in registered(agent, name):
            agent.deregister(port, name)


def registered(agent, service):
    every = json.loads(agent.get_bytes("agent/services")).values()
    return [entry["Port"] for entry in every if entry["Service"] == service]


@pytest.fixture
def watching(agent):
    """Providers that are closed at the end: `watching(service, option=…)`."""
    made = []

    def make(service, **options):
        made.append(ConsulProvider(service, **{"address": agent.address, "wait": 10, **options}))
        return made[-1]

    yield make
    for provider in made:
        provider.close()


def test_an_instance_whose_check_fails_goes_and_comes_back(agent, service, watching):
    agent.register(8001, service)
    agent.register(8002, service, Check=TTL)
    source = watching(service)
    assert ports(source) == [8001, 8002]
    agent.health(8002, "fail", service)
    until(lambda: ports(source) == [8001])
    agent.health(8002, "pass", service)
    until(lambda: ports(source) == [8001, 8002])
    agent.health(8002, "warn", service)
    until(lambda: ports(source) == [8001])


def test_an_instance_whose_check_warns_has_its_weight_for_that(agent, service, watching):
    agent.register(8001, service, Check=TTL, Weights={"Passing": 10, "Warning": 2})
    source = watching(service, passing=False)
    assert source.get_list()[0].weight == 10
    agent.health(8001, "warn", service)
    until(lambda: source.get_list()[0].weight == 2)
    agent.register(8002, service)
    agent.health(8001, "fail", service)
    until(lambda: ports(source) == [8002])


def test_an_instance_in_maintenance_is_left_out(agent, service, watching):
    agent.register(8001, service)
    agent.register(8002, service)
    source, lenient = watching(service), watching(service, passing=False)
    assert ports(source) == ports(lenient) == [8001, 8002]
    agent.maintenance(8002, True, service)
    until(lambda: ports(source) == ports(lenient) == [8001])
    agent.maintenance(8002, False, service)
    until(lambda: ports(source) == ports(lenient) == [8001, 8002])


def test_only_instances_with_the_tag_are_used(agent, service, watching):
    agent.register(8001, service, Tags=["blue"])
    agent.register(8002, service, Tags=["green", "new"])
    source = watching(service, tag="green")
    assert ports(source) == [8002]
    agent.register(8001, service, Tags=["green"])
    until(lambda: ports(source) == [8001, 8002])


def test_zone_and_scheme_are_those_of_the_metadata(agent, service, watching):
    agent.register(8001, service, Meta={"zone": "eu-1a", "scheme": "https"})
    agent.register(8002, service, Tags=["https"])
    agent.register(8003, service)
    first, second, third = watching(service).get_list()
    assert (first.zone, first.scheme) == ("eu-1a", "https")
    assert (second.zone, second.scheme) == (None, "https")
    assert (third.zone, third.scheme) == (None, None)


def test_an_instance_without_an_address_has_its_nodes(agent, service, watching):
    agent.register(8001, service, Address="")
    assert hosts(watching(service)) == ["127.0.0.1:8001"]


def test_an_instance_without_a_port_is_left_out_with_a_warning(agent, service, watching, caplog):
    agent.register(8001, service)
    agent.put("agent/service/register", Name=service, ID=f"{service}-8005")
    assert ports(watching(service)) == [8001]
    assert f"'{service}-8005' on node 'test' is left out: it has no port" in caplog.text


def test_the_order_is_that_of_the_round_trips_from_a_node(agent, service, watching):
    agent.register(8002, service)
    agent.register(8001, service)
    assert sorted(ports(watching(service, near="_agent"))) == [8001, 8002]


def test_the_datacenter_may_be_named(agent, service, watching):
    agent.register(8001, service)
    assert ports(watching(service, datacenter="dc1")) == [8001]
