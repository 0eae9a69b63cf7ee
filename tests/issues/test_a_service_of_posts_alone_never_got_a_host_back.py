"""A trial waited for a call that may be repeated; where only POSTs were made, for ever."""

import pytest

from ahoyhoy import Host, ListProvider, PeakEwmaLB, RandomLB, RoundRobinLB
from ahoyhoy.testing import Reply, Simulator

HOSTS = [Host(f"10.0.0.{n}", 80) for n in (1, 2, 3)]
WELL, ILL, GONE = Reply(seconds=0.01), Reply(status=500), Reply(fault="refused")


@pytest.fixture
def simulator():
    with Simulator() as simulator:
        yield simulator


def client_of(simulator, lb=RoundRobinLB):
    for host in HOSTS:
        simulator.network.script(host, WELL)
    return simulator.client(lb(ListProvider(*HOSTS)), raise_for_status=False)


def post(simulator, client, seconds):
    """Posts ten times a second; which hosts answered, in their order."""
    before = len(simulator.network.sent)
    end = simulator.clock() + seconds
    while simulator.clock() < end:
        client.post("/")
        simulator.sleep(0.09)
    return [sent.host for sent in simulator.network.sent[before:]]


@pytest.mark.parametrize("lb", [PeakEwmaLB, RandomLB, RoundRobinLB])
def test_hosts_that_were_restarted_one_after_the_other_are_all_used_again(simulator, lb):
    client = client_of(simulator, lb)
    for host in HOSTS:
        simulator.network.script(host, GONE)
        post(simulator, client, 5)
        simulator.network.script(host, WELL)
        post(simulator, client, 5)
    post(simulator, client, 60)
    assert {host.circuit for host in client.hosts()} == {"closed"}
    assert set(post(simulator, client, 5)) == set(HOSTS)


def test_a_host_that_stays_ill_costs_a_post_in_ten_seconds_at_most(simulator):
    client = client_of(simulator)
    simulator.network.script(HOSTS[0], ILL)
    post(simulator, client, 10)
    asked = post(simulator, client, 300)
    assert 10 < asked.count(HOSTS[0]) < 30


def test_a_post_leaves_the_trial_to_a_get_that_comes_in_time(simulator):
    client = client_of(simulator)
    simulator.network.script(HOSTS[0], ILL)
    post(simulator, client, 5)
    simulator.network.script(HOSTS[0], ILL, WELL)
    for _ in range(20):
        assert HOSTS[0] not in post(simulator, client, 7)
        client.get("/")  # with its trial, and another host
        if {host.circuit for host in client.hosts()} == {"closed"}:
            break
    else:
        pytest.fail("the host was never tried")
