"""A pre_callback that forgot its `return` ended in an AttributeError from inside the library."""

import pytest

from ahoyhoy import ListProvider, RoundRobinLB


@pytest.mark.parametrize("result", [None, b"/x", 5], ids=repr)
def test_the_error_names_the_callback_and_what_it_returned(serve, build, result):
    server = serve()
    balancer = RoundRobinLB(ListProvider(server.host))
    client = build(balancer, add_callbacks={"pre": lambda _: result})
    with pytest.raises(TypeError, match=f"pre_callback must return a path.*{result!r}"):
        client.get("/")
    assert server.count == 0
    assert [host.failures for host in client.hosts()] == [0]
