"""How long callers wait, alone and together: the same in both worlds."""

import pytest

from ahoyhoy.exceptions import DeadlineExceeded, LimitExceededError
from ahoyhoy.lb import Limits, RoundRobinLB
from ahoyhoy.lb.providers import ListProvider
from ahoyhoy.strategies import Hedged, Single

#: what a loaded machine may add, in seconds; less than what each scenario is about
LENIENCE = 1.0


@pytest.fixture
def took(world):
    def measure(function):
        began = world.clock()
        function()
        return world.clock() - began

    return measure


def over(world, hosts, **settings):
    return world.client(RoundRobinLB(ListProvider(*hosts)), **settings)


def test_a_host_that_never_answers_costs_no_more_than_the_deadline(world, client, took):
    for host in world.hosts:
        world.script(host, fault="stall")

    def call():
        with pytest.raises(DeadlineExceeded):
            client.get("/x", deadline=0.5)

    assert 0.45 <= took(call) <= 0.5 + LENIENCE
    assert sum(map(world.received, world.hosts)) == 1


@pytest.mark.parametrize("stream", [False, True])
def test_a_body_that_drips_costs_no_more_than_the_deadline(world, client, took, stream):
    for host in world.hosts:
        world.script(host, fault="drip", body=b"x" * 100)

    def call():
        with pytest.raises(DeadlineExceeded):
            _ = client.get("/x", deadline=0.5, stream=stream).content

    assert 0.45 <= took(call) <= 0.5 + LENIENCE
    assert not any(host.in_flight for host in client.hosts())


def test_a_late_answer_is_overtaken_by_another_hosts(world, took):
    slow, *quick = world.hosts[:2]
    world.script(slow, delay=3.0)
    with over(world, [slow, *quick], strategy=Hedged(delay=0.2)) as client:
        for _ in range(4):
            assert took(lambda: client.get("/x")) <= 0.3 + LENIENCE
        world.wait(0.2)  # the last loser lets go
        assert not any(host.in_flight for host in client.hosts())


def test_many_callers_at_once_wait_no_longer_than_one(world, client, took):
    for host in world.hosts:
        world.script(host, delay=0.5)
    answers = []

    def call():
        answers.extend(world.together(*[lambda: client.get("/x")] * 12))

    assert 0.5 <= took(call) <= 0.5 + LENIENCE
    assert [answer.status_code for answer in answers] == [200] * 12


def test_a_host_gets_one_request_at_a_time_where_that_is_its_limit(world, took):
    host = world.hosts[0]
    world.script(host, delay=0.3)
    with over(world, [host], limits=Limits(per_host=1, wait=30)) as client:
        calls = [lambda: client.get("/x").status_code] * 4
        assert took(lambda: world.together(*calls)) >= 4 * 0.3
    with over(world, [host], limits=Limits(per_host=1), strategy=Single()) as client:

        def call():
            try:
                return client.get("/x").status_code
            except LimitExceededError:
                return "full"

        assert sorted(map(str, world.together(*[call] * 4))).count("full") >= 1


def test_a_host_that_asks_for_a_pause_gets_it(world, client):
    busy = world.hosts[0]
    world.script(busy, status=503, headers={"Retry-After": "1"})
    for _ in range(12):
        assert client.get("/x").status_code == 200
    assert world.received(busy) == 1
    world.heal(busy)
    world.wait(1.1)
    for _ in range(6):
        assert client.get("/x").status_code == 200
    assert world.received(busy) > 1
