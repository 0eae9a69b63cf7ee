import random
from collections import Counter

import pytest

from ahoyhoy.lb import FailoverLB, LeastRequestPicker, PeakEwmaPicker, SpillingTiers
from ahoyhoy.lb.providers import ListProvider
from ahoyhoy.utils import Host, Instance
from unit.fake_nodes import GET, Draws, fake_node


def group(priority, usable, total):
    return tuple(
        fake_node(f"p{priority}n{n}", priority=priority, usable=n < usable) for n in range(total)
    )


def priorities(groups):
    return [members[0].priority for members in groups]


@pytest.mark.parametrize(
    ("usable", "draw", "first"),
    [
        # (of ten each) 1.4 * 8 of 10 is more than all
        ((10, 10), 0.999, 0),
        ((8, 10), 0.999, 0),
        # 1.4 * 5 of 10 is 0.7: the rest spills over
        ((5, 10), 0.699, 0),
        ((5, 10), 0.701, 1),
        ((0, 10), 0.0, 1),
        # 0.28 + 0.56 is less than all: a third and two thirds
        ((2, 4), 0.332, 0),
        ((2, 4), 0.334, 1),
        ((2, 4), 0.999, 1),
        # 0.7 + 0.28 + the rest
        ((5, 2, 10), 0.979, 1),
        ((5, 2, 10), 0.981, 2),
        # nobody: as they are
        ((0, 0, 0), 0.9, 0),
    ],
)
def test_a_priority_takes_what_its_hosts_can_bear_and_the_next_takes_the_rest(usable, draw, first):
    groups = [group(priority, count, 10) for priority, count in enumerate(usable)]
    order = priorities(SpillingTiers().order(groups, 0.0, Draws(draw)))
    assert order == [first, *(n for n in range(len(usable)) if n != first)]


def test_without_overprovisioning_every_host_that_is_missing_counts():
    groups = [group(0, 9, 10), group(1, 10, 10)]
    tiers = SpillingTiers(1.0)
    assert priorities(tiers.order(groups, 0.0, Draws(0.89))) == [0, 1]
    assert priorities(tiers.order(groups, 0.0, Draws(0.91))) == [1, 0]


@pytest.mark.parametrize("value", [0.9, 0, float("nan"), float("inf"), "1.4", True, None])
def test_overprovisioning_is_a_number_from_1_up(value):
    with pytest.raises(ValueError, match="overprovisioning must be a number from 1 up"):
        SpillingTiers(value)


def spread(lb, count=1000):
    counts = Counter()
    for _ in range(count):
        with lb.lease(GET) as lease:
            counts[lease.host.port] += 1
    lb.close()
    return counts


def two_zones():
    return ListProvider(
        *[Instance(Host(f"10.0.{p}.{n}", p), priority=p) for p in (1, 2) for n in (1, 2, 3, 4)]
    )


def test_a_balancer_keeps_to_the_first_priority_while_that_is_well():
    assert spread(FailoverLB(two_zones(), rng=random.Random(1))) == {1: 1000}


def test_a_balancer_spills_over_as_hosts_fail():
    lb = FailoverLB(two_zones(), rng=random.Random(1))
    for endpoint in lb.endpoints()[:2]:
        endpoint.open()
    counts = spread(lb)
    assert counts[1] == pytest.approx(700, abs=60)
    assert counts[2] == pytest.approx(300, abs=60)


def test_overprovisioning_and_picker_are_settings():
    picker = LeastRequestPicker()
    lb = FailoverLB(two_zones(), picker=picker, overprovisioning=2.0, rng=random.Random(1))
    for endpoint in lb.endpoints()[:2]:
        endpoint.open()
    assert spread(lb) == {1: 1000}
    assert lb._picker is picker
    assert isinstance(FailoverLB(two_zones())._picker, PeakEwmaPicker)
