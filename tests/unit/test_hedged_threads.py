"""Races in real threads, which wait for each other only."""

import threading
import time

from ahoyhoy._core import Call, Judgement, Outcome, Verdict
from ahoyhoy._drivers import ThreadDriver
from ahoyhoy._engine import Engine, Reports
from ahoyhoy.endpoints.bounded import CANCELLED
from ahoyhoy.events import Announcer, AttemptEnded, HedgeWon, RetryDenied
from ahoyhoy.lb import RoundRobinLB
from ahoyhoy.lb.providers import ListProvider
from ahoyhoy.retries import RetryBudget, RetryPolicy
from ahoyhoy.strategies import Hedged
from ahoyhoy.utils import Host
from unit.driven import Start

GET = Call("GET", "/")
SOON = 60
HOSTS = [Host(name, 1) for name in "abc"]


class Network:
    """Hosts that answer at once, but for slow ones: they wait until cancelled, or for their patience."""

    def __init__(self, slow="a", bad="", patience=SOON):
        self.slow, self.bad, self.patience = slow, bad, patience
        self.asked = []
        self.told = []
        self.threads = set()
        self.waiting = []

    def send(self, endpoint, call):
        name = endpoint.host.address
        self.threads.add(threading.current_thread())
        self.asked.append(name)
        if name in self.slow:
            stopped = threading.Event()
            call.cancellation.arm(stopped.set)
            self.waiting.append(stopped)
            stopped.wait(self.patience)
            if call.cancellation.cancelled:
                return Outcome(CANCELLED, error=ConnectionError("cancelled"), elapsed=0.5)
        if name in self.bad:
            return Outcome(Judgement(Verdict.RETRYABLE), None, ConnectionError(name), 0.01)
        return Outcome(Judgement(Verdict.ACCEPTED), f"by {name}", None, 0.01, 200)

    def engine(self, strategy, hosts=HOSTS, **options):
        lb = RoundRobinLB(ListProvider(*hosts), rng=Start())
        return Engine(
            lb,
            strategy,
            equip=lambda endpoint, call: (endpoint, call),
            updates=1,
            clock=time.monotonic,
            reports=Reports(None, Announcer([self.told.append])),
            **options,
        )

    def run(self, engine, call=GET):
        """The outcome of a call, and its story."""
        course = engine.course(call)
        return ThreadDriver(self.send).run(engine.steps(course)), course.story

    def joined(self):
        for thread in self.threads - {threading.current_thread()}:
            thread.join(SOON)


def test_the_slow_host_is_overtaken_and_its_request_cancelled():
    network = Network()
    engine = network.engine(Hedged(delay=0.01))
    assert network.run(engine)[0].response == "by b"
    network.joined()
    assert [e for e in network.told if isinstance(e, HedgeWon)] == [
        HedgeWon(None, "GET", "/", HOSTS[1], HOSTS[0])
    ]
    ended = {e.number: e.attempt.verdict for e in network.told if isinstance(e, AttemptEnded)}
    assert ended == {1: Verdict.IGNORED, 2: Verdict.ACCEPTED}
    # The slow one is not to blame, and nothing is left in flight.
    assert [(h.in_flight, h.failures, h.circuit) for h in engine.lb.hosts()] == [
        (0, 0, "closed")
    ] * 3


class Now:
    """No pauses."""

    def delay(self, _failures):
        return 0.0


def test_a_failure_is_followed_by_the_next_attempt_without_waiting_for_the_delay():
    network = Network(slow="", bad="a")
    engine = network.engine(Hedged(delay=SOON, policy=RetryPolicy(2, Now())))
    started = time.monotonic()
    assert network.run(engine)[0].response == "by b"
    assert time.monotonic() - started < SOON / 2


def until(condition):
    limit = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < limit, "did not happen"
        threading.Event().wait(0.001)


def test_a_call_whose_budget_is_spent_waits_for_its_only_attempt():
    network, results = Network(), []
    engine = network.engine(Hedged(delay=0.0), budget=RetryBudget(0, floor=0))
    caller = threading.Thread(target=lambda: results.append(network.run(engine)))
    caller.start()
    until(lambda: network.waiting and any(isinstance(e, RetryDenied) for e in network.told))
    network.waiting[0].set()
    caller.join(SOON)
    ((outcome, story),) = results
    assert outcome.response == "by a"
    assert network.asked == ["a"]
    assert story.denied == 1
    assert [e.reason for e in network.told if isinstance(e, RetryDenied)] == ["hedge budget"]


def test_many_calls_at_once_are_all_answered_and_leave_nothing_in_flight():
    network, results = Network(slow="abc", patience=0.01), []
    engine = network.engine(Hedged(3, delay=0.0, max_extra=1))

    def calls():
        results.extend(network.run(engine)[0].response for _ in range(25))

    callers = [threading.Thread(target=calls) for _ in range(8)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(SOON)
    network.joined()
    assert len(results) == 200
    assert set(results) <= {"by a", "by b", "by c"}
    assert 200 < len(network.asked) <= 200 + 200 + 5
    assert all(host.in_flight == 0 for host in engine.lb.hosts())
