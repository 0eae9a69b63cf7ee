"""A second leg (digest) went to a host that had just left: its connection outlived the session."""

import threading

import requests

from ahoyhoy import Session
from ahoyhoy.lb.providers.iprovider import IProvider


class Changing(IProvider):
    """Hosts that change."""

    def __init__(self, *hosts):
        self.hosts, self.changed = hosts, 0

    def get_list(self):
        return list(self.hosts)

    def changes(self):
        return self.changed

    def become(self, *hosts):
        self.hosts, self.changed = hosts, self.changed + 1


def ends(condition):
    patience = threading.Event()
    return any(condition() or patience.wait(0.01) for _ in range(500))


def test_close_closes_it(serve):
    leaving, staying = serve(), serve()
    provider = Changing(leaving.host)
    with Session({"users": provider}) as session:
        # Not the answer itself: its `raw` keeps the pool, as in requests.
        connection = session.get("http://users/").connection
        provider.become(staying.host)
        session.get("http://users/")
        second = requests.Request("GET", "http://users/again").prepare()
        assert connection.send(second).ok
        assert leaving.requests[-1].path == "/again"
    assert ends(lambda: leaving.open == staying.open == 0)
