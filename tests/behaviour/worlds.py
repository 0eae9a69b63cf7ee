"""Two worlds for one scenario: real servers and threads, and scripted hosts in simulated time."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from ahoyhoy.client import Client
from ahoyhoy.testing import Cluster, Reply, Simulator
from ahoyhoy.utils import Host


class RealWorld:
    """Servers in processes of their own."""

    def __init__(self, size):
        self._cluster = Cluster(size)
        self.hosts = self._cluster.hosts
        self._killed = set()

    def script(self, host, *, fault=None, **answer):
        node = self._node(host)
        if fault == "refused":
            node.kill()
            self._killed.add(host)
        else:
            node.set(fault=fault, **answer)

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

    def clock(self):
        return time.monotonic()

    def together(self, *functions):
        with ThreadPoolExecutor(len(functions)) as threads:
            return [future.result() for future in [threads.submit(f) for f in functions]]

    def close(self):
        self._cluster.close()

    def _node(self, host):
        return next(node for node in self._cluster if node.host == host)


class SimulatedWorld:
    """Scripted hosts; nothing waits for real."""

    def __init__(self, size):
        self._simulator = Simulator()
        self.hosts = tuple(Host("10.0.0.1", 8000 + number) for number in range(size))
        for host in self.hosts:
            self.heal(host)

    def script(self, host, *, delay=0.01, body=b"{}", headers=None, **answer):
        reply = Reply(seconds=delay, body=body, headers=headers or {}, **answer)
        self._simulator.network.script(host, reply)

    def heal(self, host):
        self.script(host)

    def client(self, lb, **settings):
        return self._simulator.client(lb, **settings)

    def received(self, host):
        return sum(sent.host == host for sent in self._simulator.network.sent)

    def wait(self, seconds):
        self._simulator.sleep(seconds)

    def clock(self):
        return self._simulator.clock()

    def together(self, *functions):
        return self._simulator.together(*functions)

    def close(self):
        self._simulator.close()
