import pytest

from ahoyhoy.exceptions import InvalidProviderError
from ahoyhoy.lb.providers import ListProvider, ZoneProvider
from ahoyhoy.utils import Host, Instance


class Source(ListProvider):
    """Counts what it is asked, and pretends to change."""

    number = 3
    closed = 0

    def changes(self):
        return self.number

    def close(self):
        self.closed += 1


def in_zone(name, zone, priority=0):
    return Instance(Host(name, 80), zone=zone, priority=priority)


def shown(provider):
    return {i.host.address: i.priority for i in provider.get_list()}


HOSTS = (in_zone("a", "eu-1a"), in_zone("b", "eu-1b"), in_zone("c", "us-1a"), in_zone("n", None))


@pytest.mark.parametrize(
    ("zones", "priorities"),
    [
        ({"zone": "eu-1a"}, {"a": 0, "b": 1, "c": 1, "n": 1}),
        ({"zone": "eu-1b"}, {"a": 1, "b": 0, "c": 1, "n": 1}),
        ({"zones": ["eu-1b", "eu-1a"]}, {"a": 1, "b": 0, "c": 2, "n": 2}),
        ({"zone": "mars"}, {"a": 0, "b": 0, "c": 0, "n": 0}),
    ],
)
def test_the_nearest_zone_comes_first(zones, priorities):
    assert shown(ZoneProvider(ListProvider(*HOSTS), **zones)) == priorities


def test_within_a_zone_the_sources_priorities_hold():
    source = ListProvider(
        in_zone("a5", "a", 5), in_zone("b1", "b", 1), in_zone("a7", "a", 7), in_zone("b9", "b", 9)
    )
    assert shown(ZoneProvider(source, "a")) == {"a5": 0, "a7": 1, "b1": 2, "b9": 3}


def test_order_and_everything_else_of_a_host_stay():
    item = Instance(Host("b", 443), weight=3, zone="b", authority="name", path="/api", priority=4)
    (found,) = ZoneProvider(ListProvider(item), "a").get_list()
    assert found == Instance(
        Host("b", 443), weight=3, zone="b", authority="name", path="/api", priority=0
    )


def test_plain_hosts_are_in_no_zone_and_malformed_ones_stay_for_the_balancer_to_tell():
    provider = ZoneProvider(ListProvider(in_zone("a", "a"), ("b", 80), "junk"), "a")
    assert provider.get_list()[1] == Instance(Host("b", 80), priority=1)
    assert provider.get_list()[2] == "junk"


def test_the_source_is_asked_whether_it_changed_and_closed():
    source = Source(*HOSTS)
    provider = ZoneProvider(source, "eu-1a")
    assert provider.changes() == 3
    source.number = 4
    assert provider.changes() == 4
    provider.close()
    assert source.closed == 1
    assert repr(provider).startswith("<ZoneProvider ListProvider(")


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({}, ValueError),
        ({"zone": "a", "zones": ["b"]}, ValueError),
        ({"zone": ""}, ValueError),
        ({"zone": 3}, ValueError),
        ({"zones": []}, ValueError),
        ({"zones": ["a", None]}, ValueError),
        ({"zones": "eu-1a"}, TypeError),
    ],
)
def test_zones_that_cannot_be_are_refused(settings, error):
    with pytest.raises(error, match="zone"):
        ZoneProvider(ListProvider(), **settings)


def test_the_source_is_a_provider():
    with pytest.raises(InvalidProviderError, match="give an IProvider"):
        ZoneProvider([("a", 80)], "a")


def test_its_source_tells_how_old_the_list_is():
    class Stale(Source):
        stale_for = 7.0

    assert ZoneProvider(Stale(*HOSTS), "eu-1a").stale_for == 7.0
    assert ZoneProvider(Source(*HOSTS), "eu-1a").stale_for == 0.0
