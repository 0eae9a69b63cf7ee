"""A host that no URL can name failed each call whose turn it was, instead of being left out."""

import pytest

from ahoyhoy import Endpoint, ListProvider, RoundRobinLB
from ahoyhoy.exceptions import InvalidHostError

IMPOSSIBLE = ["a..b", "x" * 70, "..", "*", "%", "a b", "fe80::1%lo"]


@pytest.mark.parametrize("address", IMPOSSIBLE)
def test_the_other_hosts_answer(serve, build, address):
    server = serve()
    client = build(RoundRobinLB(ListProvider((address, 80), server.host)))
    for _ in range(4):
        assert client.get("/").status_code == 200
    assert server.count == 4


@pytest.mark.parametrize("address", IMPOSSIBLE)
def test_an_endpoint_of_it_is_refused(address):
    with pytest.raises(InvalidHostError):
        Endpoint((address, 80))
