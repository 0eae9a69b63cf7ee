"""The path of a call, driven by hand: scripted endpoints, no sockets, no threads, no time."""

from ahoyhoy._core import Block, Call, Judgement, Outcome, Park, Send, Sleep, Verdict
from ahoyhoy._engine import Engine, Reports
from ahoyhoy.events import Announcer
from ahoyhoy.lb import RoundRobinLB
from ahoyhoy.lb.providers.iprovider import IProvider
from ahoyhoy.retries import RetryPolicy
from ahoyhoy.strategies import Sequential
from ahoyhoy.utils import Host


class Start:
    """Chance that begins at the first host, and lets each new one have its turn."""

    def randrange(self, _stop):
        return 0

    def random(self):
        return 0.0

    def seed(self):
        pass


class Source(IProvider):
    """Answers with the next of some lists; the last one for ever. An exception is raised."""

    def __init__(self, *lists):
        self.lists = list(lists)
        self.asked = 0

    def get_list(self):
        self.asked += 1
        hosts = self.lists.pop(0) if len(self.lists) > 1 else self.lists[0]
        if isinstance(hosts, Exception):
            raise hosts
        return [item if isinstance(item, int) else Host(item, 1) for item in hosts]


class Pause:
    def delay(self, failures):
        return float(failures)


class World:
    """An engine, and a driver that answers for the hosts."""

    def __init__(self, clock, *lists, updates=1, script=None, lb=None, **options):
        self.clock = clock
        self.source = Source(*lists)
        self.lb = lb or RoundRobinLB(self.source, rng=Start(), clock=clock)
        self.script = {host: list(answers) for host, answers in (script or {}).items()}
        self.slept = []
        self.sent = []
        self.calls = []
        self.told = []
        self.parked = []
        #: what happens while the call waits for room: a function that may free some
        self.while_parked = lambda: None
        self.story = None
        options.setdefault("strategy", Sequential(RetryPolicy(backoff=Pause())))
        options.setdefault("reports", Reports("users", Announcer([self.told.append])))
        self.engine = Engine(
            self.lb,
            options.pop("strategy"),
            equip=lambda endpoint, call: (endpoint, call),
            updates=updates,
            clock=clock,
            **options,
        )

    def run(self, call=Call("GET", "/"), strategy=None):  # noqa: B008 - a frozen value
        course = self.engine.course(call)
        self.story = course.story
        return self.drive(self.engine.steps(course, strategy))

    def drive(self, steps):
        answer, error = None, None
        try:
            while True:
                effect = steps.send(answer) if error is None else steps.throw(error)
                answer = error = None
                try:
                    answer = self.perform(effect)
                except Exception as raised:
                    error = raised
        except StopIteration as stop:
            return stop.value

    def perform(self, effect):
        if isinstance(effect, Sleep):
            self.slept.append(effect.seconds)
            return self.clock.advance(effect.seconds)
        if isinstance(effect, Block):
            return effect.function()
        if isinstance(effect, Park):
            return self.park(effect)
        assert isinstance(effect, Send)
        return self.send(effect)

    def park(self, effect):
        self.parked.append(effect.seconds)
        woken = []
        effect.enqueue(lambda: woken.append(1))
        if not woken:
            self.while_parked()
        if not woken:
            self.clock.advance(effect.seconds)
        return bool(woken)

    def send(self, effect):
        name = effect.endpoint.host.address
        self.sent.append(name)
        self.calls.append(effect.call)
        assert [s.in_flight for s in self.lb.hosts() if s.host.address == name] == [1]
        answers = self.script.get(name, ["accepted"])
        item = answers.pop(0) if len(answers) > 1 else answers[0]
        self.clock.advance(0.5)
        if isinstance(item, BaseException):
            raise item
        if isinstance(item, Outcome):
            return item
        verdict = Verdict(item)
        error = None if verdict is Verdict.ACCEPTED else ConnectionError(f"{item} on {name}")
        return Outcome(Judgement(verdict, item), f"by {name}", error, 0.5)
