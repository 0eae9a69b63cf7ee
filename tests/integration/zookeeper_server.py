"""A real ZooKeeper whose nodes a test changes."""

import json
import os
import socket

import pytest
from kazoo.client import KazooClient
from kazoo.security import make_digest_acl

from ahoyhoy.lb.providers.zookeeper.zookeeperprovider import ZooKeeperProvider
from integration.registries import Registry, program

JAR = "/usr/share/java/zookeeper.jar"  # of the Debian package; its manifest names the others

SETTINGS = """\
tickTime=500
dataDir={dir}/zookeeper
clientPort={port}
clientPortAddress=127.0.0.1
admin.enableServer=false
4lw.commands.whitelist=ruok
maxClientCnxns=0
minSessionTimeout=500
"""


class ZooKeeper(Registry):
    """A server; what it holds survives a restart."""

    LONG = {"session_timeout": 10.0}
    OWN = {"session_timeout": 10.0, "timeout": 10.0}
    CALM = {"session_timeout": 4.0, "timeout": 10.0}
    QUICK = {"session_timeout": 1.0, "timeout": 1.0}

    def __init__(self):
        program("java")
        if not os.path.exists(JAR):
            missing = pytest.fail if os.environ.get("CI") else pytest.skip
            missing("needs the Debian package zookeeper")
        super().__init__()
        self.kazoo = None

    def command(self):
        (self.dir / "zoo.cfg").write_text(SETTINGS.format(dir=self.dir, port=self.port))
        arguments = f"""-Xmx128m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xshare:auto
            -Dzookeeper.log.dir={self.dir} -cp {JAR}
            org.apache.zookeeper.server.quorum.QuorumPeerMain {self.dir}/zoo.cfg"""
        return ["java", *arguments.split()]

    def answers(self):
        with socket.create_connection(("127.0.0.1", self.port), 1) as connection:
            connection.settimeout(1)
            connection.sendall(b"ruok")
            return connection.recv(4) == b"imok"

    def start(self):
        super().start()
        self._connect()

    def _connect(self):
        self._disconnect()
        self.kazoo = KazooClient(self.address, timeout=10)
        self.kazoo.start()

    def _disconnect(self):
        if self.kazoo is not None:
            self.kazoo.stop()
            self.kazoo.close()
            self.kazoo = None

    def kill(self):
        self._disconnect()
        super().kill()

    def stop_answering(self):
        self._disconnect()
        super().stop_answering()

    def answer_again(self):
        super().answer_again()
        self._connect()

    def in_child(self):
        self.kazoo = KazooClient(self.address)
        self.kazoo.start()
        return self

    def put(self, path, value="", *, ephemeral=False, acl=None):
        content = (value if isinstance(value, str) else json.dumps(value)).encode()
        if self.kazoo.exists(path):
            self.kazoo.set(path, content)
        else:
            self.kazoo.create(path, content, makepath=True, ephemeral=ephemeral, acl=acl)

    def delete(self, path):
        self.kazoo.delete(path, recursive=True)

    def register(self, port, service="users", address="127.0.0.1", **settings):
        self.put(f"/services/{service}/{port}", {"address": address, "port": port, **settings})

    def deregister(self, port, service="users"):
        self.delete(f"/services/{service}/{port}")

    def only_for(self, path, user, password):
        """From now on, nobody else may do anything with this node."""
        self.kazoo.set_acls(path, [make_digest_acl(user, password, all=True)])

    def watched(self, service="users", **options):
        """A provider that notices within a second or two that it is silent."""
        given = {"address": self.address, "session_timeout": 1.0, "timeout": 1.0, **options}
        return ZooKeeperProvider(f"/services/{service}", **given)
