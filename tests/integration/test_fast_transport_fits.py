"""The fast way to an instance, or within a deadline: as the stock way goes there."""

import time
from contextlib import closing

import pytest
import requests
from requests.adapters import HTTPAdapter

from ahoyhoy import Host, Instance
from ahoyhoy._core import Deadline
from ahoyhoy.http import KeepAliveAdapter
from ahoyhoy.http.bounds import Bounds
from ahoyhoy.http.fitted import Fit, Names, fitted
from integration.wire_rig import AGENT, OK, SILENCE, Way, script_server


@pytest.fixture(scope="module")
def server():
    with script_server() as server:
        yield server


@pytest.mark.parametrize("kind", [HTTPAdapter, KeepAliveAdapter])
@pytest.mark.parametrize(
    ("authority", "names"),
    [
        (None, None),
        ("users.internal", None),
        ("users.internal:8080", None),
        (None, Names("users", None, None, "/api")),
        (None, Names(None, None, "http", "/a%2Fb/c")),
        ("users.internal", Names("orders.internal")),
    ],
)
def test_instances_are_spoken_to_in_the_same_way(server, kind, authority, names):
    instance = Instance(Host("127.0.0.1", server.port), authority=authority)
    fit = Fit(instance, 5, names)
    outcomes = []
    for is_fast in (False, True):
        with closing(kind()) as adapter:
            way = Way(server, is_fast, fitted(adapter, fit))
            request = requests.Request("GET", "http://users/x?y=z", headers=AGENT).prepare()
            first = requests.Request("GET", "http://users/", headers=AGENT).prepare()
            outcomes.append(way.outcome(request, [OK], first=first))
    assert outcomes[0] == outcomes[1]
    assert way.exchanges == 1


def test_a_deadline_holds(server):
    def outcome(is_fast, script):
        with closing(KeepAliveAdapter()) as adapter:
            way = Way(server, is_fast, adapter)
            request = requests.Request("GET", server.url, headers=AGENT).prepare()
            bounds = Bounds(Deadline.after(0.2, time.monotonic))
            return way.outcome(request, script, bounds=bounds), way.exchanges

    for script in ([SILENCE], [OK[:9], SILENCE], [OK[:-1], SILENCE], [OK]):
        stock, _ = outcome(False, script)
        fast, exchanges = outcome(True, script)
        assert {**fast, "pool": 0} == {**stock, "pool": 0}
        assert exchanges == 1
