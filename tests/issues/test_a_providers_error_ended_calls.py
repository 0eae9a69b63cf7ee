"""What a provider of the user's raised ended calls although the hosts were known."""

import pytest
import requests

from ahoyhoy import RoundRobinLB
from ahoyhoy.exceptions import ProviderError
from ahoyhoy.lb.providers import IProvider
from issues.raw_server import CLOSE


class Scripted(IProvider):
    """A provider of functions, that may be replaced."""

    def __init__(self, get_list, changes=lambda: 0):
        self.get_list = get_list
        self.changes = changes

    def get_list(self):
        """Replaced by the argument."""

    def changes(self):
        """Replaced by the argument."""


def fails():
    raise OSError("the registry is down")


def test_the_last_list_stays_when_nobody_can_tell_whether_it_changed(serve, build):
    server = serve()
    provider = Scripted(lambda: [server.host])
    client = build(RoundRobinLB(provider))
    client.get("/")
    provider.changes = fails
    for _ in range(3):
        assert client.get("/").status_code == 200


def test_the_calls_own_error_is_told_when_the_provider_fails_too(build, refused):
    provider = Scripted(lambda: [refused])
    client = build(RoundRobinLB(provider), set_endpoint_updates=3)
    assert [host.circuit for host in client.hosts()] == ["closed"]
    provider.get_list = fails
    with pytest.raises(requests.ConnectionError) as caught:
        client.get("/")
    assert [attempt.host for attempt in caught.value.attempts] == [refused]
    assert str(refused.port) in str(caught.value)


def test_a_post_that_was_not_answered_tells_so_when_the_provider_fails_too(serve, build):
    server = serve(lambda _: CLOSE)
    provider = Scripted(lambda: [server.host])
    client = build(RoundRobinLB(provider))
    assert len(client.hosts()) == 1
    provider.changes = fails
    with pytest.raises(requests.ConnectionError, match="closed"):
        client.post("/")


@pytest.mark.parametrize(
    "get_list", [fails, lambda: None, lambda: 5], ids=["raises", "None", "number"]
)
def test_a_provider_that_fails_from_the_start_is_named(build, get_list):
    client = build(RoundRobinLB(Scripted(get_list)))
    with pytest.raises(requests.ConnectionError, match="the provider failed") as caught:
        client.get("/")
    assert isinstance(caught.value.__cause__, ProviderError)
