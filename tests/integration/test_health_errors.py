"""What goes wrong with health checks themselves, and what is told of it."""

import logging
import threading

import pytest

from ahoyhoy.health import HealthMonitor
from integration.calls import pause, until
from integration.health_rig import Reports, names, quick


@pytest.fixture(autouse=True)
def no_thread_is_left():
    yield
    until(lambda: names() == [])


@pytest.fixture
def lb(cluster):
    return Reports(*cluster.hosts)


@pytest.fixture
def monitor(lb):
    monitor = HealthMonitor(lb, quick())
    yield monitor
    monitor.close()


class Answers:
    """A session without a network: each GET runs the function that `get` is set to."""

    def __init__(self, answer):
        self.answer = answer
        self.count = 0

    def get(self, url, **options):
        self.count += 1
        return self.answer()


class Answer:
    status_code = 200

    def iter_content(self, size):
        return iter([b"ok"])

    def close(self):
        pass


def complaints(caplog):
    return [r.getMessage() for r in caplog.records if r.name == "ahoyhoy.health"]


def test_errors_that_are_not_the_hosts_are_told_once_and_say_nothing_of_it(caplog, cluster):
    errors = [RuntimeError("a bug"), RuntimeError("a bug"), LookupError("another")]

    def answer():
        if errors:
            raise errors.pop(0)
        return Answer()

    lb = Reports(cluster.hosts[0])
    monitor = HealthMonitor(lb, quick(interval=0.05, timeout=0.05), session=Answers(answer))
    monitor.start()
    until(lambda: lb.latest == {cluster.hosts[0]: True})
    monitor.close()
    first, second = complaints(caplog)
    assert first.endswith("cannot be probed: RuntimeError: a bug")
    assert second.endswith("cannot be probed: LookupError: another")
    assert lb.reasons(cluster.hosts[0]) == []


def test_an_error_is_told_again_once_all_was_well_between(caplog, cluster):
    script = [RuntimeError("a bug"), None, RuntimeError("a bug"), None]

    def answer():
        error = script.pop(0) if script else None
        if error:
            raise error
        return Answer()

    session = Answers(answer)
    lb = Reports(cluster.hosts[0])
    monitor = HealthMonitor(lb, quick(interval=0.05, timeout=0.05), session=session)
    monitor.start()
    until(lambda: session.count > 5)
    monitor.close()
    assert len(complaints(caplog)) == 2


def test_a_balancer_that_fails_does_not_end_the_checks(caplog, cluster):
    class Broken(Reports):
        asked = told = 0

        def endpoints(self):
            self.asked += 1
            if self.asked < 3:
                raise LookupError("no list")
            return super().endpoints()

        def report(self, host, **said):
            self.told += 1
            if self.told < 3:
                raise ValueError("no such host")
            super().report(host, **said)

    lb = Broken(cluster.hosts[0])
    session = Answers(Answer)
    monitor = HealthMonitor(lb, quick(interval=0.05, timeout=0.05), session=session)
    monitor.start()
    until(lambda: lb.latest == {cluster.hosts[0]: True})
    monitor.close()
    first, second = complaints(caplog)
    assert first == "the balancer's hosts cannot be had: LookupError: no list"
    assert second.startswith("the balancer failed at 127.0.0.1:")


def test_complaints_about_a_host_that_left_are_forgotten(caplog, cluster):
    def answer():
        raise RuntimeError("a bug")

    session = Answers(answer)
    lb = Reports(cluster.hosts[0])
    monitor = HealthMonitor(lb, quick(interval=0.05, timeout=0.05), session=session)
    monitor.start()
    for number in (1, 2):
        until(lambda number=number: len(complaints(caplog)) == number)
        lb.name()
        pause(0.3)
        lb.name(cluster.hosts[0])
    until(lambda: len(complaints(caplog)) == 3)
    monitor.close()


def test_changes_are_logged_once(caplog, cluster, lb, monitor):
    caplog.set_level(logging.INFO, "ahoyhoy.health")
    cluster[0].set(status=500)
    monitor.start()
    host = cluster.hosts[0]
    until(lambda: cluster[0].count > 3)
    cluster[0].set()
    until(lambda: lb.latest.get(host) is True)
    where = f"127.0.0.1:{host.port}"
    mine = [text for text in complaints(caplog) if text.startswith(where)]
    assert mine == [
        f"{where} is unhealthy: failed 1 health checks in a row: answered 500",
        f"{where} is healthy again: passed 1 health checks in a row",
    ]


def no_threads(monkeypatch, *kinds):
    """From now on threads with these names cannot be started."""
    start = threading.Thread.start

    def refuse(thread):
        if thread.name.startswith(kinds):
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", refuse)


def test_without_a_thread_there_are_no_checks_until_there_is_one(monkeypatch, caplog, lb, monitor):
    with monkeypatch.context() as patched:
        no_threads(patched, "ahoyhoy-health")
        monitor.start()
    assert complaints(caplog) == ["no health checks: can't start new thread"]
    monitor.start()
    until(lambda: len(lb.latest) == 3)


def test_a_probe_without_a_thread_says_nothing_and_is_made_later(monkeypatch, caplog, lb, monitor):
    with monkeypatch.context() as patched:
        no_threads(patched, "ahoyhoy-probe")
        monitor.start()
        until(lambda: len(complaints(caplog)) == 3)
    until(lambda: lb.latest == dict.fromkeys(lb.latest, True) and len(lb.latest) == 3)
