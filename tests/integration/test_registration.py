"""Services that register themselves, in every registry, as clients see them."""

import contextlib
import pickle
import signal
import threading
import time

import pytest

from ahoyhoy.utils import Host, Instance
from integration.registering import desk, registered, running, service  # noqa: F401 - fixtures
from integration.server_process import pause, until


@contextlib.contextmanager
def seen(desk, service):
    """The ports of the hosts that a client knows, as a function."""
    with contextlib.closing(desk.source(service)) as source:
        yield lambda: [instance.host.port for instance in source.get_list()]


def test_a_client_sees_who_registers_and_who_leaves(desk, service, registered):
    first = registered()
    with seen(desk, service) as ports:
        assert ports() == [8080]
        second = registered(("10.0.0.2", 8081))
        until(lambda: ports() == [8080, 8081])
        first.close()
        assert 8080 not in desk.hosts(service)
        until(lambda: ports() == [8081])
        second.close()
        until(lambda: not desk.hosts(service))


def test_weight_zone_and_scheme_arrive(desk, service, registered):
    instance = Instance(Host("10.0.0.1", 8080), weight=3, zone="a", scheme="https")
    registered(instance)
    with contextlib.closing(desk.source(service)) as source:
        (found,) = source.get_list()
    assert (found.host, found.weight, found.zone) == (instance.host, 3, "a")
    assert found.protocol == "https"


def test_ipv6_arrives(desk, service, registered):
    registered(("2001:db8::1", 8080)).close()
    registered(("2001:db8::1", 8080))
    with contextlib.closing(desk.source(service)) as source:
        (found,) = source.get_list()
    assert found.host.address.strip("[]") == "2001:db8::1"


def test_who_is_not_well_gets_no_calls_until_it_is(desk, service, registered):
    well = [True]
    registration = registered(check=lambda: well[0])
    assert 8080 in desk.hosts(service)
    well[0] = False
    until(lambda: 8080 not in desk.hosts(service))
    until(lambda: not registration.registered)
    well[0] = True
    until(lambda: 8080 in desk.hosts(service))
    registration.close()
    assert not desk.hosts(service)


def test_who_is_not_well_at_first_is_not_seen(desk, service, registered):
    well = threading.Event()
    registration = registered(check=lambda: well.wait(0) or not well.set())
    until(lambda: 8080 in desk.hosts(service))
    registration.close()


@pytest.mark.slow
def test_it_stays_for_longer_than_its_ttl(desk, service, registered):
    registered()
    for _ in range(12):
        pause(0.3)
        assert 8080 in desk.hosts(service)


def test_what_the_registry_forgot_is_registered_again(desk, service, registered):
    registration = registered()
    desk.forget(8080, service)
    until(lambda: 8080 in desk.hosts(service))
    registration.close()
    assert not desk.hosts(service)


def test_the_host_of_a_process_that_was_killed_goes_when_its_ttl_is_over(desk, service):
    with running(desk, service) as process:
        assert 8080 in desk.hosts(service)
        process.kill()
        until(lambda: not desk.hosts(service))


@pytest.mark.slow
def test_who_comes_back_after_a_crash_stays(desk, service, registered):
    with running(desk, service) as process:
        process.kill()
        process.wait()
        registered()
    for _ in range(12):  # while the lease of the one that crashed runs out
        pause(0.3)
        assert 8080 in desk.hosts(service)


@pytest.mark.parametrize(("ending", "code"), [("wait", -signal.SIGTERM), ("handled", 7)])
def test_at_sigterm_a_process_deregisters_and_ends_as_it_would(desk, service, ending, code):
    with running(desk, service, ending) as process:
        process.terminate()
        assert process.wait(20) == code
        assert not desk.hosts(service)


@pytest.mark.parametrize("ending", ["end", "unclosed"])
def test_a_program_that_ends_deregisters(desk, service, ending):
    with running(desk, service, ending) as process:
        assert process.wait(20) == 0
        assert not desk.hosts(service)


@pytest.mark.slow
def test_the_successor_of_a_process_on_the_same_host_stays(desk, service, registered):
    old = registered()
    registered()
    old.close()
    for _ in range(12):
        assert 8080 in desk.hosts(service)
        pause(0.3)


def test_settings_can_be_pickled(desk):
    assert pickle.loads(pickle.dumps(desk.registry)).name == desk.registry.name


def test_a_registry_that_hangs_does_not_keep_a_program_from_ending(desk, service, registered):
    registration = registered()
    desk.stop_answering()
    try:
        start = time.monotonic()
        registration.close()
        assert time.monotonic() - start < 8
    finally:
        desk.answer_again()
