"""`ahoyhoy register` as an entry point: its check, the signals it hears, and how it ends."""

import signal
import subprocess
import sys
import time

import pytest

from ahoyhoy.testing.cluster import Cluster
from integration.registering import EtcdDesk, service  # noqa: F401 - a fixture
from integration.registering_command import begin  # noqa: F401 - a fixture
from integration.server_process import pause, until


@pytest.fixture(scope="module")
def desk():
    with EtcdDesk() as desk:
        yield desk


@pytest.fixture
def node():
    with Cluster(1) as cluster:
        yield cluster[0]


def test_it_is_registered_when_its_check_passes_and_not_before(desk, service, begin, node):
    node.set(status=503)
    url = f"http://127.0.0.1:{node.port}/health"
    registering = begin(desk.registry.name, service, "--check", url)
    registering.says(f"ahoyhoy: not well yet: GET {url}: HTTP 503\n")
    pause(1.2)
    assert not desk.hosts(service)
    assert registering.err.count("not well yet") == 1
    node.set(status=204)
    until(lambda: desk.hosts(service))
    assert {request.path for request in node.requests} == {"/health"}
    node.set(status=302)
    until(lambda: not desk.hosts(service))
    registering.says(f"GET {url}: HTTP 302")
    node.set(status=200)
    until(lambda: desk.hosts(service))


def test_who_never_was_well_is_told_to_end_at_once(desk, service, begin, node):
    node.kill()
    url = f"http://127.0.0.1:{node.port}/"
    registering = begin(desk.registry.name, service, "--check", url, "--drain", "60")
    registering.serves()
    registering.says("connection refused")
    registering.send(signal.SIGTERM)
    assert registering.ends() == 7
    assert ": registered" not in registering.err


def test_a_command_that_ends_before_it_is_well_is_never_registered(desk, service, begin, node):
    node.set(status=503)
    url = f"http://127.0.0.1:{node.port}/"
    registering = begin(desk.registry.name, service, "--check", url, command=["sleep", "1"])
    assert registering.ends() == 0
    assert ": registered" not in registering.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGQUIT, signal.SIGTERM])
def test_what_asks_for_the_end_is_passed_on_after_the_drain(desk, service, begin, number):
    registering = begin(desk.registry.name, service, "--drain", "0")
    until(lambda: desk.hosts(service))
    registering.serves()
    registering.send(number)
    assert registering.ends() == 7
    assert not desk.hosts(service)


def test_other_signals_go_to_the_command_and_change_nothing(desk, service, begin):
    registering = begin(desk.registry.name, service)
    until(lambda: desk.hosts(service))
    registering.serves()
    registering.send(signal.SIGUSR1)
    until(lambda: "told something" in registering.out)
    assert registering.process.poll() is None
    assert desk.hosts(service)


def test_the_end_by_a_signal_is_128_and_its_number(desk, service, begin):
    registering = begin(desk.registry.name, service, "--drain", "0", command=["sleep", "60"])
    until(lambda: desk.hosts(service))
    registering.send(signal.SIGTERM)
    assert registering.ends() == 128 + signal.SIGTERM


def test_one_that_does_not_want_to_end_is_told_again(desk, service, begin):
    deaf = "import signal; signal.signal(signal.SIGTERM, lambda *_: print('deaf', flush=True))\n"
    deaf += "print('serves', flush=True)\nwhile True: signal.pause()"
    registering = begin(
        desk.registry.name, service, "--drain", "0", command=[sys.executable, "-c", deaf]
    )
    registering.serves()
    registering.send(signal.SIGTERM)
    until(lambda: registering.out.count("deaf") == 1)
    registering.send(signal.SIGTERM)
    until(lambda: registering.out.count("deaf") == 2)
    registering.send(signal.SIGINT)
    assert registering.ends() == 128 + signal.SIGINT


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 0), (signal.SIGHUP, 0), (signal.SIGINT, 130)]
)
def test_without_a_command_it_stays_until_interrupted(desk, service, begin, number, code):
    registering = begin(desk.registry.name, service, command=())
    until(lambda: desk.hosts(service))
    registering.send(number)
    assert registering.ends() == code
    assert not desk.hosts(service)
    assert registering.err.endswith(": deregistered\n")


def test_a_registry_that_hangs_keeps_nobody_from_ending(desk, service, begin):
    registering = begin(desk.registry.name, service, "--drain", "0")
    until(lambda: desk.hosts(service))
    registering.serves()
    desk.stop_answering()
    try:
        start = time.monotonic()
        registering.send(signal.SIGTERM)
        assert registering.ends() == 7
        assert time.monotonic() - start < 15
    finally:
        desk.answer_again()


def test_its_output_is_the_commands_alone_and_its_input_goes_there(desk, service):
    words = ["register", desk.registry.name, service, "10.0.0.1:8080", "--", "cat"]
    command = [sys.executable, "-m", "ahoyhoy", *words]
    ran = subprocess.run(command, input=b"words", capture_output=True, timeout=60, check=False)
    assert (ran.returncode, ran.stdout) == (0, b"words")


def test_a_command_that_is_not_there_is_wrong_usage(desk, service, begin):
    registering = begin(desk.registry.name, service, command=["no-such-program"])
    assert registering.ends() == 2
    assert registering.err == "ahoyhoy: cannot run 'no-such-program': No such file or directory\n"
    assert not desk.hosts(service)
