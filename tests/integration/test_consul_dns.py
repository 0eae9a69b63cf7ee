"""The DNS of a real Consul agent, for those who read its services that way."""

import pytest

from ahoyhoy.lb.providers import SrvProvider
from integration.registries import Consul, hosts
from integration.server_process import until


class WithDns(Consul):
    """An agent that answers DNS, too."""

    def __init__(self):
        super().__init__()
        self.dns_port = self.new_port()

    def command(self):
        command = super().command()
        command[command.index("-dns-port") + 1] = str(self.dns_port)
        return command


@pytest.fixture(scope="module")
def agent():
    with WithDns() as agent:
        yield agent


def source(agent):
    name = "users.service.consul"
    return SrvProvider(name, resolver=f"127.0.0.1:{agent.dns_port}", min_ttl=0.05)


def test_instances_come_and_go_with_their_addresses_from_the_same_answer(agent):
    agent.register(8001)
    agent.register(8002, Address="10.0.0.2")
    provider = source(agent)
    until(lambda: hosts(provider) == ["10.0.0.1:8001", "10.0.0.2:8002"])
    assert [(i.weight, i.authority) for i in provider.get_list()] == [
        (1.0, "0a000001.addr.dc1.consul"),
        (1.0, "0a000002.addr.dc1.consul"),
    ]
    agent.deregister(8002)
    until(lambda: hosts(provider) == ["10.0.0.1:8001"])
    agent.deregister(8001)


def test_one_whose_check_fails_is_left_out(agent):
    for port in (8003, 8004):
        agent.register(port, Check={"TTL": "600s", "Status": "passing"})
    provider = source(agent)
    until(lambda: hosts(provider) == ["10.0.0.1:8003", "10.0.0.1:8004"])
    agent.health(8003, "warn")
    agent.health(8004, "fail")
    until(lambda: hosts(provider) == ["10.0.0.1:8003"])
    for port in (8003, 8004):
        agent.deregister(port)
