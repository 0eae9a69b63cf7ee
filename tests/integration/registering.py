"""Real registries in which services register, and what is seen there."""

import contextlib
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from kazoo.exceptions import NoNodeError

import ahoyhoy
from ahoyhoy.lb.providers import ConsulProvider
from ahoyhoy.registration import (
    ConsulRegistry,
    EtcdRegistry,
    EurekaRegistry,
    Registration,
    ZooKeeperRegistry,
)
from integration.etcd_server import Etcd
from integration.eureka_rig import Eureka
from integration.registries import Consul
from integration.server_process import until
from integration.zookeeper_server import ZooKeeper


class ConsulDesk(Consul):
    """What is said of the hosts of a service: their records, by port."""

    @property
    def registry(self):
        return ConsulRegistry(self.address)

    def hosts(self, service):
        found = self._send("GET", f"health/service/{service}?passing=1").json()
        return {entry["Service"]["Port"]: entry["Service"] for entry in found}

    def forget(self, port, service):
        self.put(f"agent/service/deregister/{service}-10.0.0.1:{port}")

    def source(self, service):
        return ConsulProvider(service, address=self.address)


class EtcdDesk(Etcd):
    @property
    def registry(self):
        return EtcdRegistry(self.address)

    def hosts(self, service):
        with contextlib.closing(self.source(service)) as source, none_yet():
            return {i.host.port: i for i in source.get_list()}
        return {}

    def forget(self, port, service):
        self.delete(f"services/{service}/10.0.0.1:{port}")

    def source(self, service):
        return self.watched(service)


class ZooKeeperDesk(ZooKeeper):
    @property
    def registry(self):
        return ZooKeeperRegistry(self.address)

    def hosts(self, service):
        with contextlib.suppress(NoNodeError):
            names = self.kazoo.get_children(f"/services/{service}")
            return {int(name.rpartition(":")[2]): name for name in names}
        return {}

    def forget(self, port, service):
        self.delete(f"/services/{service}/10.0.0.1:{port}")

    def source(self, service):
        return self.watched(service)


class EurekaDesk(Eureka):
    def command(self):
        return [sys.executable, str(Path(__file__).with_name("eureka_leases.py")), str(self.port)]

    @property
    def registry(self):
        return EurekaRegistry(self.address)

    def hosts(self, service):
        with contextlib.closing(self.source(service)) as source, none_yet():
            return {i.host.port: i for i in source.get_list()}
        return {}

    def forget(self, port, service):
        self.send("DELETE", f"{service.upper()}/10.0.0.1:{service}:{port}")

    def source(self, service):
        return self.watched(service)


def none_yet():
    return contextlib.suppress(requests.ConnectionError)


DESKS = [ConsulDesk, EtcdDesk, EurekaDesk, ZooKeeperDesk]

PROGRAM = """
import signal, sys, threading
from ahoyhoy.registration import *
url, service, ending = sys.argv[1:]
if ending == "handled":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
with Registration(url, service, ("10.0.0.1", 8080), ttl=2) as registration:
    while not registration.registered:
        threading.Event().wait(0.01)
    print("registered", flush=True)
    if ending in ("wait", "handled"):
        threading.Event().wait(60)
if ending == "unclosed":
    registration.start()
    while not registration.registered:
        threading.Event().wait(0.01)
"""


@contextlib.contextmanager
def running(desk, service, ending="wait", code=PROGRAM):
    """A process that is registered."""
    process = subprocess.Popen(
        [sys.executable, "-c", code, desk.registry.name, service, ending],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(ahoyhoy.__file__).parent.parent,
    )
    try:
        assert process.stdout.readline() == "registered\n"
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture(scope="module", params=DESKS, ids=lambda kind: kind.__name__.removesuffix("Desk"))
def desk(request):
    with request.param() as desk:
        yield desk


@pytest.fixture
def service(request):
    """The name of a service of this test's own."""
    return request.node.originalname.removeprefix("test_").replace("_", "-")[:50]


@pytest.fixture
def registered(desk, service):
    """Registrations that have happened, closed at the end."""
    made = []

    def register(host=("10.0.0.1", 8080), **options):
        made.append(Registration(desk.registry, service, host, **{"ttl": 2.0, **options}))
        made[-1].start()
        until(lambda: made[-1].registered)
        return made[-1]

    yield register
    for registration in made:
        registration.close()
