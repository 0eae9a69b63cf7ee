"""A call from its beginning to its result: counted, told, settled."""

import gc
import weakref

import pytest

from ahoyhoy._core import Call, Judgement, Outcome, Verdict
from ahoyhoy.calling.asking import Asked
from ahoyhoy.calling.caller import Caller
from ahoyhoy.calling.settings import Settings
from ahoyhoy.events import AttemptEnded, AttemptStarted, CallEnded, CallStarted, RetryDenied
from ahoyhoy.lb import Limits, RoundRobinLB
from ahoyhoy.lb.providers import ListProvider
from ahoyhoy.retries import RetryBudget, RetryPolicy
from ahoyhoy.strategies import Sequential, Single
from ahoyhoy.utils import Host
from unit.driven import Start

GET = Call("GET", "/x")


class Now:
    """No pauses."""

    def delay(self, _failures):
        return 0.0


class World:
    """A caller over three hosts, and what it sent and told."""

    def __init__(self, clock, answer, *script, **options):
        self.clock = clock
        self.answer = answer
        self.script = list(script)
        self.sent = []
        self.told = []
        self.settled = []
        self.lb = RoundRobinLB(
            ListProvider(*(Host(name, 1) for name in "abc")), rng=Start(), clock=clock
        )
        caller_options = {
            name: options.pop(name) for name in ("send", "other_hosts") if name in options
        }
        options.setdefault("policy", RetryPolicy(backoff=Now()))
        if "strategy" in options:
            del options["policy"]
        settings = Settings(clock=clock, name="users", listeners=(self.told.append,), **options)
        self.caller = Caller(
            self.lb,
            settings,
            equip=lambda endpoint, call: (endpoint, call),
            **{"send": self.send, **caller_options},
        )

    def send(self, endpoint, call):
        self.sent.append(endpoint.host.address)
        self.clock.advance(0.5)
        item = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(item, BaseException):
            raise item
        error = None if item == 200 else ConnectionError(f"HTTP {item}")
        verdict = Verdict.ACCEPTED if error is None else Verdict.RETRYABLE
        return Outcome(Judgement(verdict), self.answer(item), error, 0.5, item)

    def make(self, call=GET, strategy=None):
        return self.caller.make(Asked(call, strategy), self.settle)

    def settle(self, outcome, story, call):
        self.settled.append((outcome, story, call))
        return outcome.unwrap()

    def stats(self):
        return self.caller.stats(self.lb.hosts())

    @property
    def kinds(self):
        return [type(event) for event in self.told]


def test_a_call_is_made_settled_counted_and_told(clock, answer):
    world = World(clock, answer, 503, 200)
    response = world.make()
    assert response.status_code == 200
    ((outcome, story, call),) = world.settled
    assert outcome.response is response
    assert call is GET
    assert world.kinds == [
        CallStarted, AttemptStarted, AttemptEnded, AttemptStarted, AttemptEnded, CallEnded
    ]  # fmt: skip
    assert world.told[-1] == CallEnded("users", "GET", "/x", 1.0, story.attempts, 200)
    stats = world.stats()
    assert (stats.calls, stats.failures, stats.attempts, stats.hosts) == (1, 0, 2, 3)


def test_what_settling_raises_is_raised_counted_and_told(clock, answer):
    world = World(clock, answer, 503)
    with pytest.raises(ConnectionError, match="HTTP 503") as caught:
        world.make()
    event = world.told[-1]
    assert (event.error, event.status, len(event.attempts)) == (caught.value, None, 3)
    assert (world.stats().calls, world.stats().failures) == (1, 1)


def test_the_status_of_an_error_that_has_an_answer_is_told(clock, answer):
    world = World(clock, answer, 200)
    error = ConnectionError("no")
    error.response = answer(503)

    def settle(outcome, story, call):
        raise error

    with pytest.raises(ConnectionError):
        world.caller.make(Asked(GET, None), settle)
    assert (world.told[-1].status, world.told[-1].error) == (503, error)


def test_a_result_that_is_no_answer_has_no_status(clock, answer):
    world = World(clock, answer, 200)
    assert world.caller.make(Asked(GET, None), lambda *_: "by a callback") == "by a callback"
    assert (world.told[-1].status, world.told[-1].error) == (None, None)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(1), MemoryError()])
