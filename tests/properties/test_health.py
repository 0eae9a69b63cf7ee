"""Whatever hosts answer, however late: what the health checks' schedule promises."""

import random

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ahoyhoy.health import HealthCheck
from ahoyhoy.health.schedule import Schedule
from ahoyhoy.testing import FakeClock
from ahoyhoy.utils import Host

A = Host("10.0.0.1", 80)


def expected(passes, rise, fall):
    """What the rule says, read off the whole history each time."""
    for end in range(1, len(passes) + 1):
        last = passes[:end]
        if len(last) >= rise and all(last[-rise:]):
            yield True
        elif len(last) >= fall and not any(last[-fall:]):
            yield False
        else:
            yield None


@given(st.lists(st.booleans(), max_size=40), st.integers(1, 5), st.integers(1, 5))
def test_findings_are_those_of_the_last_rise_or_fall_probes(passes, rise, fall):
    check = HealthCheck("/", jitter=0, rise=rise, fall=fall)
    plan = Schedule(check, rng=random.Random(0))
    plan.keep([A], 0.0)
    found = []
    for number, passed in enumerate(passes):
        (probe,) = plan.turn(number * check.interval).probes
        findings = plan.ended(probe, None if passed else "no")
        found.append(findings[0].healthy if findings else None)
    assert found == list(expected(passes, rise, fall))


HOSTS = [Host(f"10.0.0.{n}", 80) for n in range(6)]


class Probing(RuleBasedStateMachine):
    """Hosts come, go, answer, are late: each has one probe at a time, and each has its turn."""

    hosts = frozenset()

    @initialize(at_once=st.integers(1, 3), jitter=st.floats(0, 0.9), seed=st.integers())
    def begin(self, at_once, jitter, seed):
        self.clock = FakeClock()
        self.at_once = at_once
        self.check = HealthCheck("/", interval=2.0, timeout=1.0, jitter=jitter)
        self.plan = Schedule(self.check, rng=random.Random(seed), at_once=at_once)
        self.under_way = {}  # probe -> when it began
        self.keep(set(HOSTS))

    @rule(hosts=st.sets(st.sampled_from(HOSTS)))
    def keep(self, hosts):
        self.hosts = hosts
        self.under_way = {p: began for p, began in self.under_way.items() if p.host in hosts}
        self.plan.keep(hosts, self.clock())

    @rule(seconds=st.floats(0, 3))
    def wait(self, seconds):
        self.clock.advance(seconds)

    @rule()
    def turn(self):
        for probe in self.plan.turn(self.clock()).probes:
            assert probe.host in self.hosts
            assert probe.host not in {other.host for other in self.under_way}
            self.under_way[probe] = self.clock()

    @precondition(lambda self: self.under_way)
    @rule(data=st.data(), flaw=st.sampled_from([None, "no"]))
    def end(self, data, flaw):
        probe = data.draw(st.sampled_from(list(self.under_way)))
        del self.under_way[probe]
        self.plan.ended(probe, flaw)

    @precondition(lambda self: self.under_way)
    @rule(data=st.data())
    def fault(self, data):
        probe = data.draw(st.sampled_from(list(self.under_way)))
        del self.under_way[probe]
        self.plan.failed_itself(probe)

    @invariant()
    def not_too_many_are_under_way_within_their_timeout(self):
        now = self.clock()
        timely = [b for b in self.under_way.values() if now < b + self.check.timeout]
        assert len(timely) <= self.at_once

    def teardown(self):
        """When everybody answers at once, each host is probed within two intervals."""
        seen, limit = set(), self.clock() + 2 * self.check.interval
        while self.clock() <= limit and self.plan.seconds_left(self.clock()) is not None:
            self.turn()
            seen |= {probe.host for probe in self.under_way}
            for probe in self.under_way:
                self.plan.ended(probe, None)
            self.under_way = {}
            self.clock.advance(self.plan.seconds_left(self.clock()) or 0.0)
        assert seen >= self.hosts


TestProbing = Probing.TestCase
