"""A registry that asks by `Retry-After` to be left alone for a while is left alone for so long."""

import contextlib
import time
from functools import partial

import pytest

from ahoyhoy.exceptions import ProviderError
from ahoyhoy.lb.providers import (
    ConsulProvider,
    EtcdProvider,
    EurekaProvider,
    KubernetesProvider,
)
from ahoyhoy.lb.providers.watching.registryhttp import RegistryHttp
from ahoyhoy.testing import FakeClock
from integration.server_process import free_port, until
from integration.stand_in import StandIn, answering
from unit.scripted_provider import Draw

SOURCES = {
    "Consul": partial(ConsulProvider, "users"),
    "etcd": partial(EtcdProvider, "services/users"),
    "Eureka": partial(EurekaProvider, "users"),
    "Kubernetes": partial(KubernetesProvider, "default", "users"),
}


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("name", SOURCES)
def test_a_watch_begins_again_after_the_pause_and_what_is_by_chance(name, status):
    clock = FakeClock(100.0)
    with answering(status, Retry_After="7") as server:
        address = f"http://{server.address}"
        provider = SOURCES[name](address=address, clock=clock, rng=Draw(0.5))
        with contextlib.closing(provider):
            with pytest.raises(ProviderError, match=f"answered {status}: .* left alone for 7 s"):
                provider.get_list()
            assert provider._listing.known.due == pytest.approx(107.55)


def test_nothing_is_asked_in_the_pause_and_then_it_is():
    asked = []

    def answer(_):
        asked.append(time.monotonic())
        return 503, {"Retry-After": "0.6"}, b"busy"

    with StandIn(answer) as server:
        provider = ConsulProvider("users", address=server.address, rng=Draw(0.0))
        with contextlib.closing(provider):
            provider.changes()
            until(lambda: len(asked) > 1)
    assert asked[1] - asked[0] > 0.6


@pytest.mark.parametrize(
    ("statuses", "pause"),
    [
        ([(429, "7")], 7.0),
        ([(503, "1.5")], 1.5),
        ([(503, "soon")], None),
        ([(500, "7")], None),
        ([(404, "7")], None),
        ([(503, "7"), (429, "5")], 5.0),
        ([(503, "7"), (500, "5")], 0.0),
        ([(503, "7"), None], 0.0),
    ],
)
def test_the_pause_of_several_addresses_is_the_shortest(statuses, pause):
    with contextlib.ExitStack() as stack:
        addresses = [
            stack.enter_context(answering(it[0], Retry_After=it[1])).address
            if it
            else f"127.0.0.1:{free_port()}"
            for it in statuses
        ]
        registry = stack.enter_context(RegistryHttp("it", addresses, port=1).open())
        with pytest.raises(ProviderError) as caught:
            registry.ask("GET", "/")
    assert caught.value.retry_after == pause
