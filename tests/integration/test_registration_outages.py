"""Registries that are away, that come back with nothing, and that refuse."""

import pytest

from ahoyhoy.lb.providers import RefusedError
from ahoyhoy.registration import ConsulRegistry, EtcdRegistry, Registration, ZooKeeperRegistry
from integration.registering import DESKS, EtcdDesk, ZooKeeperDesk
from integration.registries import Consul
from integration.server_process import free_port, until


def entering(registry, **options):
    return Registration(registry, "users", ("10.0.0.1", 8080), ttl=2.0, **options)


@pytest.mark.parametrize("kind", DESKS, ids=lambda kind: kind.__name__.removesuffix("Desk"))
def test_a_registry_that_comes_back_has_the_host_again(kind):
    with kind() as desk, entering(desk.registry) as registration:
        until(lambda: registration.registered)
        desk.kill()
        until(lambda: registration.error)
        assert not registration.registered
        assert "cannot be reached" in str(registration.error) or "lost" in str(registration.error)
        desk.start()
        until(lambda: 8080 in desk.hosts("users"))
        until(lambda: registration.registered)


@pytest.mark.parametrize("kind", DESKS, ids=lambda kind: kind.__name__.removesuffix("Desk"))
def test_a_registry_that_hung_has_the_host_again(kind):
    with kind() as desk:
        registry = type(desk.registry)(desk.address, timeout=0.5)
        with entering(registry) as registration:
            until(lambda: registration.registered)
            desk.stop_answering()
            until(lambda: registration.error)
            desk.answer_again()
            until(lambda: registration.registered)
            until(lambda: 8080 in desk.hosts("users"))


@pytest.mark.parametrize("kind", DESKS, ids=lambda kind: kind.__name__.removesuffix("Desk"))
def test_a_service_serves_before_its_registry_is_there(kind):
    desk = kind()
    with entering(desk.registry) as registration:
        until(lambda: registration.error)
        with desk:
            until(lambda: registration.registered)
            registration.close()
            assert not desk.hosts("users")


def refused(registry):
    with entering(registry) as registration:
        until(lambda: registration.error)
        assert isinstance(registration.error, RefusedError)
        return str(registration.error)


def test_a_token_that_may_not_register_is_told():
    with Consul(token="master") as agent:
        weak = agent.new_token('service "users" { policy = "read" }')
        text = refused(ConsulRegistry(agent.address, token=weak))
        assert "Consul refuses the token (403" in text
        assert "token= must be one with service:write on 'users'" in text
        assert weak not in text
        strong = agent.new_token('service "users" { policy = "write" }')
        with entering(ConsulRegistry(agent.address, token=strong)) as registration:
            until(lambda: registration.registered)
            until(lambda: agent.put("agent/check/pass/service:users-10.0.0.1:8080") is None)


def test_a_user_that_may_not_write_is_told():
    with EtcdDesk() as etcd:
        etcd.demand_a_user("reader", "secret", "services/users/")
        assert "user= and password=" in refused(EtcdRegistry(etcd.address))
        text = refused(EtcdRegistry(etcd.address, user="reader", password="secret"))
        assert "one who may write 'services/users/10.0.0.1:8080'" in text
        with entering(EtcdRegistry(etcd.address, user="root", password="root")) as registration:
            until(lambda: registration.registered)


def test_a_node_that_may_not_be_written_is_told():
    with ZooKeeperDesk() as zookeeper:
        zookeeper.put("/services/users")
        zookeeper.kazoo.add_auth("digest", "me:secret")
        zookeeper.only_for("/services/users", "me", "secret")
        assert "refuses to write '/services/users/10.0.0.1:8080'" in refused(
            ZooKeeperRegistry(zookeeper.address)
        )
        mine = ZooKeeperRegistry(zookeeper.address, user="me", password="secret")
        with entering(mine) as registration:
            until(lambda: registration.registered)


def test_what_is_no_etcd_is_told(cluster):
    address, port = cluster.hosts[0]
    with entering(EtcdRegistry(f"{address}:{port}")) as registration:
        until(lambda: registration.error)
        assert "is not etcd" in str(registration.error)


def test_several_members_are_asked_in_turn():
    with EtcdDesk() as etcd:
        registry = EtcdRegistry([f"127.0.0.1:{free_port()}", etcd.address])
        with entering(registry) as registration:
            until(lambda: registration.registered)
            assert 8080 in etcd.hosts("users")
