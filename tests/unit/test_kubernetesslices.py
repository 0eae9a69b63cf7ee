"""What Kubernetes' endpoint slices say of a service."""

import pytest

from ahoyhoy.lb.providers.kubernetes.slices import SliceReader
from ahoyhoy.lb.providers.watching.watch import NoHosts

HTTP = {"name": "http", "port": 8080, "protocol": "TCP"}
METRICS = {"name": "metrics", "port": 9090}


def endpoint(number, **said):
    return {"addresses": [f"10.0.0.{number}", "10.9.9.9"], "conditions": {"ready": True}, **said}


def conditions(ready=None, serving=None, terminating=None):
    return {"conditions": {"ready": ready, "serving": serving, "terminating": terminating}}


def a_slice(*endpoints, ports=(HTTP,)):
    return {"endpoints": list(endpoints), "ports": None if ports is None else list(ports)}


def read(*slices, port=None, scheme=None, zone=None):
    named = {f"users-{number}": each for number, each in enumerate(slices)}
    return SliceReader("k8s://default/users", port, scheme, zone).read(named)


def shown(found):
    return [(i.host.address.rpartition(".")[2], i.host.port) for i in found]


def test_the_first_address_of_each_endpoint_with_the_port_of_the_slice():
    found = read(a_slice(endpoint(2), endpoint(1)), a_slice(endpoint(3), ports=[METRICS]))
    assert shown(found) == [("1", 8080), ("2", 8080), ("3", 9090)]


@pytest.mark.parametrize(
    ("port", "ports", "expected"),
    [
        (None, [HTTP], 8080),
        (None, [{"name": "", "port": 80}], 80),
        ("http", [METRICS, HTTP], 8080),
        (9090, [METRICS, HTTP], 9090),
        (80, [], 80),
        (80, None, 80),
        ("", [{"port": 80}], 80),
        ("", [{"name": None, "port": 80}, HTTP], 80),
    ],
)
def test_the_port_is_the_only_one_or_has_that_name_or_number(port, ports, expected):
    assert shown(read(a_slice(endpoint(1), ports=ports), port=port)) == [("1", expected)]


@pytest.mark.parametrize(
    ("port", "ports", "text"),
    [
        (None, [METRICS, HTTP], "the service has the ports http:8080, metrics:9090: port= must"),
        ("web", [HTTP], "the service has the ports http:8080: not 'web'"),
        (80, [{"port": 81}], "the service has the ports :81: not 80"),
        (None, None, "no endpoint of the service is ready"),
    ],
)
def test_a_port_that_is_not_there_is_said_to_be_none(port, ports, text):
    found = read(a_slice(endpoint(1), ports=ports), port=port)
    assert isinstance(found, NoHosts)
    assert text in found.why


@pytest.mark.parametrize(
    ("said", "used"),
    [
        (conditions(ready=True), True),
        (conditions(ready=None), True),
        ({"conditions": None}, True),
        ({"conditions": {}}, True),
        (conditions(ready=False), False),
        (conditions(ready=False, serving=False, terminating=True), False),
        (conditions(ready=False, serving=True, terminating=True), False),
    ],
)
def test_an_endpoint_that_is_not_ready_is_not_used(said, used):
    found = read(a_slice(endpoint(1), endpoint(2, **said)))
    assert shown(found) == ([("1", 8080), ("2", 8080)] if used else [("1", 8080)])


def test_those_that_are_going_down_are_used_while_no_other_is_left():
    going = conditions(ready=False, serving=True, terminating=True)
    found = read(a_slice(endpoint(1, **going), endpoint(2, **conditions(ready=False))))
    assert shown(found) == [("1", 8080)]


@pytest.mark.parametrize(
    "slices", [[a_slice(endpoint(1, **conditions(ready=False)))], [{"endpoints": None}]]
)
def test_no_endpoint_that_is_ready(slices):
    assert "no endpoint of the service is ready" in read(*slices).why


def test_no_slices():
    assert "no endpoint slices of such a service" in read().why


def test_zones_are_those_of_v1_or_of_v1beta1():
    old = {"topology": {"topology.kubernetes.io/zone": "b"}}
    first, second, third = read(a_slice(endpoint(1, zone="a"), endpoint(2, **old), endpoint(3)))
    assert (first.zone, second.zone, third.zone) == ("a", "b", None)


def hinted(number, *zones):
    return endpoint(number, hints={"forZones": [{"name": zone} for zone in zones]})


def test_hints_are_followed_where_all_have_them_and_some_are_meant_for_ones_own_zone():
    slices = a_slice(hinted(1, "a"), hinted(2, "b", "a"), hinted(3, "b"))
    assert shown(read(slices, zone="a")) == [("1", 8080), ("2", 8080)]
    assert len(read(slices)) == 3
    assert len(read(slices, zone="mars")) == 3
    assert len(read(a_slice(hinted(1, "a"), endpoint(2)), zone="a")) == 2


@pytest.mark.parametrize(
    ("port", "scheme", "expected"),
    [
        (HTTP, None, None),
        ({"name": "https", "port": 443}, None, "https"),
        ({"name": "x", "port": 443, "appProtocol": "https"}, None, "https"),
        ({"name": "https", "port": 443}, "http", "http"),
    ],
)
def test_the_scheme_is_what_the_port_says(port, scheme, expected):
    (found,) = read(a_slice(endpoint(1), ports=[port]), scheme=scheme)
    assert found.scheme == expected


def test_an_endpoint_in_two_slices_is_one_host_as_the_first_says():
    found = read(a_slice(endpoint(1, zone="a")), a_slice(endpoint(1, zone="b")))
    assert [i.zone for i in found] == ["a"]


def test_a_slice_that_cannot_be_read_is_left_out_and_named_once(caplog):
    reader = SliceReader("k8s://default/users", None, None, None)
    slices = {"bad": a_slice({"addresses": []}), "good": a_slice(endpoint(1)), "odd": {"ports": 7}}
    for _ in range(2):
        assert shown(reader.read(slices)) == [("1", 8080)]
    for told in ("the endpoint {'addresses': []}", "the slice 'odd'"):
        assert caplog.text.count(f"k8s://default/users: {told} is left out: ") == 1
