"""`ahoyhoy hosts --watch` of a registry: what comes, goes, and can no longer be confirmed."""

import json
import signal
import subprocess

import pytest

from integration.etcd_server import Etcd
from integration.shell import COMMAND


@pytest.fixture(scope="module")
def etcd():
    with Etcd() as etcd:
        yield etcd


@pytest.fixture
def watching(etcd):
    """`watching(option, …)`: the lines that the command prints from now on."""
    running = []

    def begin(service, *options):
        target = f"etcd://{etcd.address}/services/{service}?wait=1&timeout=5"
        words = ["hosts", target, "--watch", "--interval", "0.1", *options]
        running.append(subprocess.Popen([*COMMAND, *words], stdout=subprocess.PIPE, text=True))
        return running[-1].stdout

    yield begin
    for process in running:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)


def test_hosts_that_come_and_go_are_seen(etcd, watching):
    etcd.register(1, service="moving")
    looks = map(json.loads, watching("moving", "--json"))
    assert ports(next(looks)) == ["1"]
    etcd.register(2, service="moving")
    assert next(look for look in looks if ports(look) == ["1", "2"])["stale_for"] == 0
    etcd.deregister(1, service="moving")
    assert next(look for look in looks if ports(look) == ["2"])


def ports(look):
    return sorted(host["host"].rpartition(":")[2] for host in look["hosts"])


def test_a_list_that_the_registry_does_not_confirm_is_told(etcd, watching):
    etcd.register(1, service="kept")
    looks, lines = map(json.loads, watching("kept", "--json")), watching("kept")
    assert (next(looks)["stale_for"], next(lines)[:4]) == (0, "host")
    etcd.kill()
    assert ports(next(look for look in looks if look["stale_for"])) == ["1"]
    assert next(line for line in lines if line.startswith("the source has not confirmed this list"))
    etcd.start()
    assert next(look for look in looks if not look["stale_for"])
