"""What holds around every picker, however requests begin, end and fail, and hosts come and go."""

import random

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ahoyhoy._core import Call, Judgement, Outcome, Verdict
from ahoyhoy.circuit import BreakerFactory
from ahoyhoy.events import HostEjected, HostReturned
from ahoyhoy.exceptions import CircuitOpenError, HostsBusyError, LbNoEndpointsException
from ahoyhoy.lb import Gradient2, Limits, RandomLB, RoundRobinLB
from ahoyhoy.testing import FakeClock
from ahoyhoy.utils import Instance
from properties.test_balancers import Changing, Silent, host

NAMES = "abcde"
JUDGEMENTS = (
    Judgement(Verdict.ACCEPTED),
    Judgement(Verdict.RETRYABLE, "HTTP 500", answered=True),
    Judgement(Verdict.RETRYABLE, "HTTP 503", answered=True, retry_after=2.0),
    Judgement(Verdict.RETRYABLE, "HTTP 429", answered=True, throttled=True, retry_after=1.0),
    Judgement(Verdict.RETRYABLE, "read timeout", slow=True),
    Judgement(Verdict.UNSENT, "connection refused", refused=True),
    Judgement(Verdict.IGNORED),
    Judgement(Verdict.IGNORED, abandoned=True),
)


def is_serving(node):
    return node.healthy and node.is_closed()


class Mechanism(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.clock = FakeClock()
        self.source = Changing(*map(host, NAMES))
        self.lb = None
        self.leases = []
        self.events = []

    @initialize(
        kind=st.sampled_from([RoundRobinLB, RandomLB]),
        fail_open=st.booleans(),
        seed=st.integers(0, 99),
        per_host=st.sampled_from([None, 1, 3, Gradient2(initial=2, minimum=1, maximum=4)]),
        total=st.sampled_from([None, 1, 5]),
    )
    def begin(self, kind, fail_open, seed, per_host, total):
        self.lb = kind(
            self.source,
            Silent(),
            rng=random.Random(seed),
            clock=self.clock,
            fail_open=fail_open,
        )
        self.limits = Limits(per_host=per_host, total=total)
        self.lb.use_limits(self.limits)
        self.lb.use_breaker(BreakerFactory(clock=self.clock, failure_threshold=2))
        self.lb.announcer.add(self.events.append)

    def nodes(self):
        return self.lb._members.nodes

    @rule(method=st.sampled_from(["GET", "POST"]), avoid=st.sets(st.sampled_from(NAMES)))
    def lease(self, method, avoid):
        known = {node: self.may_serve(node) for node in self.lb._members.current()}
        avoided = {host(name) for name in avoid}
        try:
            lease = self.lb.lease(Call(method, "/"), avoided)
        except HostsBusyError:
            assert self.limits != Limits()
            return
        except LbNoEndpointsException:
            assert not any(serves for node, serves in known.items() if node.key not in avoided)
            return
        node = lease.node
        assert node.key not in avoided
        assert not node.is_held(self.clock()) or len(known) == 1
        assert node.healthy or not any(map(is_serving, known))
        assert node.is_closed() or lease.bypass or node.trying == lease.token
        try:
            permit = lease.endpoint.breaker.acquire(bypass=lease.bypass)
        except CircuitOpenError:
            raise AssertionError(f"{lease.host} was leased, and refuses") from None
        self.leases.append((lease, permit))

    def may_serve(self, node):
        held = node.is_held(self.clock()) and len(self.nodes()) > 1
        return is_serving(node) and not held

    @precondition(lambda self: self.leases)
    @rule(which=st.integers(0, 99), judgement=st.sampled_from(JUDGEMENTS), told=st.booleans())
    def end(self, which, judgement, told):
        lease, permit = self.leases.pop(which % len(self.leases))
        with lease:
            if told:
                permit.record(judgement)
                lease.ended(Outcome(judgement, elapsed=0.1))
            else:
                permit.record(Judgement(Verdict.IGNORED))

    @rule(name=st.sampled_from(NAMES), healthy=st.booleans())
    def report(self, name, healthy):
        self.lb.report(host(name), healthy=healthy)

    @rule(seconds=st.sampled_from([0.1, 1.0, 5.0, 60.0]))
    def advance(self, seconds):
        self.clock.advance(seconds)

    @rule(items=st.dictionaries(st.sampled_from(NAMES), st.integers(0, 1), min_size=1))
    def change(self, items):
        self.source.set(*(Instance(host(n), priority=p) for n, p in items.items()))
        self.lb._members.current()

    @rule(name=st.sampled_from(NAMES), shut=st.booleans())
    def by_hand(self, name, shut):
        breaker = self.lb.get_or_create_endpoint(host(name)).breaker
        (breaker.open if shut else breaker.close)()

    @precondition(lambda self: self.lb)
    @invariant()
    def every_request_is_counted_once(self):
        ledger = self.lb._members.ledger
        assert ledger.in_flight == len(self.leases)
        for node in {lease.node for lease, _ in self.leases} | set(self.nodes()):
            here = [lease for lease, _ in self.leases if lease.node is node]
            assert node.in_flight == len(here) == len(node.starts)
        assert not ledger.depth
        assert not ledger.due

    @precondition(lambda self: self.lb)
    @invariant()
    def no_limit_is_exceeded(self):
        assert self.limits.total is None or len(self.leases) <= self.limits.total
        if isinstance(self.limits.per_host, int):
            assert all(node.in_flight <= self.limits.per_host for node in self.nodes())

    @precondition(lambda self: self.lb)
    @invariant()
    def what_is_remembered_of_the_circuits_is_true(self):
        nodes, ejections = self.nodes(), self.lb._members.ejections
        out = {node for node in nodes if not node.is_closed() or not node.healthy}
        assert set(ejections.out) == out
        closed = sum(node.is_closed() for node in nodes)
        assert ejections.panic == (0 < closed < len(nodes) / 2)
        assert ejections.none_closed == (not closed)
        assert ejections.checks_count == (len(out) < len(nodes) or not nodes)
        for node in nodes:
            assert not node.clear or (node not in out and not node.is_held(self.clock()))
        assert 0.0 <= self.lb.pause() <= 2.0 + 1e-9

    @precondition(lambda self: self.lb)
    @invariant()
    def who_returns_was_ejected(self):
        ejected = set()
        for event in self.events:
            if isinstance(event, HostEjected):
                ejected.add(event.host)
            elif isinstance(event, HostReturned):
                assert event.host in ejected
                ejected.remove(event.host)

    def teardown(self):
        for lease, permit in self.leases:
            with lease:
                permit.record(Judgement(Verdict.IGNORED))
        assert self.lb is None or not self.lb._members.ledger.in_flight


TestMechanism = Mechanism.TestCase
TestMechanism.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
