"""What `hosts --path` counts."""

import threading
from types import SimpleNamespace

import pytest
import requests

from ahoyhoy._core import HostStats
from ahoyhoy.cli.probes import Probes
from ahoyhoy.exceptions import CircuitOpenError
from ahoyhoy.utils import Host


class StubEndpoint:
    def __init__(self, name, answer):
        self.host = Host(name, 80)
        self.answer = answer

    def get(self, path, timeout):
        assert (path, timeout) == ("/health", 2)
        answer = self.answer() if callable(self.answer) else self.answer
        if isinstance(answer, Exception):
            raise answer
        return SimpleNamespace(status_code=answer)


class StubBalancer:
    def __init__(self, *endpoints):
        self.all = endpoints

    def endpoints(self):
        return self.all

    def hosts(self):
        return tuple(HostStats(e.host, "open", retry_in=1.0) for e in self.all)


@pytest.fixture
def probing():
    made = []

    def make(*endpoints):
        made.append(Probes(StubBalancer(*endpoints), "/health", timeout=2, clock=lambda: 7.0))
        return made[-1]

    yield make
    for probes in made:
        probes.close()


@pytest.mark.parametrize(
    ("answer", "requests_", "failures", "latency"),
    [
        (200, 1, 0, 0.0),
        (404, 1, 0, 0.0),  # as for the circuit
        (503, 1, 1, None),
        (requests.ReadTimeout(), 1, 1, None),
        (CircuitOpenError(), 0, 0, None),
    ],
)
def test_every_answer_is_counted_once(answer, requests_, failures, latency, probing):
    (stats,) = probing(StubEndpoint("a", answer)).run(patience=None)
    assert (stats.requests, stats.failures, stats.latency) == (requests_, failures, latency)


def test_the_circuit_is_the_balancers(probing):
    (stats,) = probing(StubEndpoint("a", 200)).run(patience=None)
    assert (stats.circuit, stats.retry_in) == ("open", 1.0)


def test_hosts_are_counted_apart_and_added_up(probing):
    probes = probing(StubEndpoint("a", 200), StubEndpoint("b", 500))
    for _ in range(3):
        stats = probes.run(patience=None)
    assert [(s.host.address, s.requests, s.failures) for s in stats] == [("a", 3, 0), ("b", 3, 3)]


def test_a_host_that_hangs_is_in_flight_and_not_asked_again(probing):
    released, asked = threading.Event(), []

    def hang():
        asked.append(1)
        released.wait(30)
        return 200

    probes = probing(StubEndpoint("a", hang))
    for _ in range(2):
        (stats,) = probes.run(patience=0)
        assert (stats.in_flight, stats.requests) == (1, 0)
    released.set()
    (stats,) = probes.run(patience=None)
    assert (stats.in_flight, stats.requests, asked) == (0, 1, [1])


def test_a_defect_of_ours_is_not_hidden(probing):
    with pytest.raises(ZeroDivisionError):
        probing(StubEndpoint("a", ZeroDivisionError())).run(patience=None)
