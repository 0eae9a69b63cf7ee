"""An authority in Unicode never equalled the URL's, which is encoded; so the name was resolved."""

import pytest

from ahoyhoy import Instance, ListProvider, RoundRobinLB
from ahoyhoy.exceptions import InvalidHostError


def test_an_authority_in_unicode_is_refused_with_advice(serve):
    with pytest.raises(InvalidHostError, match="xn--"):
        Instance(serve().host, authority="bücher.invalid")


@pytest.mark.parametrize("own", [True, False], ids=["own session", "user's session"])
@pytest.mark.parametrize("name", ["xn--bcher-kva.invalid", "Users.Invalid", "u_s.invalid"])
def test_a_host_is_called_by_its_address_and_told_its_name(serve, build, session, own, name):
    server = serve()
    steps = {} if own else {"add_session": session}
    client = build(RoundRobinLB(ListProvider(Instance(server.host, authority=name))), **steps)
    assert client.get("/").status_code == 200
    assert server.requests[0].headers["host"].partition(":")[0].lower() == name.lower()
