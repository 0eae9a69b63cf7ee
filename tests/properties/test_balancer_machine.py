"""The library's balancers, through leases, whatever happens to their hosts and in whatever order."""

import random

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ahoyhoy._core import Call, Judgement, Outcome, Verdict
from ahoyhoy.circuit import BreakerFactory
from ahoyhoy.exceptions import HostsBusyError, LbNoEndpointsException
from ahoyhoy.lb import (
    ConsistentHashLB,
    LeastRequestLB,
    Limits,
    PeakEwmaLB,
    RandomLB,
    RoundRobinLB,
    WeightedRoundRobinLB,
)
from ahoyhoy.testing import FakeClock
from ahoyhoy.utils import Host
from properties.requests_under_way import PRIORITIES, Answer, Known, Sent, Source

KINDS = (
    ConsistentHashLB,
    LeastRequestLB,
    PeakEwmaLB,
    RandomLB,
    RoundRobinLB,
    WeightedRoundRobinLB,
)
NAMES = st.sampled_from(sorted(PRIORITIES))
NUMBERS = st.integers(0, 50)
CALLS = st.sampled_from([Call("GET", "/"), Call("POST", "/"), Call("GET", "/x", key="k")])
ACCEPTED = Judgement(Verdict.ACCEPTED)
JUDGEMENTS = st.sampled_from(
    [
        ACCEPTED,
        ACCEPTED,
        Judgement(Verdict.IGNORED),
        Judgement(Verdict.IGNORED, abandoned=True),
        Judgement(Verdict.RETRYABLE, "HTTP 500", answered=True),
        Judgement(Verdict.RETRYABLE, "HTTP 503", answered=True, retry_after=3.0),
        Judgement(Verdict.RETRYABLE, "HTTP 429", answered=True, throttled=True, retry_after=1.0),
        Judgement(Verdict.RETRYABLE, "read timeout", slow=True),
        Judgement(Verdict.UNSENT, "connection refused", refused=True),
    ]
)


