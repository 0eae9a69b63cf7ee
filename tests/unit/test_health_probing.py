"""What a probe makes of this machine's troubles, and where it connects to."""

import errno
import os
import socket

import pytest

from ahoyhoy.health import HealthCheck, HealthMonitor
from ahoyhoy.health.probing import flaw_of
from ahoyhoy.http.bounds import Bounds
from ahoyhoy.utils import Host, Instance

TCP = HealthCheck(None)


@pytest.fixture
def connections(monkeypatch):
    """Where connections went; each ends as the last item of `errors` says."""

    class Connections(list):
        errors = []

        def open(self, where, timeout):
            self.append((where, timeout))
            if self.errors:
                raise self.errors.pop()
            return socket.socket()

    made = Connections()
    monkeypatch.setattr(socket, "create_connection", made.open)
    return made


def failed(number):
    return OSError(number, os.strerror(number))


@pytest.mark.parametrize(
    ("instance", "where"),
    [
        (Instance(Host("10.0.0.1", 8080)), ("10.0.0.1", 8080)),
        (Instance(Host("10.0.0.1", "8080")), ("10.0.0.1", 8080)),
        (Instance(Host("10.0.0.1", "")), ("10.0.0.1", 80)),
        (Instance(Host("10.0.0.1", None), scheme="https"), ("10.0.0.1", 443)),
        (Instance(Host("[::1]", 80), authority="a.internal"), ("::1", 80)),
    ],
    ids=str,
)
def test_a_tcp_check_connects_to_the_hosts_address(connections, instance, where):
    assert flaw_of(instance, TCP, None, Bounds()) is None
    assert connections == [(where, 1.0)]


@pytest.mark.parametrize(
    ("error", "flaw"),
    [
        (failed(errno.EHOSTUNREACH), "cannot connect: No route to host"),
        (failed(errno.ECONNREFUSED), "cannot connect: Connection refused"),
        (TimeoutError("timed out"), "connect timeout"),
        (socket.gaierror(socket.EAI_NONAME, "not known"), "cannot connect: not known"),
    ],
    ids=repr,
)
def test_a_host_that_cannot_be_connected_to_has_a_flaw(connections, error, flaw):
    connections.errors = [error]
    assert flaw_of(Instance(Host("10.0.0.1", 80)), TCP, None, Bounds()) == flaw


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENOBUFS, errno.EADDRNOTAVAIL])
def test_this_machines_troubles_say_nothing_of_the_host(connections, number):
    connections.errors = [failed(number)]
    with pytest.raises(OSError, match=os.strerror(number)):
        flaw_of(Instance(Host("10.0.0.1", 80)), TCP, None, Bounds())


def test_what_happens_at_a_fork_is_a_fresh_lock_and_no_thread():
    class Nobody:
        def endpoints(self):
            return ()

    lb = Nobody()
    monitor = HealthMonitor(lb, TCP)
    monitor.start()
    rounds, lock = monitor._rounds, monitor._lock
    monitor._after_fork()
    assert monitor._rounds is None
    assert monitor._lock is not lock
    rounds.stop()
