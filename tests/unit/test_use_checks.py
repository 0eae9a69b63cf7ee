"""Health checks need a balancer that heeds them."""

import pytest

from ahoyhoy.client import Client
from ahoyhoy.exceptions import AhoyhoyLbException
from ahoyhoy.health import HealthCheck
from ahoyhoy.lb import ILoadBalancer, PeakEwmaLB, RoundRobinLB
from ahoyhoy.lb.providers import ListProvider
from ahoyhoy.utils import Host

HOSTS = ListProvider(Host("10.0.0.1", 80))


class Own(RoundRobinLB):
    def _choose_next(self):
        return None


class Stranger:
    def pick(self):
        return None

    def update(self):
        pass


@pytest.mark.parametrize(
    "lb", [ILoadBalancer(), Own(HOSTS), Stranger()], ids=["base", "4.x", "duck"]
)
def test_a_balancer_that_chooses_by_itself_would_ignore_them_and_says_so(lb):
    with pytest.raises(AhoyhoyLbException, match="for health checks, build it from a Picker"):
        Client(lb, health_check=HealthCheck("/health"))


def test_others_heed_them():
    with Client(PeakEwmaLB(HOSTS), health_check=HealthCheck("/health")) as client:
        assert client.stats().hosts == 1
