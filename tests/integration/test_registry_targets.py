"""A target for each registry leads to its hosts: in a session, and on the command line."""

import json
import subprocess
import sys

import pytest

import ahoyhoy
from ahoyhoy import Host
from ahoyhoy.lb.providers import provider_of
from integration.etcd_server import Etcd
from integration.every_registry import registry, service  # noqa: F401 - fixtures
from integration.kubernetes_server import ADMIN
from integration.registries import ports
from integration.server_process import until
from integration.stand_in import answering
from integration.tls_servers import serve  # noqa: F401 - a fixture

TARGETS = {
    "Consul": "consul://{0.address}/{1}",
    "Etcd": "etcd://{0.address}/services/{1}",
    "Eureka": "eureka://{0.address}/{1}?interval=0.2",
    "Kubernetes": "k8s://default/{1}:http?address={0.url}&ca={0.ca}&token_env=K8S_TOKEN",
    "Redis": "redis://{0.address}/0?key=services:{1}&interval=0.3",
    "ZooKeeper": "zk://{0.address}/services/{1}",
}


@pytest.fixture
def target(registry, service, monkeypatch):
    monkeypatch.setenv("K8S_TOKEN", ADMIN)
    return TARGETS[type(registry).__name__].format(registry, service)


def test_hosts_come_and_go(registry, service, target):
    registry.register(8001, service=service)
    source = provider_of(target)
    try:
        assert ports(source) == [8001]
        registry.register(8002, service=service)
        until(lambda: ports(source) == [8001, 8002])
    finally:
        source.close()


def test_what_a_target_asks_for_is_asked(monkeypatch):
    monkeypatch.setenv("TOKEN", "sesame")
    service = {"ID": "users-1", "Address": "10.0.0.1", "Port": 8001}
    entry = {"Node": {"Node": "n"}, "Service": service, "Checks": [{"Status": "passing"}]}
    with answering([entry], X_Consul_Index="7") as server:
        query = "tag=v%202&dc=eu&near=_agent&token_env=TOKEN&wait=1"
        source = provider_of(f"https+consul://{server.address}/users?{query}")
        (host,) = source.get_list()
        source.close()
    assert (host.host, host.scheme) == (("10.0.0.1", 8001), "https")
    asked = server.asked[0]
    assert (asked.method, asked.path) == ("GET", "/v1/health/service/users")
    assert asked.query.items() >= {"tag": "v 2", "dc": "eu", "near": "_agent"}.items()
    assert asked.headers["X-Consul-Token"] == "sesame"


def test_the_hosts_of_a_registry_are_shown(registry, service, target):
    registry.announce(Host("127.0.0.1", 8001), service)
    command = [sys.executable, "-m", "ahoyhoy", "hosts", target, "--json"]
    ran = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert [host["host"] for host in json.loads(ran.stdout)["hosts"]] == ["127.0.0.1:8001"]


def test_a_service_that_is_not_there_is_exit_code_3(target):
    command = [sys.executable, "-m", "ahoyhoy", "hosts", target]
    ran = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert ran.returncode == 3
    assert ran.stderr.startswith(b"ahoyhoy: ")
    assert ran.stderr.count(b"\n") == 1


def test_a_session_speaks_tls_to_the_hosts_where_the_target_says_so(serve, certificate, ca_file):
    server = serve(certificate("127.0.0.1"))
    with Etcd() as etcd:
        etcd.register(server.port)
        with ahoyhoy.Session(f"https+etcd://{etcd.address}/services/users") as session:
            session.verify = ca_file
            assert session.get("/").text == "ok"
    assert server.began == ["tls"]
