"""One endpoint or SRV record that cannot be one, and others that can were not found either."""

import logging

from ahoyhoy.lb.providers.kubernetes.slices import SliceReader
from ahoyhoy.testing import FakeClock
from unit.fake_dns import SRV, maker, srv


def test_the_other_endpoints_of_a_slice_are_found(caplog):
    addresses = [["10.0.0.1"], ["no host"], [], None, ["10.0.0.2"]]
    endpoints = [*({"addresses": found} for found in addresses), None]
    said = {"ports": [{"port": 80}], "endpoints": endpoints}
    caplog.set_level(logging.WARNING, "ahoyhoy.discovery")
    found = SliceReader("k8s://d/u", None, None, None).read({"a": said})
    assert [instance.host.address for instance in found] == ["10.0.0.1", "10.0.0.2"]
    assert len(caplog.messages) == 4
    assert "the endpoint {'addresses': ['no host']} is left out" in caplog.text


def test_the_other_records_of_a_name_are_found(caplog):
    records = srv("1 1 0 a.internal.", "1 1 82 a.internal.", "1 1 83 a\\032b.internal.", ttl=60)
    source, zone = maker(FakeClock())({(SRV, "SRV"): records})
    zone.additional = [
        ("a.internal.", 40, "IN", "A", "10.0.0.1"),
        ("a\\032b.internal.", 40, "IN", "A", "10.0.0.2"),
    ]
    caplog.set_level(logging.WARNING, "ahoyhoy.discovery")
    assert [instance.host for instance in source.get_list()] == [("10.0.0.1", 82)]
    assert "left out: 1 1 0 a.internal.: 0 is not a port" in caplog.text
