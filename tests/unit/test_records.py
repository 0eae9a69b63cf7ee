"""Hosts as people write them into etcd, ZooKeeper and Redis."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ahoyhoy.lb.providers.watching.records import Records, instance_of, record_of
from ahoyhoy.utils import Host, Instance

KEY = "services/users/1"


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ("10.0.0.1:80", Instance(Host("10.0.0.1", 80))),
        (" [::1]:80\n", Instance(Host("::1", 80))),
        ("http://h:81", Instance(Host("h", 81), scheme="http")),
        ("https://h", Instance(Host("h", 443), scheme="https")),
        ("http://h/base/x", Instance(Host("h", 80), scheme="http", path="/base/x")),
        ({"address": "h", "port": 80}, Instance(Host("h", 80))),
        ({"host": "h", "port": "80"}, Instance(Host("h", "80"))),
        ({"address": "h:80", "tags": ["x"], "id": 7}, Instance(Host("h", 80))),
        ({"Addr": "h:80"}, Instance(Host("h", 80))),
        (
            {"address": "h", "port": 80, "weight": 2.5, "zone": "z", "scheme": "https"},
            Instance(Host("h", 80), weight=2.5, zone="z", scheme="https"),
        ),
        (
            {"address": "h", "port": 80, "authority": "x.test", "path": "/a", "priority": 1},
            Instance(Host("h", 80), authority="x.test", path="/a", priority=1),
        ),
        ({"address": "h", "port": 80, "zone": None}, Instance(Host("h", 80))),
    ],
)
def test_what_people_write(record, expected):
    text = record if isinstance(record, str) else json.dumps(record)
    assert instance_of(text, KEY) == instance_of(text.encode(), KEY) == expected


CURATOR = {
    "name": "users",
    "id": "7",
    "address": "h",
    "port": 80,
    "sslPort": None,
    "payload": None,
    "serviceType": "DYNAMIC",
}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Instance(Host("h", 80))),
        ({"sslPort": 443}, Instance(Host("h", 80))),
        ({"port": None, "sslPort": 443}, Instance(Host("h", 443), scheme="https")),
        ({"enabled": True, "payload": "text"}, Instance(Host("h", 80))),
        ({"enabled": False}, None),
        ({"payload": {"metadata": {"instance_status": "OUT_OF_SERVICE"}}}, None),
        ({"payload": {"metadata": None}}, Instance(Host("h", 80))),
        (
            {"payload": {"metadata": {"instance_status": "UP", "zone": "z", "weight": "3"}}},
            Instance(Host("h", 80), zone="z", weight=3.0),
        ),
        ({"payload": {"metadata": {"weight": 2}}}, Instance(Host("h", 80), weight=2)),
    ],
)
def test_an_instance_of_curators(changes, expected):
    assert instance_of(json.dumps({**CURATOR, **changes}), KEY) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Instance(Host("h", 80))),
        ({"status": "ALIVE", "zone": "z"}, Instance(Host("h", 80), zone="z")),
        ({"status": "DEAD"}, None),
    ],
)
def test_a_member_of_finagles(changes, expected):
    member = {"serviceEndpoint": {"host": "h", "port": 80}, "additionalEndpoints": {}, "shard": 0}
    assert instance_of(json.dumps({**member, **changes}), KEY) == expected


@pytest.mark.parametrize("key", ["services/users/10.0.0.1:80", "a/b/http%3A%2F%2F10.0.0.1%3A80"])
@pytest.mark.parametrize("record", ["", b"", b" \n"])
def test_a_record_without_anything_in_it_is_what_its_key_says(key, record):
    assert instance_of(record, key).host == Host("10.0.0.1", 80)


@pytest.mark.parametrize(
    "record",
    [
        "h",
        "h:0",
        "ftp://h",
        "http://u:p@h",
        "{",
        "[1]",
        b"\xff",
        '{"address": 5, "port": 80}',
        '{"port": 80}',
        '{"address": "h"}',
        '{"address": "h", "port": true}',
        '{"address": "h", "port": 80, "weight": "x"}',
        '{"address": "h", "port": 80, "weight": true}',
        '{"address": "h", "port": 80, "weight": -1}',
        '{"address": "h", "port": 1e999}',
        '{"address": "h", "port": 80, "zone": 7}',
        '{"a":' * 100_000,
        '{"payload": {"metadata": {"weight": "x"}}, "address": "h", "port": 80}',
        json.dumps({"note": "x" * 500}),
    ],
)
def test_anything_else_is_an_error_that_names_the_key(record):
    with pytest.raises(ValueError, match=rf"^'{KEY}': .*expected is 'host:port'") as caught:
        instance_of(record, KEY)
    assert len(str(caught.value)) < 500


INSTANCES = st.builds(
    Instance,
    st.builds(Host, st.sampled_from(["h", "10.0.0.1", "::1"]), st.integers(1, 65535)),
    scheme=st.sampled_from([None, "http", "https"]),
    weight=st.integers(1, 100) | st.just(0.5),
    zone=st.none() | st.text(min_size=1),
    authority=st.sampled_from([None, "x.test"]),
    path=st.sampled_from(["", "/a"]),
    priority=st.integers(-3, 3),
)


@given(INSTANCES)
def test_what_a_registration_writes_is_read_as_what_it_was(instance):
    assert instance_of(record_of(instance), KEY) == instance


def test_a_record_holds_what_differs_from_the_defaults():
    assert json.loads(record_of(Instance(Host("h", "80")))) == {"address": "h", "port": 80}


@pytest.mark.parametrize("port", [None, ""])
def test_an_instance_without_a_port_cannot_be_written_down(port):
    with pytest.raises(ValueError, match="has no port"):
        record_of(Instance(Host("h", port)))


def test_the_records_of_a_source_are_read_by_their_keys_order_one_per_host(caplog):
    records = Records("etcd://services/users")
    entries = [("u/3", "h:3"), ("u/1", '{"address": "h", "port": 3, "weight": 2}'), ("u/2", "h:2")]
    read = records.read(entries)
    assert [(i.host.port, i.weight) for i in read] == [(3, 2), (2, 1)]
    assert caplog.text == ""


def test_one_that_cannot_be_read_is_left_out_and_complained_of_once(caplog):
    records = Records("etcd://services/users")
    bad, good, off = ("u/1", "nothing"), ("u/2", "h:2"), ("u/3", '{"payload": 1, "enabled": false}')
    for _ in range(3):
        assert [i.host.port for i in records.read([bad, good, off])] == [2]
    assert caplog.text.count("etcd://services/users: left out: 'u/1'") == 1
    records.read([good])
    records.read([bad])  # wrong again is news
    assert caplog.text.count("left out: 'u/1'") == 2
