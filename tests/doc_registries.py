"""The registries that examples speak of: real servers, each with the service `users` in it.

A block behind `<!-- needs: etcd -->` runs while that server does, and finds it at the port that
the docs have, under whatever name.
"""

import contextlib
import json
from dataclasses import dataclass, field

from integration.etcd_server import Etcd
from integration.eureka_rig import Eureka
from integration.kubernetes_server import ADMIN, Kubernetes
from integration.redis_server import Redis
from integration.registries import Consul
from integration.server_process import until
from integration.zookeeper_server import ZooKeeper

#: What blocks may need: the server, its documented port, and how the only host gets there.
SERVERS = {
    "consul": (Consul, 8500, {"Tags": ["v2"]}),
    "etcd": (Etcd, 2379, {"address": "10.0.0.1"}),
    "zookeeper": (ZooKeeper, 2181, {"address": "10.0.0.1"}),
    "kubernetes": (Kubernetes, 6443, {"address": "10.0.0.1"}),
    "eureka": (Eureka, 8761, {"address": "10.0.0.1"}),
    "redis": (Redis, 6379, {"address": "10.0.0.1"}),
}


@dataclass
class Registry:
    """A server, and what blocks that need it find.

    Attributes:
        ports: the documented port, and the one where it really listens.
        environment: variables.
        names: what stands for the reader's own program.
    """

    server: object
    ports: dict
    environment: dict = field(default_factory=dict)
    names: dict = field(default_factory=dict)

    def check(self, namespace):
        """That the blocks did speak to the server. What they made is closed."""
        made = list(namespace.values())
        try:
            if "provider" in namespace:
                hosts = [instance.host for instance in namespace["provider"].get_list()]
                assert hosts == [("10.0.0.1", 8080)]
            if "RedisCircuits" in namespace:
                until(self.server.client.pubsub_channels)
            if "Registration" in namespace:
                assert not self.has_this_process()
        finally:
            for one in reversed(made):
                if not isinstance(one, type) and type(one).__module__.startswith("ahoyhoy."):
                    getattr(one, "close", lambda: None)()

    def has_this_process(self):
        """Whether a `Registration` of this host is in Consul."""
        return "users-10.0.0.1:8080" in json.loads(self.server.get_bytes("agent/services"))


@contextlib.contextmanager
def registry(name, folder):
    """Starts the server, or skips the test: its program may be missing."""
    kind, port, settings = SERVERS[name]
    with kind() as server:
        server.register(8080, **settings)
        found = Registry(server, {port: server.port})
        if name == "consul":
            found.environment["USERS_TOKEN"] = "s3cret"  # which this agent takes no notice of
            found.names = _program(found)
        if name == "kubernetes":
            found.environment["KUBECONFIG"] = _kubeconfig(server, folder)
        yield found


def _program(found):
    class Server:
        start = stop = staticmethod(lambda: None)

    def serve():
        until(found.has_this_process)

    return {
        "serve": serve,
        "wait_for_the_end": serve,
        "server": Server,
        "database": type("Database", (), {"ping": staticmethod(lambda: True)}),
        "shutting_down": False,
    }


def _kubeconfig(server, folder):
    path = folder / "kubeconfig"
    cluster = {"server": server.url, "certificate-authority": server.ca}
    named = {"cluster": "c", "user": "u"}
    config = {
        "clusters": [{"name": "c", "cluster": cluster}],
        "users": [{"name": "u", "user": {"token": ADMIN}}],
        "contexts": [{"name": "x", "context": named}],
        "current-context": "x",
    }
    path.write_text(json.dumps(config))
    return str(path)
