"""Two worlds for one scenario: real servers and threads, and scripted hosts in simulated time."""

import threading

from ahoyhoy.client import Client
from ahoyhoy.testing import Cluster, Reply, Simulator
from ahoyhoy.utils import Host


class RealWorld:
    """Servers in processes of their own."""

    def __init__(self, size):
        self._cluster = Cluster(size)
        self.hosts = self._cluster.hosts
        self._killed = set()

    def script(self, host, *, status=200, fault=None):
        node = self._node(host)
        if fault == "refused":
            node.kill()
            self._killed.add(host)
        else:
            node.set(status=status, fault=fault)

    def heal(self, host):
        node = self._node(host)
        if host in self._killed:
            self._killed.discard(host)
            node.restart()
        node.set()

    def client(self, lb, **settings):
        return Client(lb, timeout=(2, 5), **settings)

    def received(self, host):
        return self._node(host).count

    def wait(self, seconds):
        threading.Event().wait(seconds)

    def close(self):
        self._cluster.close()

    def _node(self, host):
        return next(node for node in self._cluster if node.host == host)


class SimulatedWorld:
    """Scripted hosts; nothing waits."""

    def __init__(self, size):
        self._simulator = Simulator()
        self.hosts = tuple(Host("10.0.0.1", 8000 + number) for number in range(size))
        for host in self.hosts:
            self.heal(host)

    def script(self, host, *, status=200, fault=None):
        self._simulator.network.script(host, Reply(status=status, fault=fault, seconds=0.01))

    def heal(self, host):
        self.script(host)

    def client(self, lb, **settings):
        return self._simulator.client(lb, **settings)

    def received(self, host):
        return sum(sent.host == host for sent in self._simulator.network.sent)

    def wait(self, seconds):
        self._simulator.clock.advance(seconds)

    def close(self):
        pass
