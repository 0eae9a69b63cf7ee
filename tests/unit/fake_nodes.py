"""Nodes without a balancer, for the tests of pickers, and chance that is written out."""

from types import SimpleNamespace

from ahoyhoy._core import Call, Judgement, Outcome, Verdict
from ahoyhoy.utils import Host

GET, POST = Call("GET", "/"), Call("POST", "/")
#: A judgement of each kind that a picker is told of.
GOOD = Judgement(Verdict.ACCEPTED)
BAD = Judgement(Verdict.RETRYABLE)
LEFT = Judgement(Verdict.IGNORED, abandoned=True)


class FakeNode(SimpleNamespace):
    """What a picker sees of a node."""

    @property
    def clear(self):
        return self.usable


def fake_node(name, weight=1.0, **state):
    """A node in some state: `fake_node("a", 2, in_flight=3, usable=False)`."""
    usual = {
        "priority": 0,
        "in_flight": 0,
        "usable": True,
        "used_at": None,
        "oldest_start": None,
        "memory": None,
    }
    return FakeNode(key=Host(name, 80), weight=weight, **{**usual, **state})


def fake_nodes(weights):
    """Nodes by their names: of `"abc"`, or of `{"a": 1, "b": 2}`."""
    if isinstance(weights, str):
        weights = dict.fromkeys(weights, 1.0)
    return tuple(fake_node(name, weight) for name, weight in weights.items())


def names(nodes):
    return "".join(node.key.address for node in nodes)


def order(picker, nodes, now=0.0, call=GET):
    """The names of all candidates of one call."""
    return names(picker.candidates(nodes, call, now))


def take(picker, nodes, now=0.0, call=GET, *, avoid=""):
    """What a balancer does: the first candidate that can be used is occupied."""
    for node in picker.candidates(nodes, call, now):
        if node.usable and node.key.address not in avoid:
            node.used_at = now
            node.in_flight += 1
            if node.oldest_start is None:
                node.oldest_start = now
            return node
    return None


def finish(picker, node, elapsed, now, judgement=GOOD):
    """The request that `take` began is over."""
    picker.observe(node, Outcome(judgement, elapsed=elapsed), now)
    node.in_flight -= 1
    node.oldest_start = None


class Draws:
    """A source of chance that draws from a list, and then zeros."""

    def __init__(self, *numbers):
        self.numbers = list(numbers)
        self.seeded = 0

    def random(self):
        return self.numbers.pop(0) if self.numbers else 0.0

    def seed(self):
        self.seeded += 1
