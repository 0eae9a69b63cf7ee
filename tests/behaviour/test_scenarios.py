"""What a caller sees while hosts fail and come back: the same in both worlds."""

import pytest

from ahoyhoy.exceptions import Ahoyhoy500Exception, ClientNoEndpointsException

METHODS = ("GET", "POST", "PATCH", "DELETE")


def received(world):
    return [world.received(host) for host in world.hosts]


def shown(client, host):
    return next(stats for stats in client.hosts() if stats.host == host)


@pytest.mark.parametrize("method", METHODS)
def test_a_host_that_refuses_costs_no_call_whatever_its_method(world, client, method):
    world.script(world.hosts[1], fault="refused")
    for _ in range(6):
        assert client.request(method, "/x").status_code == 200
    assert sum(received(world)) == 6
    assert received(world)[1] == 0


def test_a_get_goes_on_after_a_5xx(world, client):
    world.script(world.hosts[0], status=503)
    for _ in range(6):
        assert client.get("/x").status_code == 200


def test_a_post_that_was_answered_5xx_is_not_sent_again(world, client):
    for host in world.hosts:
        world.script(host, status=503)
    with pytest.raises(Ahoyhoy500Exception):
        client.post("/x")
    assert sum(received(world)) == 1


def test_a_post_whose_connection_broke_is_not_sent_again(world, client):
    for host in world.hosts:
        world.script(host, fault="reset")
    with pytest.raises(OSError, match="connection reset"):
        client.post("/x")
    assert sum(received(world)) == 1


def test_with_an_idempotency_key_a_post_is_repeated_three_times_at_most(world, client):
    for host in world.hosts:
        world.script(host, status=500)
    with pytest.raises(Ahoyhoy500Exception):
        client.post("/x", headers={"Idempotency-Key": "1"})
    assert received(world) == [1, 1, 1]


def test_a_host_that_keeps_failing_is_left_alone_and_tried_again(world, client):
    bad = world.hosts[2]
    world.script(bad, status=500)
    for _ in range(30):
        assert client.get("/x").status_code == 200
    assert shown(client, bad).circuit == "open"
    world.heal(bad)
    before = world.received(bad)
    world.wait(1.1)
    for _ in range(6):
        assert client.get("/x").status_code == 200
    assert shown(client, bad).circuit == "closed"
    assert world.received(bad) > before


def test_with_nobody_there_the_error_says_so_and_it_is_over_when_they_are_back(world, client):
    for host in world.hosts:
        world.script(host, fault="refused")
    for _ in range(4):
        with pytest.raises(ClientNoEndpointsException):
            client.get("/x")
    with pytest.raises(ClientNoEndpointsException, match="circuit open"):
        client.get("/x")
    for host in world.hosts:
        world.heal(host)
    world.wait(2.1)
    for _ in range(6):
        assert client.get("/x").status_code == 200
    assert {stats.circuit for stats in client.hosts()} == {"closed"}
