"""With HTTP_PROXY set, the agent of this machine was asked for at the proxy, which got its token."""

import pytest

from ahoyhoy.lb.providers.watching.registryhttp import RegistryHttp
from integration.stand_in import answering


@pytest.fixture
def proxy(monkeypatch):
    with answering({"who": "the proxy"}) as server:
        for name in ("NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.delenv(name, raising=False)
        for name in ("HTTP_PROXY", "http_proxy"):
            monkeypatch.setenv(name, f"http://{server.address}")
        yield server


def asked(address):
    token = {"X-Consul-Token": "hunter2"}
    registry = RegistryHttp("the registry", address, port=8500, headers=token)
    with registry.open() as conversation:
        return conversation.ask_json("GET", "/")["who"]


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_one_of_this_machine_is_asked_itself(proxy, name):
    with answering({"who": "the agent"}) as agent:
        port = agent.address.rpartition(":")[2]
        assert asked(f"{name}:{port}") == "the agent"
    assert proxy.asked == []


def test_one_elsewhere_is_asked_through_the_proxy(proxy):
    assert asked("registry.invalid:8500") == "the proxy"
    assert len(proxy.asked) == 1