def test_an_interrupted_call_is_counted_and_told_and_nothing_is_settled(clock, answer, error):
    world = World(clock, answer, error)
    with pytest.raises(type(error)) as caught:
        world.make()
    assert caught.value is error
    assert world.settled == []
    assert world.told[-1].error is error
    stats = world.stats()
    assert (stats.calls, stats.failures, stats.attempts) == (1, 1, 1)
    assert all(host.in_flight == 0 for host in world.lb.hosts())


def test_a_listener_that_raises_harms_no_call(clock, answer, caplog):
    world = World(clock, answer, 200)

    def broken(event):
        raise ValueError("broken listener")

    world.caller._reports._announcer.add(broken)
    assert world.make().status_code == 200
    assert "a listener raised" in caplog.text


def test_the_strategy_of_a_call_counts_and_otherwise_the_clients(clock, answer):
    world = World(clock, answer, 503, strategy=Sequential(RetryPolicy(2, Now())))
    for strategy in (Single(), None):
        with pytest.raises(ConnectionError):
            world.make(strategy=strategy)
    assert len(world.sent) == 1 + 2


def test_what_the_budget_denies_is_told_and_counted(clock, answer):
    world = World(clock, answer, 503, retry_budget=RetryBudget(0, floor=0.1, clock=clock))
    for _ in range(3):
        with pytest.raises(ConnectionError):
            world.make()
    assert len(world.sent) == 3 + 1
    assert [e.reason for e in world.told if isinstance(e, RetryDenied)] == ["retry budget"] * 3
    stats = world.stats()
    assert (stats.denied, stats.retry_budget) == (3, 0.0)


def test_without_a_budget_nothing_is_denied(clock, answer):
    world = World(clock, answer, 503, retry_budget=None)
    with pytest.raises(ConnectionError):
        world.make()
    assert (world.stats().denied, world.stats().retry_budget) == (0, None)


@pytest.mark.parametrize(("limits", "wait"), [(None, 0.0), (Limits(total=3, wait=1.5), 1.5)])
def test_calls_wait_for_room_as_long_as_the_limits_say(clock, answer, limits, wait):
    assert World(clock, answer, 200, limits=limits).caller._engine.wait == wait


def test_without_other_hosts_the_policy_is_told_so(clock, answer):
    shown = []

    class Noting:
        def delay(self, call, outcomes, *, other_hosts):
            shown.append(other_hosts)

    for other_hosts in (True, False):
        world = World(clock, answer, 503, policy=Noting(), other_hosts=other_hosts)
        with pytest.raises(ConnectionError):
            world.make()
    assert shown == [True, False]


def test_a_driver_of_ones_own_performs_the_steps(clock, answer):
    class Driver:
        def run(self, steps):
            steps.close()
            return Outcome(Judgement(Verdict.ACCEPTED), "by the driver")

    world = World(clock, answer, 200, driver=Driver())
    assert world.make() == "by the driver"
    assert world.sent == []


def test_by_itself_it_sends_to_anything_with_the_verbs_by_its_clock(clock, answer, stub):
    session = stub(lambda: (clock.advance(0.25), answer())[1])
    caller = Caller(
        RoundRobinLB(ListProvider(Host("a", 1)), session=session),
        Settings(clock=clock),
        equip=lambda endpoint, call: (session, call),
    )
    outcome = caller.make(Asked(GET, None), lambda outcome, story, call: outcome)
    assert (outcome.status, outcome.elapsed) == (200, 0.25)
    assert [verb for verb, *_ in session.calls] == ["get"]


def test_steps_of_ones_own_may_be_run(clock, answer):
    world = World(clock, answer, 200)
    with world.caller.run(world.caller.course(GET).lease()) as lease:
        assert lease.host == Host("a", 1)
    assert world.told == []


def test_an_error_is_freed_without_the_garbage_collector(clock, answer):
    class OwnError(Exception):
        pass

    def settle(outcome, story, call):
        raise OwnError

    world = World(clock, answer, 200)
    world.caller._reports._announcer.remove(world.told.append)
    gc.disable()
    try:
        try:
            world.caller.make(Asked(GET, None), settle)
        except OwnError as error:
            reference = weakref.ref(error)
        assert reference() is None
    finally:
        gc.enable()
