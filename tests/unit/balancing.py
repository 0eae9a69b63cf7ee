"""Balancers in virtual time, whose circuits and requests the test moves."""

from ahoyhoy._core import Call, Judgement, Outcome, Verdict
from ahoyhoy.exceptions import LbNoEndpointsException
from ahoyhoy.lb import LoadBalancer, Picker
from ahoyhoy.lb.providers import ListProvider
from ahoyhoy.utils import Host, Instance

GET, POST = Call("GET", "/"), Call("POST", "/")
GOOD = Judgement(Verdict.ACCEPTED)
ANSWERED = Judgement(Verdict.RETRYABLE, "HTTP 500", answered=True)
UNREACHED = Judgement(Verdict.UNSENT, "connect timeout", slow=True)


class InOrder(Picker):
    """The nodes as they come; notes what it saw."""

    def __init__(self):
        self.seen = []

    def candidates(self, nodes, call, now):
        return iter(nodes)

    def observe(self, node, outcome, now):
        self.seen.append(
            (node.key.address, outcome.judgement, outcome.elapsed, now, node.in_flight)
        )


class Turning(Picker):
    """Each node in turn, from the first."""

    def __init__(self):
        self.turn = 0

    def candidates(self, nodes, call, now):
        for index in range(self.turn, self.turn + len(nodes)):
            self.turn = (index + 1) % len(nodes)
            yield nodes[index % len(nodes)]


def host(name):
    return Host(name, 80)


def balancer(clock, names="ab", picker=None, provider=None, **options):
    """A balancer of hosts with one-letter names; `"a:1"` would be priority 1."""
    provider = provider or ListProvider(*map(host, names))
    return LoadBalancer(provider, picker=picker or InOrder(), clock=clock, **options)


def tiered(clock, picker=None, /, priorities=(), **options):
    items = [Instance(host(name), priority=number) for name, number in priorities]
    return balancer(clock, picker=picker, provider=ListProvider(*items), **options)


def fail(lb, names, judgement=ANSWERED):
    """Have the circuits of hosts open, by failures."""
    for name in names:
        endpoint = lb.get_or_create_endpoint(host(name))
        while endpoint.is_closed():
            endpoint.guard().record(judgement)


def leased(lb, call=GET, avoid=""):
    """The name of the host of a lease that ends at once; None when there is none."""
    try:
        with lb.lease(call, {host(name) for name in avoid}) as lease:
            return lease.host.address
    except LbNoEndpointsException:
        return None


def names(lb, count, call=GET):
    return "".join(leased(lb, call) or "-" for _ in range(count))


def request(lb, judgement=GOOD, *, elapsed=0.0, call=GET, avoid=""):
    """A request that has an outcome, through the circuit as an endpoint would make it."""
    with lb.lease(call, {host(name) for name in avoid}) as lease:
        with lease.endpoint.guard() if not lease.bypass else _through(lease) as permit:
            permit.record(judgement)
        lease.ended(Outcome(judgement, elapsed=elapsed))
    return lease.host.address


def _through(lease):
    return lease.endpoint.breaker.acquire(bypass=True)


def heard(lb):
    """A list to which every event of the balancer is added."""
    events = []
    lb.announcer.add(events.append)
    return events
