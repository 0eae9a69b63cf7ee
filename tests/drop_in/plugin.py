"""Has requests' own tests use another session, and httpbin on loopback: `pytest -p drop_in.plugin`.

`--session` says which:

* `stock`: `requests.Session`, to see what fails on this machine by itself;
* `plain`: `ahoyhoy.Session` without services, where everything must be as with stock;
* `balanced`: `ahoyhoy.Session` for which httpbin is a service of two replicas. The tests are given
  the service's URL, where nobody listens.

The session's class itself takes the place of stock's, not a subclass: only its constructor is given
the services, so that each test that constructs one as it would a stock session has them.
"""

import errno
import functools
import ipaddress
import os
import socket
import sys
from collections import Counter

import pytest
import requests
from pytest_httpbin.plugin import httpbin_ca_bundle

from ahoyhoy import Session
from ahoyhoy.http import fast, keepalive
from ahoyhoy.http.ownsession import OwnSession

from .exclusions import BALANCED
from .servers import Service, Tarpit

__all__ = ("httpbin_ca_bundle",)

#: How many tests a whole run has at least, and how many sessions and requests those make.
TESTS = 600
SESSIONS = 200
#: How many of the latter are plain enough for the fast path, on either level.
FAST = 50
MADE_FAST = "requests made fast"
SENT_FAST = "requests sent fast"
_LOCAL = {"localhost", "localhost.localdomain", "", None}


class Course:
    """One run of the suite: its servers, and what its sessions did."""

    def __init__(self, way):
        self.way = way
        replicas = 2 if way == "balanced" else 1
        self.services = [Service(scheme, replicas) for scheme in ("http", "https")]
        self.tarpit = Tarpit()
        self.excluded = set()
        self.told = []
        self.counts = Counter()
        self._exchange = None

    @property
    def targets(self):
        return {service.authority: service.target for service in self.services}

    def put_session_in_place(self):
        arguments = (self.targets,) if self.way == "balanced" else ()
        Session.__init__ = self._counted("sessions", Session.__init__, arguments)
        Session.request = self._counted("requests", Session.request)
        # Of these, what the library did in its own way, and not in that of requests.
        OwnSession._exchange = self._counted(MADE_FAST, OwnSession._exchange)
        self._exchange = keepalive.exchange
        keepalive.exchange = self._counted(SENT_FAST, self._exchange)
        requests.Session = requests.sessions.Session = Session
        assert type(requests.session()) is Session

    def _counted(self, name, function, arguments=()):
        @functools.wraps(function)
        def counted(first, *given, **named):
            self.counts[name] += 1
            result = function(first, *(given or arguments), **named)
            if function is self._exchange and result is None:
                self.counts[name] -= 1  # left to the transport of requests
            return result

        return counted

    def complaints(self):
        """Why a run in which every test passed proves nothing."""
        if self.way == "stock":
            return
        if not fast.ENABLED and self.counts[MADE_FAST] + self.counts[SENT_FAST]:
            yield "the fast path was off, and was taken"
        for name, expected in self._expected().items():
            if self.counts[name] < expected:
                yield f"only {self.counts[name]} {name}, not {expected}"
        if self.way != "balanced":
            return
        for name in BALANCED.keys() - self.excluded:
            yield f"{name} is excluded, and there is no such test"
        for service in self.services:
            # Of a handful of requests a replica may well be sent none.
            if not sum(service.served) or max(service.served) > 10 + 3 * min(service.served):
                yield f"the replicas of {service.url} were sent {service.served} requests"

    def _expected(self):
        """How many there are at least."""
        made = FAST if fast.ENABLED else 0
        # The transport of a session without services is that of requests.
        sent = FAST if fast.ENABLED and self.way == "balanced" else 0
        return {
            "sessions": SESSIONS,
            "requests": SESSIONS,
            MADE_FAST: made,
            SENT_FAST: sent,
        }

    def close(self):
        self.tarpit.close()
        for service in self.services:
            service.close()


COURSE = pytest.StashKey()


def pytest_addoption(parser):
    parser.addoption("--session", choices=("stock", "plain", "balanced"), default="plain")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    config.stash[COURSE] = course = Course(config.getoption("--session"))
    config.add_cleanup(course.close)
    sys.addaudithook(stay_here)
    if course.way != "stock":
        course.put_session_in_place()


def stay_here(event, args):
    """Lets nothing out of this machine: names of elsewhere are unknown, addresses unreachable."""
    if event == "socket.getaddrinfo" and not is_local(args[0]):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    if event == "socket.connect" and isinstance(args[1], tuple) and not is_local(args[1][0]):
        raise OSError(errno.ENETUNREACH, os.strerror(errno.ENETUNREACH))


def is_local(host):
    host = host.decode() if isinstance(host, bytes) else host
    if host in _LOCAL:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def pytest_itemcollected(item):
    course = item.config.stash[COURSE]
    if hasattr(item.module, "TARPIT"):
        # An address that swallows packets, on most networks.
        item.module.TARPIT = course.tarpit.url
    name = item.nodeid.partition("::")[2]
    if course.way == "balanced" and name in BALANCED:
        course.excluded.add(name)
        item.add_marker(pytest.mark.skip(reason=f"excluded: it {BALANCED[name]}"))


def pytest_sessionfinish(session, exitstatus):
    course = session.config.stash[COURSE]
    if session.testscollected >= TESTS and exitstatus == pytest.ExitCode.OK:
        course.told = [f"FAILED: {complaint}" for complaint in course.complaints()]
        if course.told:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter, config):
    course = config.stash[COURSE]
    told = [", ".join(f"{count} {name}" for name, count in sorted(course.counts.items()))]
    told += [f"{service.url} = {service.target}: {service.served}" for service in course.services]
    terminalreporter.section(f"{course.way} in the place of requests.Session")
    terminalreporter.write_line("\n".join(told + course.told))


@pytest.fixture(autouse=True)
def no_netrc(monkeypatch):
    """A test of the suite leaves the variable behind, and nothing is plain after it."""
    monkeypatch.delenv("NETRC", raising=False)


@pytest.fixture(scope="session")
def httpbin(request):
    """The plain service."""
    return request.config.stash[COURSE].services[0]


@pytest.fixture(scope="session")
def httpbin_secure(request):
    """The TLS service."""
    return request.config.stash[COURSE].services[1]
