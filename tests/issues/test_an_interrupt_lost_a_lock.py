"""Ctrl-C or a signal's exception in the middle of a call left a lock held: later calls hung."""

import threading

import pytest
import requests

from ahoyhoy import Host, LBClientBuilder, ListProvider, RandomLB, RoundRobinLB
from issues.interrupts import interrupts

HOSTS = (Host("a", 1), Host("b", 2))


class InMemory:
    """A session that answers at once: nearly all of a call is the library's."""

    def get(self, _url, **_):
        response = requests.Response()
        response.status_code = 200
        response._content = b""
        response._content_consumed = True
        return response


def client_of(balancer):
    builder = LBClientBuilder().add_lb(balancer(ListProvider(*HOSTS))).add_session(InMemory())
    client = builder.build()
    for _ in HOSTS:
        client.get("/")
    return client


def get(client):
    client.get("/")


def assert_works_in_another_thread(function):
    thread = threading.Thread(target=function, daemon=True)
    thread.start()
    thread.join(20)
    assert not thread.is_alive()


# One that comes while a finalizer or a generator's end runs is reported, and gone.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("kept", [None, []], ids=["dropped", "kept"])
@pytest.mark.parametrize("balancer", [RoundRobinLB, RandomLB])
def test_other_threads_calls_go_through_wherever_an_interrupt_comes(balancer, kept):
    places = 0
    for client in interrupts(lambda: client_of(balancer), get, kept):

        def call(client=client):
            for _ in range(2 * len(HOSTS)):
                client.get("/")
            client.stats()

        assert_works_in_another_thread(call)
        places += 1
    assert places > 50
