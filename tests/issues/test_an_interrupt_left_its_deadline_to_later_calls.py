"""Ctrl-C in a request with a deadline: later requests of the thread had that deadline, long past, too."""

import pytest

from ahoyhoy import LBClientBuilder, ListProvider, RoundRobinLB, Session
from ahoyhoy.http import bounds
from ahoyhoy.session.extras import ASKED
from issues.interrupts import interrupts


def session(host):
    return Session({"users": ListProvider(host)}, deadline=60.0)


def client(host):
    lb = RoundRobinLB(ListProvider(host))
    return LBClientBuilder().add_lb(lb).add_deadline(60.0).build()


# One that comes while a finalizer or a generator's end runs is reported, and gone.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(("make", "url"), [(session, "http://users/"), (client, "/")])
def test_what_a_request_asked_for_ends_with_it_wherever_an_interrupt_comes(serve, make, url):
    server = serve()
    places = 0
    with make(server.host) as door:
        door.get(url)
        for _ in interrupts(lambda: door, lambda door: door.get(url)):
            assert bounds.current() is None
            assert ASKED.get() is None
            places += 1
    assert places > 50
