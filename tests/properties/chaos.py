"""A day's trouble in virtual time: many callers, hosts that fail in every way, hosts that come and go."""

import random
from collections import Counter

import requests

from ahoyhoy._core import Verdict
from ahoyhoy.events import AttemptEnded, AttemptStarted, RetryDenied
from ahoyhoy.lb import Limits, PeakEwmaLB
from ahoyhoy.lb.providers.iprovider import IProvider
from ahoyhoy.retries import FullJitterBackoff, RetryBudget, RetryPolicy
from ahoyhoy.strategies import Hedged, Sequential
from ahoyhoy.testing import Reply, Simulator, during, lognormal, sometimes
from ahoyhoy.utils import Host

HOSTS = [Host(f"10.0.0.{number}", 80) for number in range(1, 11)]
CALLERS = 20
TOTAL = 19
PER_HOST = 6
BODY = b"x" * 50
DEADLINE = 1.5
#: what a socket, a lock and a clock may add to a deadline
TICK = 0.001 + 1e-9


class Changing(IProvider):
    """A list of hosts that changes."""

    def __init__(self, hosts):
        self.hosts = tuple(hosts)
        self.version = 0

    def set(self, hosts):
        self.hosts = tuple(hosts)
        self.version += 1

    def get_list(self):
        return self.hosts

    def changes(self):
        return self.version


class WatchedBudget(RetryBudget):
    """A budget that keeps its books twice."""

    def __init__(self, **settings):
        super().__init__(**settings)
        self.deposits = Counter()
        self.withdrawals = Counter()
        self.overdrawn = []

    def deposit(self):
        super().deposit()
        self.deposits[int(self._clock())] += 1

    def withdraw(self):
        allowed = super().withdraw()
        if allowed:
            now = int(self._clock())
            self.withdrawals[now] += 1
            recent = range(now - int(self.window) + 1, now + 1)
            calls, spent = (
                sum(book[second] for second in recent) for book in (self.deposits, self.withdrawals)
            )
            if spent > calls * self.ratio + self.floor * self.window:
                self.overdrawn.append((now, calls, spent))
        return allowed


class Chaos:
    """One run.

    Args:
        calls: how many, of all callers together.
        seed: of everything.
    """

    def __init__(self, calls, seed):
        self.calls = calls
        self.rng = random.Random(seed)
        self.simulator = Simulator(seed=seed)
        self.clock = self.simulator.clock
        self.provider = Changing(HOSTS)
        self.events = Counter()
        self.refused = 0
        self.busy = Counter()
        self.most_busy = Counter()
        self.late = []
        self.results = Counter()
        self.failures = 0
        self.nodes = set()
        self.made = 0
        self._over = False
        self._watch_network()
        for host in HOSTS:
            self.simulator.network.script(host, self.behaviour())
        self.budget = WatchedBudget(ratio=0.03, floor=1.0, clock=self.clock)
        self.client = self.make_client()

    # -- what is simulated: a feature of the client is added here -----------------------------

    def make_client(self):
        policy = RetryPolicy(3, backoff=FullJitterBackoff(0.02, 1.0, rng=self.rng))
        self.other_strategy = Sequential(policy)
        self.lb = PeakEwmaLB(self.provider, rng=random.Random(self.rng.random()))
        return self.simulator.client(
            self.lb,
            breaker={"slow_call_duration": 0.8},
            strategy=Hedged(attempts=2, policy=policy),
            retry_budget=self.budget,
            limits=Limits(per_host=PER_HOST, total=TOTAL, wait=0.1),
            deadline=DEADLINE,
            timeout=(0.3, 0.6),
            listeners=(self.listen,),
        )

    def behaviour(self):
        """A host of average health, with two outages."""
        usual = Reply(seconds=lognormal(self.rng.uniform(0.005, 0.05), 0.6), body=BODY)
        for share, fault in (
            (0.01, Reply(fault="stall")),
            (0.01, Reply(fault="reset", seconds=0.02)),
            (0.02, Reply(status=503, seconds=0.002)),
            (0.002, Reply(status=503, headers={"Retry-After": "2"})),
            (0.002, Reply(status=429, headers={"Retry-After": "1"})),
            (0.005, Reply(fault="drip", body=BODY)),
            (0.005, Reply(seconds=0.7, body=BODY)),
        ):
            usual = sometimes(share, fault, usual)
        outages = (
            Reply(fault="refused"),
            Reply(fault="unreachable"),
            Reply(fault="stall"),
            Reply(status=500, seconds=0.001),
            Reply(seconds=0.4, body=BODY),
        )
        for outage in self.rng.sample(outages, 2):
            begin = self.rng.uniform(0, 50)
            usual = during(begin, begin + self.rng.uniform(1, 8), outage, usual)
        return usual

    def ask(self, number, kind, deadline):
        """One call, of one of several kinds."""
        options = {} if deadline is None else {"deadline": deadline}
        if kind < 0.2:
            return self.client.post(f"/post/{number}", data="x", **options)
        if kind < 0.25:
            options["strategy"] = self.other_strategy
        return self.client.get(f"/get/{number}", stream=kind > 0.9, **options)

    def read(self, answer, kind):
        """What callers do with an answer: read its body, close it, or forget it."""
        if kind < 0.97:
            assert answer.content == BODY or answer.status_code != 200
        elif kind < 0.985:
            answer.close()

    # -- the run ------------------------------------------------------------------------------

    def run(self):
        """Make all calls, then see that everything is over."""
        with self.simulator as simulator:
            changes = simulator.start(self._change_hosts)
            simulator.together(*[self._call_on] * CALLERS)
            self._over = True
            changes.result()
            self.stats = self.client.stats()
        return self

    def _call_on(self):
        while self.made < self.calls:
            self.made += 1
            kind = self.rng.random()
            deadline = self.rng.choice((None, 0.05, 0.3, 1.0, 2.0))
            began = self.clock()
            self.results[self._outcome(self.made, kind, deadline)] += 1
            over = self.clock() - began - (DEADLINE if deadline is None else deadline)
            if over > TICK:
                self.late.append((self.made, kind, deadline, over))
            self.simulator.sleep(self.rng.expovariate(1 / 0.05))

    def _outcome(self, number, kind, deadline):
        try:
            answer = self.ask(number, kind, deadline)
        except requests.RequestException as error:
            self.failures += 1
            return type(error).__name__
        try:
            self.read(answer, kind)
        except requests.RequestException:
            return "torn"
        return answer.status_code

    def _change_hosts(self):
        while not self._over:
            self.nodes.update(self.lb._members.nodes)
            self.provider.set(self.rng.sample(HOSTS, self.rng.randint(7, 10)))
            self.simulator.sleep(self.rng.uniform(0.5, 4))
        self.nodes.update(self.lb._members.nodes)

    def listen(self, event):
        """Count what happens."""
        self.events[type(event).__name__] += 1
        if isinstance(event, RetryDenied):
            self.events[event.reason] += 1
        if isinstance(event, AttemptEnded):
            self.refused += event.attempt.verdict is Verdict.UNSENT
        if isinstance(event, AttemptStarted):
            assert event.number <= 5

    def _watch_network(self):
        network = self.simulator.network
        send = network.send

        def watched(request, **options):
            host = request.url.split("/")[2]
            self.busy[host] += 1
            for what, count in ((host, self.busy[host]), ("all", self.busy.total())):
                self.most_busy[what] = max(self.most_busy[what], count)
            try:
                return send(request, **options)
            finally:
                self.busy[host] -= 1

        network.send = watched
