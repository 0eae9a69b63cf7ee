import pytest

from ahoyhoy._core import Call
from ahoyhoy.calling.equipment import Equipment, equipment_of
from ahoyhoy.calling.settings import Settings
from ahoyhoy.endpoints import Endpoint
from ahoyhoy.endpoints.defaults import Callbacks
from ahoyhoy.exceptions import AhoyhoyClientException
from ahoyhoy.utils import Host

GET = Call("GET", "/x")


def urgent(call):
    return call.with_options(headers={"Urgent": "yes"})


@pytest.fixture
def endpoint(recorded):
    session, _ = recorded()
    return Endpoint(Host("a", 1), session=session)


def test_what_the_service_is_told_is_added_for_every_kind_of_endpoint(endpoint, stub):
    equipment = equipment_of(Settings(propagation=urgent))
    for item in (endpoint, stub(200)):
        _, call = equipment.equip(item, GET)
        assert call.options["headers"] == {"Urgent": "yes"}
    assert equipment.equip_plainly(endpoint, GET) == (endpoint, urgent(GET))


def test_without_that_an_endpoint_gets_the_call_as_it_is(endpoint):
    bound, call = Equipment().equip(endpoint, GET)
    assert call is GET
    assert bound.host == endpoint.host
    assert Equipment().equip_plainly(endpoint, GET) == (endpoint, GET)


def test_a_stand_in_gets_headers_and_never_a_timeout(stub):
    session = stub(200)
    equipment = equipment_of(Settings(headers={"A": "1"}, timeout=7))
    item, call = equipment.equip(session, GET)
    assert item is session
    assert call.options == {"headers": {"A": "1"}}


def test_what_cannot_be_added_to_a_stand_in_is_said(stub):
    equipment = equipment_of(Settings(callbacks=Callbacks(str.upper, None, None)))
    with pytest.raises(AhoyhoyClientException, match="which is no ahoyhoy Endpoint"):
        equipment.equip(stub(200), GET)
