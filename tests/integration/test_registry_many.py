"""Five thousand hosts of one service, in every registry: read in one go, and soon taken in."""

import contextlib
import json
import sys
import threading
import time

import pytest

from ahoyhoy import RoundRobinLB
from integration.etcd_server import encoded
from integration.every_registry import REGISTRIES, each, registry  # noqa: F401 - a fixture

pytestmark = pytest.mark.slow

HOSTS = 5000
# What reading them takes here, as a multiple of what `json.loads` takes for their records one by
# one: that was 7 ms where 100 ms is the most that may be.
MOST = 100 / 7


def address(number):
    return f"10.1.{number // 250}.{number % 250}"


def record(number):
    return json.dumps({"address": address(number), "port": 8080})


def parts(size):
    return [range(begin, begin + size) for begin in range(0, HOSTS, size)]


def fill_consul(registry):
    registry.put("catalog/register", Node="farm", Address="10.0.0.9")
    for part in parts(50):
        registry.transact(
            [
                {
                    "Service": {
                        "Verb": "set",
                        "Node": "farm",
                        "Service": {
                            "ID": f"users-{number}",
                            "Service": "users",
                            "Address": address(number),
                            "Port": 8080,
                        },
                    }
                }
                for number in part
            ]
        )


def fill_etcd(registry):
    for part in parts(100):
        puts = [
            {"key": encoded(f"services/users/{number}"), "value": encoded(record(number))}
            for number in part
        ]
        registry.ask("kv/txn", success=[{"requestPut": put} for put in puts])


def fill_eureka(registry):
    for number in range(HOSTS):
        registry.register(8080, address=address(number), instanceId=f"users-{number}")


def fill_kubernetes(registry):
    for part in parts(100):
        endpoints = [
            {"addresses": [address(number)], "conditions": {"ready": True}} for number in part
        ]
        port = {"name": "http", "port": 8080}
        registry.put_slice(f"users-{part[0]}", "users", [port], *endpoints)


def fill_redis(registry):
    records = {str(number): record(number) for number in range(HOSTS)}
    registry.client.hset("services:users", mapping=records)


def fill_zookeeper(registry):
    registry.kazoo.ensure_path("/services/users")
    asked = [
        registry.kazoo.create_async(f"/services/users/{number}", record(number).encode())
        for number in range(HOSTS)
    ]
    for result in asked:
        result.get()


FILL = {
    "Consul": fill_consul,
    "Etcd": fill_etcd,
    "Eureka": fill_eureka,
    "Kubernetes": fill_kubernetes,
    "Redis": fill_redis,
    "ZooKeeper": fill_zookeeper,
}


@contextlib.contextmanager
def untraced():
    """Without coverage, which has the library's code take several times as long, and that of json not."""
    here, elsewhere = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)
    try:
        yield
    finally:
        threading.settrace(elsewhere)
        sys.settrace(here)


def best_of_5(function):
    """Seconds of this process's processor time: others may use the machine too."""
    took = []
    with untraced():
        for _ in range(5):
            start = time.process_time()
            function()
            took.append(time.process_time() - start)
    return min(took)


def plain_json():
    """Reading their records, and nothing else."""
    records = [record(number).encode() for number in range(HOSTS)]
    return MOST * best_of_5(lambda: [json.loads(each) for each in records])


@each(REGISTRIES)
def test_thousands_of_hosts_are_read_in_one_go(registry, record_property):
    """From the first question to the first pick, with the transport, in processor time."""
    FILL[type(registry).__name__](registry)

    def read():
        source = registry.watched(**{**registry.OWN, "timeout": 60.0})
        balancer = RoundRobinLB(source)
        balancer.pick()
        assert balancer.size == HOSTS
        assert source.changes() == 1
        source.close()

    took = best_of_5(read)
    most = plain_json()
    record_property("milliseconds", 1000 * took)
    record_property("most", 1000 * most)
    assert took < most
