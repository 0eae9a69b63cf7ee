"""Clients in virtual time, alone and many at once."""

import contextlib
import threading

import pytest
import requests

from ahoyhoy.exceptions import ClientNoEndpointsException
from ahoyhoy.lb import RoundRobinLB
from ahoyhoy.lb.providers import ListProvider
from ahoyhoy.testing import Reply, Simulator, StandstillError, exponential, sometimes
from ahoyhoy.utils import Host

ONE, TWO = HOSTS = Host("10.0.0.1", 80), Host("10.0.0.2", 80)


@pytest.fixture
def simulator():
    before = threading.active_count()
    with Simulator() as simulator:
        for host in HOSTS:
            simulator.network.script(host, Reply(seconds=1))
        yield simulator
    assert threading.active_count() == before


@pytest.fixture
def client(simulator):
    return simulator.client(RoundRobinLB(ListProvider(*HOSTS)))


def test_a_single_call_takes_its_time(simulator, client):
    assert client.get("/").status_code == 200
    assert simulator.clock() == 1


def test_calls_go_on_beside_each_other(simulator, client):
    answers = simulator.together(*[lambda: client.get("/")] * 50)
    assert [answer.status_code for answer in answers] == [200] * 50
    assert simulator.clock() == 1
    assert [sent.at for sent in simulator.network.sent] == [0] * 50


def test_results_come_in_the_order_of_the_functions(simulator):
    def sleeper(seconds):
        def run():
            simulator.sleep(seconds)
            return seconds

        return run

    assert simulator.together(*map(sleeper, (3, 1, 2))) == [3, 1, 2]
    assert simulator.together() == []


def test_the_first_error_is_raised_after_all_have_ended(simulator, client):
    def fail(seconds):
        def run():
            simulator.sleep(seconds)
            raise ValueError(seconds)

        return run

    with pytest.raises(ValueError, match="9"):
        simulator.together(lambda: client.get("/"), fail(9), fail(1))
    assert simulator.clock() == 9


def test_a_started_call_goes_on_while_the_test_makes_its_own(simulator, client):
    caller = simulator.start(lambda: client.get("/slow"))
    simulator.network.script(ONE, Reply(seconds=3))
    simulator.network.script(TWO, Reply(seconds=3))
    assert not caller.done
    simulator.sleep(2)
    assert client.get("/").status_code == 200
    assert caller.done
    assert caller.result().status_code == 200
    assert simulator.clock() == 5


def test_callers_start_callers(simulator, client):
    def run():
        return [answer.status_code for answer in simulator.together(*[lambda: client.get("/")] * 3)]

    assert simulator.together(run, run) == [[200] * 3] * 2
    assert simulator.clock() == 1


def test_the_circuit_opens_and_is_tried_again_in_virtual_time(simulator, client):
    for host in HOSTS:
        simulator.network.script(host, Reply(fault="refused"))
    with pytest.raises(ClientNoEndpointsException):
        simulator.together(*[lambda: client.get("/")] * 10)
    assert {host.circuit for host in client.hosts()} == {"open"}
    for host in HOSTS:
        simulator.network.script(host, Reply())
    simulator.sleep(2)
    for _ in range(4):
        assert client.get("/").status_code == 200
    assert {host.circuit for host in client.hosts()} == {"closed"}
    assert not any(host.in_flight for host in client.hosts())


def test_an_answer_that_never_comes_without_a_timeout_is_an_error(simulator):
    client = simulator.client(RoundRobinLB(ListProvider(ONE)), timeout=None)
    simulator.network.script(ONE, Reply(fault="stall"))
    for call in (client.get, lambda path: simulator.together(lambda: client.get(path))):
        with pytest.raises(StandstillError, match="an answer without a timeout"):
            call("/")
    assert not any(host.in_flight for host in client.hosts())


def test_after_the_simulation_nothing_runs_on(simulator, client):
    caller = simulator.start(lambda: client.get("/"))
    simulator.sleep(0.5)
    simulator.close()
    with pytest.raises(RuntimeError, match="closed before"):
        caller.result()
    assert not any(host.in_flight for host in client.hosts())
    assert simulator.clock() == 0.5
    assert client.get("/").status_code == 200


@pytest.mark.parametrize("seed", [0, 1])
def test_a_seed_decides_everything(seed):
    def story():
        with Simulator(seed=seed) as simulator:
            usual = Reply(seconds=exponential(0.1))
            for host in HOSTS:
                simulator.network.script(host, sometimes(0.5, Reply(status=503), usual))
            client = simulator.client(RoundRobinLB(ListProvider(*HOSTS), rng=simulator.rng))

            def run():
                for _ in range(10):
                    with contextlib.suppress(requests.RequestException):
                        client.get("/")
                    simulator.sleep(simulator.rng.random())

            simulator.together(*[run] * 5)
            return simulator.network.sent

    assert len(told := story()) >= 20
    assert story() == told
