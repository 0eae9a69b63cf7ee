"""What the tests of health checks share: a balancer that writes down what it is told."""

import threading

from ahoyhoy import Endpoint, Instance
from ahoyhoy.health import HealthCheck


class Reports:
    """Endpoints, and the last report of each host. `log` has every change of a host's report.

    Attributes:
        latest: host -> whether it is healthy.
        log: (host, healthy, reason).
    """

    def __init__(self, *hosts, session=None):
        self._session = session
        self.latest = {}
        self.log = []
        self.name(*hosts)

    def name(self, *hosts):
        """The hosts are these from now on."""
        self._endpoints = tuple(
            Endpoint(host if isinstance(host, Instance) else Instance(host)) for host in hosts
        )

    def endpoints(self):
        return self._endpoints

    def report(self, host, *, healthy, reason=""):
        if self.latest.get(host) != healthy:
            self.latest[host] = healthy
            self.log.append((host, healthy, reason))

    def reasons(self, host):
        """Why the host was found unhealthy, each time."""
        return [reason for told, healthy, reason in self.log if told == host and not healthy]


def quick(path="/health", **settings):
    """A check of which each probe decides; patient enough for a loaded machine."""
    return HealthCheck(path, **{"interval": 0.5, "timeout": 0.5, "rise": 1, "fall": 1, **settings})


def names():
    """The threads of health checks."""
    return sorted(t.name for t in threading.enumerate() if "ahoyhoy-" in t.name)
