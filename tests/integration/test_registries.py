"""What holds for every registry: hosts come and go, and so do watches."""

import gc
import os
import pickle
import subprocess
import sys
import time
import warnings

import pytest

import ahoyhoy
from ahoyhoy import Host, RoundRobinLB
from ahoyhoy.exceptions import DeadlineExceeded, ProviderError
from integration.dns_sources import AddressZone, SrvZone
from integration.every_registry import (  # noqa: F401 - fixtures among them
    REGISTRIES,
    WITH_WEIGHTS,
    each,
    name_of,
    registry,
    service,
    watching,
)
from integration.registries import ports
from integration.server_process import pause, until


def test_hosts_come_and_go(registry, service, watching):
    registry.register(8001, service=service)
    source = watching()
    assert ports(source) == [8001]
    registry.register(8002, service=service)
    until(lambda: ports(source) == [8001, 8002])
    registry.deregister(8001, service=service)
    until(lambda: ports(source) == [8002])
    assert source.stale_for == 0.0


@pytest.mark.parametrize("registry", WITH_WEIGHTS, ids=name_of, indirect=True)
def test_a_weight_that_changes_is_seen(registry, service, watching):
    registry.register(8001, service=service, weight=3)
    source = watching()
    assert source.get_list()[0].weight == 3
    registry.register(8001, service=service, weight=7)
    until(lambda: source.get_list()[0].weight == 7)


def test_a_change_is_seen_by_the_next_pick(registry, service, watching):
    registry.register(8001, service=service)
    source = watching()
    balancer = RoundRobinLB(source, slow_start=0)
    assert balancer.pick().host.port == 8001
    registry.register(8002, service=service)
    until(lambda: len(source._listing.known.hosts) == 2)
    assert {balancer.pick().host.port for _ in range(2)} == {8001, 8002}


def test_other_services_change_nothing(registry, service, watching):
    registry.register(8001, service=service)
    source = watching()
    source.get_list()
    registry.register(8005, service=f"{service}-of-others")
    registry.register(8002, service=service)
    until(lambda: ports(source) == [8001, 8002])
    assert source.changes() == 2


def test_a_service_that_is_not_known_is_an_error_until_it_is(registry, service, watching):
    source = watching()
    with pytest.raises(Exception, match=service):
        source.get_list()
    registry.register(8001, service=service)
    until(source.changes)
    assert ports(source) == [8001]


def test_nothing_new_for_a_while_confirms_the_list(registry, service, watching):
    registry.register(8001, service=service)
    source = watching()
    source.get_list()
    first = source._listing.known.confirmed
    until(lambda: source._listing.known.confirmed > first)
    assert source.stale_for == 0.0
    assert source.changes() == 1


def test_closing_ends_the_watch_at_once_and_it_may_be_used_again(registry, service, watching):
    registry.register(8001, service=service)
    source = watching(**registry.LONG)
    source.get_list()
    pause(0.2)
    run = source._run
    start = time.monotonic()
    source.close()
    assert time.monotonic() - start < 0.5
    assert run.over
    registry.register(8002, service=service)
    assert 8001 in ports(source)
    until(lambda: ports(source) == [8001, 8002])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_watches_by_itself_and_its_parent_goes_on(registry, service, watching):
    registry.register(8001, service=service)
    source = watching(**registry.LONG)
    source.get_list()
    run = source._run
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # 3.12: forking with threads
        pid = os.fork()
    if pid == 0:
        code = 1
        try:
            source.changes()
            registry.in_child().register(8002, service=service)
            until(lambda: ports(source) == [8001, 8002])
            source.close()
            code = 0
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    until(lambda: ports(source) == [8001, 8002])
    assert source._run is run
    assert source._listing.known.changes == 2


def test_a_pickled_one_has_the_settings(registry, service, watching):
    registry.register(8001, service=service)
    source = watching()
    source.get_list()
    copy = pickle.loads(pickle.dumps(source))
    assert ports(copy) == [8001]
    copy.close()


PROGRAM = """
import os, pickle, sys
with open(sys.argv[1], "rb") as file:
    source = pickle.load(file)
print(len(source.get_list()), flush=True)
{}
"""


@pytest.mark.parametrize(
    ("ending", "code"), [("", 0), ("sys.exit(3)", 3), ("os.kill(os.getpid(), 2)", -2)]
)
def test_a_program_ends_at_once_while_it_watches(
    registry, service, watching, tmp_path, ending, code
):
    registry.register(8001, service=service)
    pickled = tmp_path / "source"
    pickled.write_bytes(pickle.dumps(watching(**registry.LONG)))
    start = time.monotonic()
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM.format(ending), pickled],
        capture_output=True,
        text=True,
        timeout=30,
        cwd=os.path.dirname(os.path.dirname(ahoyhoy.__file__)),
        check=False,
    )
    assert (ended.stdout, ended.returncode) == ("1\n", code)
    assert ended.stderr == "" or ended.stderr.endswith("KeyboardInterrupt\n")
    assert time.monotonic() - start < 10


def test_the_thread_ends_with_its_provider(registry, service):
    registry.register(8001, service=service)
    source = registry.watched(service, **registry.LONG)
    source.get_list()
    run = source._run
    del source
    gc.collect()
    until(lambda: run.over)


@each([*REGISTRIES, SrvZone, AddressZone])
def test_the_first_call_waits_for_the_first_list_no_longer_than_its_deadline(
    registry, service, watching, build
):
    registry.announce(Host("127.0.0.1", 8001), service)
    source = watching(timeout=10.0)
    registry.stop_answering()
    start = time.monotonic()
    try:
        with pytest.raises(
            DeadlineExceeded, match=r"deadline of 0\.\d+ s passed \(.*no answer within 0"
        ) as caught:
            build(RoundRobinLB(source)).get("/", deadline=0.3)
        assert 0.25 < time.monotonic() - start < 3
        assert isinstance(caught.value.__cause__, ProviderError)
    finally:
        registry.answer_again()
    until(source.changes)
    assert len(source.get_list()) == 1
