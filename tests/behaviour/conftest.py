"""Every scenario runs in both worlds."""

import pytest

from ahoyhoy.lb import RoundRobinLB
from ahoyhoy.lb.providers import ListProvider
from behaviour.worlds import RealWorld, SimulatedWorld


@pytest.fixture(params=[SimulatedWorld, RealWorld], ids=["simulated", "real"])
def world(request):
    world = request.param(3)
    yield world
    world.close()


@pytest.fixture
def client(world):
    with world.client(RoundRobinLB(ListProvider(*world.hosts))) as client:
        yield client
