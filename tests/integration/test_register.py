"""`ahoyhoy register` in every registry, as clients and shells see it."""

import contextlib
import os
import signal
import sys

import pytest

from integration.registering import DESKS, desk, service  # noqa: F401 - fixtures
from integration.registering_command import begin  # noqa: F401 - a fixture
from integration.server_process import pause, until


@pytest.fixture(params=DESKS, ids=lambda kind: kind.__name__.removesuffix("Desk"))
def own_desk(request):
    """A registry that nobody else uses, which a test may stop."""
    with request.param() as desk:
        yield desk


#: Tells its process id, and lives through whoever started it.
ORPHAN = "import os, time; print('serves', os.getpid(), flush=True); time.sleep(120)"


def test_a_client_sees_the_service_come_and_go(desk, service, begin):
    registering = begin(desk.registry.name, service, "--zone", "a", "--weight", "3", "--drain", "0")
    until(lambda: desk.hosts(service))
    registering.serves()
    with contextlib.closing(desk.source(service)) as source:
        (found,) = source.get_list()
        assert (found.host, found.zone, found.weight) == (("10.0.0.1", 8080), "a", 3)
        registering.send(signal.SIGTERM)
        until(lambda: not desk.hosts(service))
    assert registering.ends() == 7
    what = f"ahoyhoy: {desk.registry.name}: {service} at 10.0.0.1:8080: "
    assert registering.err == f"{what}registered\n{what}deregistered\n"
    assert registering.out == "serves\ntold to end\n"


def test_the_service_is_deregistered_well_before_it_is_told_to_end(desk, service, begin):
    registering = begin(desk.registry.name, service, "--drain", "30")
    until(lambda: desk.hosts(service))
    registering.serves()
    registering.send(signal.SIGTERM)
    registering.says(": deregistered\n")
    assert not desk.hosts(service)
    pause(0.3)
    assert "told to end" not in registering.out
    registering.send(signal.SIGTERM)  # who asks twice does not want to wait
    assert registering.ends() == 7


def test_a_command_that_ends_is_deregistered_and_its_status_is_kept(desk, service, begin):
    registering = begin(desk.registry.name, service, command=["sh", "-c", "sleep 2; exit 5"])
    until(lambda: desk.hosts(service))
    assert registering.ends() == 5
    assert not desk.hosts(service)


def test_after_a_crash_the_registry_drops_it_when_its_ttl_is_over(desk, service, begin):
    registering = begin(desk.registry.name, service, command=[sys.executable, "-c", ORPHAN])
    until(lambda: desk.hosts(service))
    registering.serves()
    orphan = int(registering.out.split()[1])
    try:
        registering.send(signal.SIGKILL)
        registering.ends()
        until(lambda: not desk.hosts(service))
    finally:
        os.kill(orphan, signal.SIGKILL)


def test_a_registry_that_is_away_keeps_nobody_from_serving(own_desk, service, begin):
    own_desk.kill()
    registering = begin(own_desk.registry.name, service, "--drain", "0")
    registering.serves()
    registering.says("not registered: ")
    own_desk.start()
    until(lambda: own_desk.hosts(service))
    registering.says("registered", times=2)
    own_desk.kill()
    registering.says("not registered: ", times=2)
    own_desk.start()
    registering.says(": registered", times=2)
    until(lambda: own_desk.hosts(service))
    registering.send(signal.SIGTERM)
    assert registering.ends() == 7
    said = [line.split("8080: ")[1].split(":")[0] for line in registering.err.splitlines()]
    assert said == ["not registered", "registered"] * 2 + ["deregistered"]
