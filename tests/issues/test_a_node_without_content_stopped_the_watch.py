"""One node of ZooKeeper without any content, and no change of the others was seen any more.

Its name may say what it stands for. Also kazoo's log, which had the password in it.
"""

import logging

import pytest

from ahoyhoy import Host
from ahoyhoy.lb.providers import ZooKeeperProvider
from integration.zookeeper_server import ZooKeeper
from unit.scripted_source import eventually


@pytest.fixture(scope="module")
def server():
    with ZooKeeper() as server:
        yield server


def hosts(provider):
    return [instance.host for instance in provider.get_list()]


def test_it_is_what_its_name_says_and_others_are_seen(server):
    server.kazoo.create("/empty/10.0.0.1:80", None, makepath=True)
    provider = ZooKeeperProvider("/empty", address=server.address)
    assert hosts(provider) == [Host("10.0.0.1", 80)]
    server.kazoo.create("/empty/10.0.0.2:80", b"")
    eventually(lambda: hosts(provider) == [Host("10.0.0.1", 80), Host("10.0.0.2", 80)])
    assert provider.stale_for == 0.0
    provider.close()


def test_the_password_is_not_in_the_log(server, caplog):
    caplog.set_level(1)
    server.kazoo.create("/told/10.0.0.1:80", b"", makepath=True)
    provider = ZooKeeperProvider("/told", address=server.address, user="bob", password="hunter2")
    assert hosts(provider) == [Host("10.0.0.1", 80)]
    provider.close()
    assert any(it.name == "kazoo.client" and it.levelno <= logging.DEBUG for it in caplog.records)
    assert "hunter2" not in caplog.text
