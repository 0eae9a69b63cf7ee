"""Real registries on loopback whose services a test changes, and which it stops and kills."""

import json
import os
import shutil

import pytest

from ahoyhoy.exceptions import ProviderError
from ahoyhoy.http.sessions import new_session
from ahoyhoy.lb.providers import ConsulProvider, RefusedError
from ahoyhoy.testing.cluster import Cluster
from integration.server_process import ServerProcess

# Debian has no package of these.
UNPACKAGED = ("consul", "kube-apiserver")


def program(name):
    """Skip the test if the machine does not have the program; where Debian has it, in CI that is an error."""
    if shutil.which(name) is None:
        fails = os.environ.get("CI") and name not in UNPACKAGED
        (pytest.fail if fails else pytest.skip)(f"needs the program {name}")
    return name


class Registry(ServerProcess):
    """A registry, and what its tests give the providers that ask it."""

    #: Of a provider that is to wait for long.
    LONG = {"wait": 60.0}
    #: What a provider is given where a test gives it nothing.
    OWN = {"wait": 20.0, "timeout": 10.0}
    #: Of one that does not take a busy machine for a silent registry.
    CALM = {"timeout": 10.0}
    #: Of one that notices within some seconds that a registry is silent.
    QUICK = {"timeout": 1.0}

    def fleet(self):
        """Servers that may be its hosts: a context with `hosts`."""
        return Cluster(4)

    def announce(self, host, service, **settings):
        """Register a host; or register it anew, with other settings."""
        self.register(host.port, service=service, address=host.address, **settings)

    def withdraw(self, host, service):
        """Deregister a host."""
        self.deregister(host.port, service=service)

    def in_child(self):
        """The same, for a forked child: with connections of its own."""
        return self


class Consul(Registry):
    """A Consul agent in development mode: in memory, one server.

    Args:
        token: whom everything is allowed, in an agent that allows nothing to anybody else.
        certificate: a PEM file with certificate and key: it speaks TLS alone.
    """

    def __init__(self, *, token=None, certificate=None, ca_file=None, settings=()):
        program("consul")
        super().__init__()
        self.token = token
        self._scheme = "https" if certificate else "http"
        self._session = new_session()
        self._session.trust_env = False  # or the machine's own authorities would count
        self._session.verify = ca_file or True
        if token:
            self._session.headers["X-Consul-Token"] = token
        self._settings = {
            "disable_update_check": True,
            "disable_host_node_id": True,
            "connect": {"enabled": False},
            "performance": {"raft_multiplier": 1},
            **dict(settings),
        }
        if token:
            self._settings["acl"] = {
                "enabled": True,
                "default_policy": "deny",
                "tokens": {"master": token, "agent": token},
            }
        if certificate:
            self._settings |= {"cert_file": certificate, "key_file": certificate}

    @property
    def url(self):
        return f"{self._scheme}://{self.address}"

    def command(self):
        (self.dir / "agent.json").write_text(json.dumps(self._settings))
        ours, other = ("-https-port", "-http-port")[:: 1 if self._scheme == "https" else -1]
        ports = f"""{ours} {self.port} {other} -1 -dns-port -1 -grpc-port -1 -serf-wan-port -1
            -server-port {self.new_port()} -serf-lan-port {self.new_port()}"""
        fixed = "agent -dev -bind 127.0.0.1 -client 127.0.0.1 -node test -log-level warn"
        return ["consul", *fixed.split(), *ports.split(), "-config-dir", str(self.dir)]

    def answers(self):
        if self._session.get(f"{self.url}/v1/status/leader", timeout=1).text == '""':
            return False
        # Not before the agent has registered itself.
        nodes = self._session.get(f"{self.url}/v1/catalog/nodes", timeout=1)
        return nodes.ok and [node for node in nodes.json() if node["Node"] == "test"]

    def _send(self, method, path, body=None):
        response = self._session.request(method, f"{self.url}/v1/{path}", json=body, timeout=10)
        assert response.ok, response.text
        return response

    def put(self, path, **body):
        """The JSON of the answer to a PUT."""
        response = self._send("PUT", path, body or None)
        return response.json() if response.content else None

    def get_bytes(self, path):
        """What a GET answers."""
        return self._send("GET", path).content

    def delete(self, path):
        self._send("DELETE", path)

    def transact(self, operations):
        """Several changes of the catalog at once, 64 at most."""
        self._send("PUT", "txn", operations)

    def register(self, port, service="users", address="10.0.0.1", weight=1, **settings):
        """Register an instance under its port; Consul's own names for the settings."""
        body = {"Name": service, "ID": f"{service}-{port}", "Address": address, "Port": port}
        body["Weights"] = {"Passing": weight, "Warning": 1}
        self.put("agent/service/register", **{**body, **settings})

    def deregister(self, port, service="users"):
        self.put(f"agent/service/deregister/{service}-{port}")

    def health(self, port, state, service="users"):
        """Report on an instance that was registered with a TTL check: pass, warn or fail."""
        self.put(f"agent/check/{state}/service:{service}-{port}")

    def maintenance(self, port, on, service="users"):
        self.put(f"agent/service/maintenance/{service}-{port}?enable={'true' if on else 'false'}")

    def new_token(self, rules):
        """A token with these rules, in HCL."""
        name = f"policy-{len(rules)}"
        self.put("acl/policy", Name=name, Rules=rules)
        return self.put("acl/token", Policies=[{"Name": name}])["SecretID"]

    def watched(self, service="users", **options):
        """A provider that notices within some seconds that it is silent."""
        given = {"address": self.url, "token": self.token, "wait": 1.0, "timeout": 1.0, **options}
        return ConsulProvider(service, **given)

    def __exit__(self, *_):
        self._session.close()
        super().__exit__()


def hosts(source):
    """`address:port` of each host."""
    return [f"{i.host.address}:{i.host.port}" for i in source.get_list()]


def ports(source):
    return [i.host.port for i in source.get_list()]


def told(source, kind=RefusedError):
    """What the error says, of exactly this kind, with which the first list fails."""
    with pytest.raises(ProviderError) as caught:
        source.get_list()
    assert type(caught.value) is kind
    return str(caught.value)
