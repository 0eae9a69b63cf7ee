"""A subclass of Client with a constructor of its own could neither be pickled nor copied."""

import copy
import pickle

import pytest

from ahoyhoy import Client, Host, ListProvider, RoundRobinLB
from ahoyhoy.circuit import CircuitBreaker


class Users(Client):
    def __init__(self, hosts):
        super().__init__(RoundRobinLB(ListProvider(*hosts)))
        self.tenant = "x"


class NamedBreaker(CircuitBreaker):
    def __init__(self, first, last):
        super().__init__(f"{first} {last}")


def pickled(item):
    return pickle.loads(pickle.dumps(item))


@pytest.fixture(params=[copy.copy, copy.deepcopy, pickled], ids=lambda copied: copied.__name__)
def copied(request):
    return request.param


def test_a_copy_of_a_subclass_works_and_has_its_attributes(serve, copied):
    server = serve()
    with Users([server.host]) as client, copied(client) as other:
        assert type(other) is Users
        assert other.tenant == "x"
        assert other.get("/").status_code == 200


def test_a_copy_has_what_was_set_on_the_client(copied):
    client = Client(RoundRobinLB(ListProvider(Host("a", 80))))
    client.tenant = "x"
    assert copied(client).tenant == "x"


def test_a_copy_of_a_circuit_breakers_subclass_works(copied):
    other = copied(NamedBreaker("a", "b"))
    assert other.name == "a b"
    assert other.call(int) == 0
