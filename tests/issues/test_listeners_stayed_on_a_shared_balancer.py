"""A client that was closed, or gone, left its listeners on a balancer that lived on."""

from ahoyhoy import Host, ListProvider, RoundRobinLB
from ahoyhoy.client import Client
from ahoyhoy.events import Announcer


def test_a_client_that_is_closed_or_gone_takes_its_listeners_along():
    lb = RoundRobinLB(ListProvider(Host("10.0.0.1", 80)))
    first = Client(lb, listeners=(print,))
    second = Client(lb, listeners=(print,))
    assert list(lb.announcer) == [print]
    first.close()
    assert list(lb.announcer) == [print]  # the other one's
    del second
    assert list(lb.announcer) == []


def test_an_announcer_forgets_a_listener_removed_as_often_as_it_was_added():
    announcer = Announcer([print, print])
    announcer.remove(print)
    assert announcer.heard
    announcer.remove(print)
    assert not announcer.heard
    announcer.remove(print)
    assert not announcer.heard
