"""A weight of four hundred digits in one instance, and none of the others was found."""

import logging

import pytest

from ahoyhoy.lb.providers import ConsulProvider, EurekaProvider
from integration.stand_in import answering

HUGE = 10**400


def in_consul(number, weight):
    service = {"ID": str(number), "Address": "10.0.0.1", "Port": number}
    return {"Node": {"Node": "n"}, "Service": {**service, "Weights": {"Passing": weight}}}


def in_eureka(number, weight):
    metadata = {"weight": weight}
    said = {"status": "UP", "ipAddr": "10.0.0.1", "hostName": "10.0.0.1", "port": number}
    return {**said, "instanceId": str(number), "metadata": metadata}


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (ConsulProvider, [in_consul(1, 1), in_consul(2, HUGE)]),
        (EurekaProvider, {"application": {"instance": [in_eureka(1, 1), in_eureka(2, HUGE)]}}),
    ],
)
def test_it_is_left_out_alone(kind, body, caplog):
    caplog.set_level(logging.WARNING, "ahoyhoy.discovery")
    with answering(body) as server:
        provider = kind("users", address=server.address)
        assert [instance.host.port for instance in provider.get_list()] == [1]
        provider.close()
    assert "is left out" in caplog.text