class BalancerMachine(RuleBasedStateMachine):
    """The circuits are taken as they are (they have a model of their own); all else is modelled."""

    @initialize(
        kind=st.sampled_from(KINDS),
        limits=st.sampled_from([Limits(), Limits(per_host=2), Limits(per_host=3, total=5)]),
        fail_open=st.booleans(),
        names=st.sets(NAMES, min_size=2),
    )
    def it_is_made(self, kind, limits, fail_open, names):
        self.clock = FakeClock()
        self.source = Source()
        rng = random.Random(1)
        self.lb = kind(self.source, session=object(), rng=rng, fail_open=fail_open)
        self.lb.use_clock(self.clock)
        self.lb.use_breaker(BreakerFactory(clock=self.clock, rng=rng))
        self.lb.use_limits(limits)
        self.limits = limits
        self.fail_open = fail_open
        self.known = {}
        self.sent = []
        self.hosts_change(names)

    # -- the model ----------------------------------------------------------------------------

    def circuit(self, name):
        return next(s.circuit for s in self.lb.hosts() if s.host.address == name)

    def serves(self, name):
        return self.known[name].healthy and self.circuit(name) == "closed"

    def is_held(self, name):
        return len(self.known) > 1 and self.clock() < self.known[name].held_until

    def has_room(self, name):
        per_host, total = self.limits.per_host, self.limits.total
        return (per_host is None or self.known[name].in_flight < per_host) and (
            total is None or len(self.sent) < total
        )

    def may_be_used(self, name):
        return self.serves(name) and not self.is_held(name)

    @property
    def bare(self):
        """Requests without an answer."""
        return [sent for sent in self.sent if not sent.body]

    @property
    def in_panic(self):
        closed = sum(self.circuit(name) == "closed" for name in self.known)
        return 0 < 2 * closed < len(self.known)

    # -- what may happen ----------------------------------------------------------------------

    @rule(names=st.sets(NAMES))
    def hosts_change(self, names):
        self.source.items = tuple(sorted(names))
        self.lb.update()
        self.known = {name: self.known.get(name) or Known(name) for name in names}

    @rule(seconds=st.sampled_from([0.1, 1.0, 5.0, 40.0]))
    def time_passes(self, seconds):
        self.clock.advance(seconds)

    @rule(call=CALLS, avoid=st.sets(NAMES, max_size=3))
    def a_request_is_sent(self, call, avoid):
        self.send(call, avoid)

    @rule(call=CALLS, times=st.integers(2, 12))
    def requests_are_sent(self, call, times):
        for _ in range(times):
            self.send(call, ())

    @rule(call=CALLS, bad=st.sets(NAMES), judgement=JUDGEMENTS, times=st.integers(1, 40))
    def calls_are_made(self, call, bad, judgement, times):
        """Some hosts do well, and some do not."""
        for _ in range(times):
            sent = self.send(call, ())
            if sent is not None:
                self.end(sent, judgement if sent.known.name in bad else ACCEPTED, 0.01)

    def send(self, call, avoid):
        avoid = set(avoid)
        good = {n for n in self.known if n not in avoid and self.may_be_used(n)}
        free = {name for name in good if self.has_room(name)}
        before = {name: (self.circuit(name), self.may_be_used(name)) for name in self.known}
        panic = self.in_panic
        try:
            lease = self.lb.lease(call, {Host(name, 1) for name in avoid})
        except HostsBusyError:
            assert not free
            assert not all(map(self.has_room, set(self.known) - avoid))
            return None
        except LbNoEndpointsException:
            assert not good
            return None
        name = lease.host.address
        assert name in self.known
        assert name not in avoid
        assert self.has_room(name)
        self.check_choice(lease, before[name], panic, free)
        permit = lease.endpoint.breaker.acquire(bypass=lease.bypass)  # it lets the call through
        self.known[name].in_flight += 1
        self.sent.append(Sent(lease, permit, self.known[name]))
        return self.sent[-1]

    def check_choice(self, lease, before, panic, free):
        name = lease.host.address
        circuit, may_be_used = before
        if may_be_used:
            assert not lease.bypass
            assert PRIORITIES[name] == min(PRIORITIES[other] for other in free)
        elif circuit == "closed":
            assert not free  # unhealthy or held: the last resort
        elif lease.bypass:
            reachable = lease.endpoint.breaker.opened_by_answers
            assert (panic and reachable) or (self.fail_open and not free)
        else:
            assert lease.endpoint.breaker.trial_due

    @precondition(lambda self: self.bare)
    @rule(number=NUMBERS, judgement=JUDGEMENTS, seconds=st.sampled_from([0.0, 0.01, 2.0]))
    def a_request_ends(self, number, judgement, seconds):
        self.end(self.bare[number % len(self.bare)], judgement, seconds)

    def end(self, sent, judgement, seconds):
        self.judge(sent, judgement, seconds)
        with sent.lease:
            pass
        self.is_over(sent)

    @precondition(lambda self: self.bare)
    @rule(number=NUMBERS)
    def an_answer_comes_whose_body_is_read_later(self, number):
        sent = self.bare[number % len(self.bare)]
        answer = Answer()
        sent.body = answer.raw
        self.judge(sent, ACCEPTED, 0.01, answer)
        with sent.lease:
            pass

    @precondition(lambda self: any(sent.body for sent in self.sent))
    @rule(number=NUMBERS, read=st.booleans())
    def a_body_is_read_or_forgotten(self, number, read):
        streams = [sent for sent in self.sent if sent.body]
        sent = streams[number % len(streams)]
        if read:
            sent.body.release_conn()
        sent.body = None
        self.is_over(sent)

    @precondition(lambda self: self.bare)
    @rule(number=NUMBERS)
    def a_request_is_forgotten(self, number):
        """An interrupt, where nothing could end it."""
        sent = self.bare[number % len(self.bare)]
        self.is_over(sent)
        sent.permit = None
        sent.lease = None

    @rule(name=NAMES, healthy=st.booleans())
    def a_check_is_made(self, name, healthy):
        self.lb.report(Host(name, 1), healthy=healthy, reason="HTTP 500")
        if name in self.known:
            self.known[name].healthy = healthy

    @precondition(lambda self: self.known)
    @rule(number=NUMBERS)
    def a_circuit_is_switched_by_hand(self, number):
        endpoints = self.lb.endpoints()
        endpoint = endpoints[number % len(endpoints)]
        (endpoint.open if endpoint.is_closed() else endpoint.close)()

    def judge(self, sent, judgement, seconds, answer=None):
        sent.permit.record(judgement)
        sent.lease.ended(Outcome(judgement, answer, elapsed=seconds))
        asked = judgement.retry_after
        if asked:
            sent.known.held_until = max(sent.known.held_until, self.clock() + asked)

    def is_over(self, sent):
        self.sent.remove(sent)
        sent.known.in_flight -= 1

    # -- what always holds --------------------------------------------------------------------

    @invariant()
    def each_request_is_counted_until_it_ends(self):
        stats = {s.host.address: s.in_flight for s in self.lb.hosts()}
        assert stats == {name: known.in_flight for name, known in self.known.items()}
        assert self.lb._members.ledger.in_flight == len(self.sent)

    @invariant()
    def it_says_how_long_to_wait_only_when_waiting_helps(self):
        pause = self.lb.pause()
        assert 0 <= pause <= 3.0 + 1e-9
        if pause:
            assert not any(map(self.may_be_used, self.known))

    def teardown(self):
        for sent in list(getattr(self, "sent", ())):
            if sent.body:
                sent.body.release_conn()
            else:
                with sent.lease:
                    pass
            self.is_over(sent)
        if hasattr(self, "lb"):
            self.each_request_is_counted_until_it_ends()


TestBalancer = BalancerMachine.TestCase
TestBalancer.settings = settings(max_examples=100, stateful_step_count=50, deadline=None)
