"""What the model of a balancer is made of: hosts, requests, answers that are still to be read."""

from ahoyhoy.lb.providers.iprovider import IProvider
from ahoyhoy.utils import Host, Instance

PRIORITIES = {"a": 0, "b": 0, "c": 0, "d": 0, "e": 1, "f": 1}


class Source(IProvider):
    items = ()

    def get_list(self):
        return [Instance(Host(name, 1), priority=PRIORITIES[name]) for name in self.items]

    def changes(self):
        return self.items


class Raw:
    def release_conn(self):
        pass


class Answer:
    """One whose body is still to be read."""

    _content_consumed = False

    def __init__(self):
        self.raw = Raw()


class Known:
    """What the model knows of a host from when it came until it leaves."""

    def __init__(self, name):
        self.name = name
        self.in_flight = 0
        self.healthy = True
        self.held_until = 0.0


class Sent:
    """A request under way."""

    def __init__(self, lease, permit, known):
        self.lease = lease
        self.permit = permit
        self.known = known
        self.body = None
