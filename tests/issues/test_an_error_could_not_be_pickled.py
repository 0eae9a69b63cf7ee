"""The error of a request with a generator for a body, or a lambda for a hook, could not be pickled."""

import pickle

import pytest
import requests

from ahoyhoy import ListProvider, RoundRobinLB
from issues.raw_server import CLOSE, answer


def body():
    yield b"a"
    yield b"b"


@pytest.mark.parametrize(
    "options",
    [lambda: {"data": body()}, lambda: {"hooks": {"response": lambda *_, **__: None}}],
    ids=["generator", "hook"],
)
@pytest.mark.parametrize("said", [CLOSE, answer(503)], ids=["closed", "503"])
def test_it_is_the_same_after_pickling(serve, build, options, said):
    server = serve(lambda _: said)
    client = build(RoundRobinLB(ListProvider(server.host)))
    with pytest.raises(requests.RequestException) as caught:
        client.post("/x", **options())
    error = pickle.loads(pickle.dumps(caught.value))
    assert type(error) is type(caught.value)
    assert str(error) == str(caught.value)
    assert error.attempts == caught.value.attempts
    assert len(error.attempts) == 1
